//! A peer between the connector and its server that goes bad at a chosen point of a connection.
//!
//! Each connection passes bytes until its client sends the chosen text; from there on the fault holds for that
//! connection, the bytes with the text included. Other connections pass, so that the server can be asked about a bad
//! one.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What becomes of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing passes any more, and nothing is read.
    Freeze,
    /// What the client sends is read and thrown away; what the server sends passes.
    Swallow,
    /// What the server sends passes one byte a second.
    Drip,
    /// The connection is reset.
    Reset,
}

pub const FAULTS: [Fault; 4] = [Fault::Freeze, Fault::Swallow, Fault::Drip, Fault::Reset];

/// Where a connection goes bad.
#[derive(Clone, Debug)]
pub enum At {
    /// When it is accepted.
    Accept,
    /// After the request for TLS, which is granted: the peer begins a handshake, if the fault lets it.
    Tls,
    /// When the client sends this.
    Text(Vec<u8>),
    /// With the bytes that the client sends after those with this.
    Behind(Vec<u8>),
}

impl At {
    pub fn text(text: &str) -> Self {
        At::Text(text.as_bytes().to_vec())
    }

    pub fn behind(text: &str) -> Self {
        At::Behind(text.as_bytes().to_vec())
    }
}

pub struct Peer {
    pub port: u16,
    state: Arc<State>,
}

struct State {
    server: u16,
    fault: Fault,
    at: At,
    struck: AtomicBool,
    ended: AtomicBool,
}

impl Peer {
    /// Each connection that comes to the point goes bad.
    pub fn start(server: u16, fault: Fault, at: At) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (struck, ended) = (AtomicBool::new(false), AtomicBool::new(false));
        let state = Arc::new(State { server, fault, at, struck, ended });
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let Ok(client) = client else { return };
                if shared.ended.load(Ordering::SeqCst) {
                    return;
                }
                let state = Arc::clone(&shared);
                std::thread::spawn(move || state.connection(client));
            }
        });
        Peer { port, state }
    }

    /// True when a connection went bad.
    pub fn struck(&self) -> bool {
        self.state.struck.load(Ordering::SeqCst)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.state.ended.store(true, Ordering::SeqCst);
        let _wakes_it = TcpStream::connect(("127.0.0.1", self.port));
    }
}

impl State {
    fn strike(&self) {
        self.struck.store(true, Ordering::SeqCst);
    }

    fn connection(self: Arc<Self>, mut client: TcpStream) {
        client.set_nodelay(true).unwrap();
        match &self.at {
            At::Accept => {
                self.strike();
                return self.bad_from_the_start(&client, b"");
            }
            At::Tls => {
                let mut request = [0; 8];
                if client.read_exact(&mut request).is_err() || client.write_all(b"S").is_err() {
                    return;
                }
                self.strike();
                // A record of a handshake that never gets whole.
                return self.bad_from_the_start(&client, &[22, 3, 3, 64, 0]);
            }
            _ => {}
        }
        let Ok(server) = TcpStream::connect(("127.0.0.1", self.server)) else { return };
        server.set_nodelay(true).unwrap();
        let bad = Arc::new(AtomicBool::new(false));
        let (mut from_server, mut to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
        let (state, is_bad) = (Arc::clone(&self), Arc::clone(&bad));
        std::thread::spawn(move || {
            let mut buffer = [0; 65536];
            while let Ok(count) = from_server.read(&mut buffer) {
                let passed = if !is_bad.load(Ordering::SeqCst) || state.fault == Fault::Swallow {
                    to_client.write_all(&buffer[..count]).is_ok()
                } else if state.fault == Fault::Freeze {
                    state.hold();
                    false
                } else {
                    state.drip(&mut to_client, &buffer[..count])
                };
                if count == 0 || !passed {
                    break;
                }
            }
            if !(is_bad.load(Ordering::SeqCst) && state.fault == Fault::Reset) {
                let _both = to_client.shutdown(Shutdown::Both);
            }
        });
        self.pass(&mut client, server, &bad);
    }

    fn pass(&self, client: &mut TcpStream, mut server: TcpStream, bad: &AtomicBool) {
        let mut buffer = [0; 65536];
        let mut watch = Watch::new(&self.at);
        while let Ok(count) = client.read(&mut buffer) {
            if count == 0 {
                break;
            }
            if !bad.load(Ordering::SeqCst) && watch.finds(&buffer[..count]) {
                self.strike();
                bad.store(true, Ordering::SeqCst);
                match self.fault {
                    Fault::Freeze => return self.hold(),
                    Fault::Reset => {
                        resets(client);
                        // The other thread ends, and the last of the two resets the connection.
                        let _both = server.shutdown(Shutdown::Both);
                        return;
                    }
                    Fault::Swallow | Fault::Drip => {}
                }
            }
            let swallowed = bad.load(Ordering::SeqCst) && self.fault == Fault::Swallow;
            if !swallowed && server.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
        let _both = server.shutdown(Shutdown::Both);
    }

    fn bad_from_the_start(&self, client: &TcpStream, hello: &[u8]) {
        let mut client = client.try_clone().unwrap();
        match self.fault {
            Fault::Freeze => self.hold(),
            Fault::Swallow => {
                let mut buffer = [0; 4096];
                while client.read(&mut buffer).is_ok_and(|count| count > 0) {}
            }
            Fault::Drip => {
                let bytes: Vec<u8> = hello.iter().copied().chain([0; 1000]).collect();
                self.drip(&mut client, &bytes);
            }
            Fault::Reset => resets(&client),
        }
    }

    /// False where the client has gone.
    fn drip(&self, client: &mut TcpStream, bytes: &[u8]) -> bool {
        for byte in bytes {
            if self.ended.load(Ordering::SeqCst) || client.write_all(&[*byte]).is_err() {
                return false;
            }
            std::thread::sleep(Duration::from_secs(1));
        }
        true
    }

    fn hold(&self) {
        let began = Instant::now();
        while !self.ended.load(Ordering::SeqCst) && began.elapsed() < super::DEADLINE {
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Looks for the point, also across two reads.
struct Watch<'a> {
    at: &'a At,
    kept: Vec<u8>,
    found: bool,
}

impl<'a> Watch<'a> {
    fn new(at: &'a At) -> Self {
        Watch { at, kept: Vec::new(), found: false }
    }

    fn finds(&mut self, bytes: &[u8]) -> bool {
        let (text, later) = match self.at {
            At::Accept | At::Tls => return false,
            At::Text(text) => (text, false),
            At::Behind(text) => (text, true),
        };
        let before = self.found;
        self.kept.extend_from_slice(bytes);
        self.found |= self.kept.windows(text.len()).any(|part| part == text);
        let forgotten = self.kept.len().saturating_sub(text.len() - 1);
        self.kept.drain(..forgotten);
        if later { before } else { self.found }
    }
}

/// Closing the connection resets it.
fn resets(client: &TcpStream) {
    socket2::SockRef::from(client).set_linger(Some(Duration::ZERO)).unwrap();
}
