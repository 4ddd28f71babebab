//! A server that admits so many statements at once, as a resource queue, a resource group, a warehouse or a pooler
//! does.
//!
//! A proxy before a real one that reads the messages of both sides: what a client sends while nothing of it runs waits
//! for a slot, first come, first served. A slot is held until the server is ready again, through a whole COPY, or, as
//! [`Unit`] says, until the transaction or the connection ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;

use super::runtime;

/// What takes a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Any statement: Greenplum's resource queues, and stricter, since they let utility statements pass.
    Statement,
    /// A transaction: Greenplum's resource groups.
    Transaction,
    /// A client's connection, from its first statement on: a pooler in session mode.
    Connection,
}

/// The proxy; ends when dropped.
pub struct Gate {
    pub port: u16,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    unit: Unit,
    slots: Arc<Semaphore>,
    start: Instant,
    /// When a client's message passed last, and the longest pause between two of them, in ms.
    last: AtomicU64,
    longest: AtomicU64,
    waiting: AtomicUsize,
}

impl Gate {
    pub fn start(server: u16, unit: Unit, admitted: usize) -> Self {
        let listener = runtime().block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            unit,
            slots: Arc::new(Semaphore::new(admitted)),
            start: Instant::now(),
            last: AtomicU64::new(0),
            longest: AtomicU64::new(0),
            waiting: AtomicUsize::new(0),
        });
        let state = Arc::clone(&shared);
        let task = runtime().spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let server = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
                connections.spawn(pass(Arc::clone(&state), client, server));
            }
        });
        Gate { port, shared, task }
    }

    /// Forgets how long nothing has passed.
    pub fn begin(&self) {
        self.shared.last.store(self.shared.now(), Ordering::Relaxed);
        self.shared.longest.store(0, Ordering::Relaxed);
    }

    /// The longest time without one message of any client since then.
    pub fn longest_pause(&self) -> Duration {
        Duration::from_millis(self.shared.longest.load(Ordering::Relaxed))
    }

    /// Clients that wait for a slot.
    pub fn waiting(&self) -> usize {
        self.shared.waiting.load(Ordering::Relaxed)
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap()
    }

    fn passed(&self) {
        let now = self.now();
        let pause = now.saturating_sub(self.last.swap(now, Ordering::Relaxed));
        self.longest.fetch_max(pause, Ordering::Relaxed);
    }
}

/// What a client has under way.
#[derive(Default)]
struct Running {
    slot: Option<OwnedSemaphorePermit>,
    /// Answers "ready" that are to come.
    expected: usize,
    /// The newest of them is to a Sync: that of a COPY which has begun is not answered.
    synced: bool,
    /// The COPY has begun before its Sync has passed.
    early: bool,
    /// A part of a statement has passed whose Sync is still to come: it may be answered before that.
    begun: bool,
}

async fn pass(shared: Arc<Shared>, client: TcpStream, server: TcpStream) {
    client.set_nodelay(true).unwrap();
    server.set_nodelay(true).unwrap();
    let (client_in, client_out) = client.into_split();
    let (server_in, server_out) = server.into_split();
    let running = Arc::new(Mutex::new(Running::default()));
    tokio::select! {
        _ = forward(&shared, &running, client_in, server_out) => {}
        _ = answer(&shared, &running, server_in, client_out) => {}
    }
}

async fn forward(
    shared: &Shared,
    running: &Mutex<Running>,
    mut client: OwnedReadHalf,
    mut server: OwnedWriteHalf,
) -> std::io::Result<()> {
    // The startup message, or a cancel request, has no type.
    let length = client.read_u32().await?;
    let mut body = vec![0; usize::try_from(length).unwrap() - 4];
    client.read_exact(&mut body).await?;
    server.write_all(&[&length.to_be_bytes(), body.as_slice()].concat()).await?;
    loop {
        let (kind, message) = read(&mut client).await?;
        if matches!(kind, b'Q' | b'P' | b'B' | b'E' | b'D' | b'C' | b'S') {
            let mut now = running.lock().await;
            if now.slot.is_none() {
                drop(now);
                shared.waiting.fetch_add(1, Ordering::Relaxed);
                let slot = Arc::clone(&shared.slots).acquire_owned().await.unwrap();
                shared.waiting.fetch_sub(1, Ordering::Relaxed);
                now = running.lock().await;
                now.slot = Some(slot);
            }
            now.begun = !matches!(kind, b'Q' | b'S');
            now.synced = kind == b'S';
            now.expected += usize::from(!(now.begun || now.synced && now.early));
            now.early &= !now.synced;
        }
        shared.passed();
        server.write_all(&message).await?;
    }
}

async fn answer(
    shared: &Shared,
    running: &Mutex<Running>,
    mut server: OwnedReadHalf,
    mut client: OwnedWriteHalf,
) -> std::io::Result<()> {
    let mut logged_in = false;
    loop {
        let (kind, message) = read(&mut server).await?;
        match kind {
            b'G' => {
                let mut now = running.lock().await;
                now.early = now.begun;
                now.expected = now.expected.saturating_sub(usize::from(now.synced));
            }
            b'Z' if !logged_in => logged_in = true,
            b'Z' => {
                let mut now = running.lock().await;
                now.expected = now.expected.saturating_sub(1);
                let idle = message.last() == Some(&b'I');
                let ends = match shared.unit {
                    Unit::Statement => true,
                    Unit::Transaction => idle,
                    Unit::Connection => false,
                };
                if now.expected == 0 && !now.begun && ends {
                    now.slot = None;
                }
            }
            _ => {}
        }
        client.write_all(&message).await?;
    }
}

async fn read(from: &mut OwnedReadHalf) -> std::io::Result<(u8, Vec<u8>)> {
    let kind = from.read_u8().await?;
    let length = from.read_u32().await?;
    let mut message = vec![0; usize::try_from(length).unwrap() + 1];
    message[0] = kind;
    message[1..5].copy_from_slice(&length.to_be_bytes());
    from.read_exact(&mut message[5..]).await?;
    Ok((kind, message))
}
