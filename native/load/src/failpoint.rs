//! Named points at which a test makes the loader fail, panic or stand still.
//!
//! They act only with the feature `failpoints`, which no shipped library has. A point `p` is armed by a file of that
//! name in a folder that [`set_folder`] or the environment variable `PIECLOUDDB_FAILPOINTS` names; the file's text is
//! the action: `panic`, `error`, `disconnect`, `exit`, or `stall` (until the file is gone). Hitting it renames the file
//! to `p.hit` (`stall`: creates `p.hit` beside it), so a test can prove that the point was reached, once, in whatever
//! process.

use std::path::PathBuf;
use std::sync::OnceLock;

static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();

/// Chooses the folder for this process; only the first choice counts.
pub fn set_folder(folder: PathBuf) {
    FOLDER.get_or_init(|| Some(folder));
}

/// Does what the armed action of `name` says; nothing where it is not armed or the feature is off.
///
/// # Errors
/// Kind `Server` for the action `error`, kind `Connection` for `disconnect`.
#[inline]
pub fn hit(name: &str) -> crate::Result<()> {
    if cfg!(feature = "failpoints") { act(name) } else { Ok(()) }
}

fn act(name: &str) -> crate::Result<()> {
    let folder = FOLDER.get_or_init(|| std::env::var_os("PIECLOUDDB_FAILPOINTS").map(PathBuf::from));
    let Some(folder) = folder else { return Ok(()) };
    let armed = folder.join(name);
    let Ok(action) = std::fs::read_to_string(&armed) else { return Ok(()) };
    let mark = folder.join(format!("{name}.hit"));
    if action.trim() == "stall" {
        // Without the mark the waiting test fails by its deadline, which tells enough.
        let _written = std::fs::write(&mark, "");
        let stall = || {
            while armed.exists() {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
        };
        // On the runtime's own thread the other tasks of that thread must go on elsewhere.
        if tokio::runtime::Handle::try_current().is_ok() {
            tokio::task::block_in_place(stall);
        } else {
            stall();
        }
        return Ok(());
    }
    // Only the thread that wins the rename acts: once means once.
    if std::fs::rename(&armed, &mark).is_err() {
        return Ok(());
    }
    match action.trim() {
        "panic" => panic!("failpoint {name}"),
        "exit" => std::process::abort(),
        "disconnect" => Err(crate::Error::new(crate::Kind::Connection, format!("failpoint {name}"))),
        _ => Err(crate::Error::new(crate::Kind::Server, format!("failpoint {name}"))),
    }
}
