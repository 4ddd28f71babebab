use std::net::TcpListener;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
#[cfg(feature = "failpoints")]
use std::time::Instant;

use pieload::spec::TableSpec;

use super::*;

static PANICS: AtomicUsize = AtomicUsize::new(0);

/// They share the runtime, and what panics.
static TURN: Mutex<()> = Mutex::new(());

/// Runs it while each panic of the process is counted; how many there were.
fn panics(run: impl FnOnce()) -> usize {
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        PANICS.fetch_add(1, Ordering::SeqCst);
        usual(panic);
    }));
    let before = PANICS.load(Ordering::SeqCst);
    run();
    let _counting = std::panic::take_hook();
    PANICS.load(Ordering::SeqCst) - before
}

/// A session with a table, so that it connects.
fn open_at(port: u16) -> i64 {
    let session = format!(
        "hostname=127.0.0.1\nport={port}\nusername=x\ndatabase-name=x\npdb_warehouse.statement=SET x TO '<name>'\n\
         connection.timeout=30000\nconnection.max-retries=3\nconnection.ssl.mode=disable\nsink.stall-timeout=60000\n\
         sink.buffer.memory-size=16777216\nlock-timeout=0\napplication-name=x\nsink.parallelism=1\nwriter.subtask=0\n\
         sink.fence=none\nsink.delivery-guarantee=at-least-once\nsink.id=00000000-0000-4000-8000-000000000001\n\
         sink.staging-schema=x\nsink.copy.max-duration=5000\nconnection.pool.max-size=1\n\
         connection.pool.idle-timeout=300000\nsink.metrics.max-tables=200\n"
    );
    let table = "schema-name=x\ntable-name=t\nrecord.format=row-image\nload_mode=append\nsink.copy.format=auto\n\
                 sink.merge.allow-replace=false\nsink.append.allow-unique=false\nschema.change.behavior=exception\n\
                 sink.create-table.enabled=false\ncolumn.0.name=id\ncolumn.0.type=INT\nkey=\n";
    let id = open(SessionSpec::parse(&session).expect("a spec")).expect("a session");
    get(id).expect("open").open_table(TableSpec::parse(table).expect("a spec")).expect("a table");
    id
}

/// A server that answers nothing, and a port where none is.
fn silent_and_closed() -> (TcpListener, u16) {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let closed = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    (silent, closed.port())
}

#[test]
fn sessions_end_with_the_runtime_at_any_moment_without_a_panic() {
    let (silent, closed) = silent_and_closed();
    let silent = silent.local_addr().expect("bound").port();
    let count = panics(|| {
        for round in 0..400_u64 {
            let ids = [silent, closed].map(open_at);
            std::thread::sleep(Duration::from_micros(round * 37 % 3000));
            ids.into_iter().for_each(close);
        }
        let other = std::thread::spawn(move || (0..200).for_each(|_| close(open_at(silent))));
        (0..200).for_each(|_| close(open_at(closed)));
        other.join().expect("no panic");
    });
    assert_eq!(count, 0);
}

/// What stands at a failpoint when its session is closed, and goes on later: its timers were those of a runtime that
/// was gone.
#[test]
#[cfg(feature = "failpoints")]
fn a_task_that_a_failpoint_holds_beyond_the_last_session_ends_without_a_panic() {
    let folder = std::env::temp_dir().join(format!("pieclouddb-points-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    pieload::failpoint::set_folder(folder.clone());
    let (silent, _) = silent_and_closed();
    let port = silent.local_addr().expect("bound").port();
    let (point, hit) = (folder.join("connect.begin"), folder.join("connect.begin.hit"));
    let count = panics(|| {
        for _ in 0..20 {
            std::fs::write(&point, "stall").expect("armed");
            let id = open_at(port);
            until("the point is hit", || hit.exists());
            let session = get(id).expect("open");
            close(id);
            std::fs::remove_file(&point).expect("armed");
            std::fs::remove_file(&hit).expect("hit");
            until("its task ends", || session.has_ended());
        }
    });
    let _best_effort = std::fs::remove_dir_all(&folder);
    assert_eq!(count, 0);
}

#[cfg(feature = "failpoints")]
fn until(what: &str, mut there: impl FnMut() -> bool) {
    let began = Instant::now();
    while !there() {
        assert!(began.elapsed() < Duration::from_secs(60), "never: {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}
