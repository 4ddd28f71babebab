//! A server that answers what it is told: any SQLSTATE, to a chosen statement, and then as it would.
//!
//! It stands before a real server and understands as much of the protocol as it takes to answer in its place.

use std::io::{Error, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// What is answered with an error.
#[derive(Clone, Copy, Debug)]
pub enum On {
    /// A login; with a FATAL error.
    Login,
    /// A statement, simple or to be prepared, with this text.
    Statement(&'static str),
    /// The end of a COPY.
    CopyEnd,
}

pub struct Injector {
    pub port: u16,
    state: Arc<State>,
}

struct State {
    server: u16,
    on: On,
    sqlstate: String,
    times: usize,
    hits: AtomicUsize,
    ended: AtomicBool,
}

const SSL_REQUEST: [u8; 4] = 80_877_103_u32.to_be_bytes();

impl Injector {
    /// The first `times` that it comes to that, the answer is an error of this code.
    pub fn start(server: u16, on: On, sqlstate: &str, times: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State {
            server,
            on,
            sqlstate: sqlstate.to_owned(),
            times,
            hits: AtomicUsize::new(0),
            ended: AtomicBool::new(false),
        });
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let Ok(client) = client else { return };
                if shared.ended.load(Ordering::SeqCst) {
                    return;
                }
                let state = Arc::clone(&shared);
                std::thread::spawn(move || {
                    let _ended_by_a_side = state.connection(client);
                });
            }
        });
        Injector { port, state }
    }

    /// How often the error was answered.
    pub fn hits(&self) -> usize {
        self.state.hits.load(Ordering::SeqCst).min(self.state.times)
    }
}

impl Drop for Injector {
    fn drop(&mut self) {
        self.state.ended.store(true, Ordering::SeqCst);
        let _wakes_it = TcpStream::connect(("127.0.0.1", self.port));
    }
}

impl State {
    fn hit(&self) -> bool {
        self.hits.fetch_add(1, Ordering::SeqCst) < self.times
    }

    fn connection(self: Arc<Self>, mut client: TcpStream) -> Result<(), Error> {
        client.set_nodelay(true)?;
        let mut first = startup(&mut client)?;
        if first.get(4..8) == Some(&SSL_REQUEST[..]) {
            client.write_all(b"N")?;
            first = startup(&mut client)?;
        }
        if matches!(self.on, On::Login) && self.hit() {
            return client.write_all(&self.error("FATAL"));
        }
        let mut server = TcpStream::connect(("127.0.0.1", self.server))?;
        server.set_nodelay(true)?;
        server.write_all(&first)?;
        let (mut from_server, mut to_client) = (server.try_clone()?, client.try_clone()?);
        let replaced = Arc::new(AtomicBool::new(false));
        let answered = Arc::new(AtomicUsize::new(0));
        let (is_replaced, counts) = (Arc::clone(&replaced), Arc::clone(&answered));
        std::thread::spawn(move || {
            while let Ok(message) = message(&mut from_server) {
                if to_client.write_all(&message).is_err() {
                    break;
                }
                counts.fetch_add(usize::from(message[0] == b'Z'), Ordering::SeqCst);
            }
            if !is_replaced.load(Ordering::SeqCst) {
                let _both = to_client.shutdown(Shutdown::Both);
            }
        });
        let done = self.messages(&mut client, &mut server, (&replaced, &answered));
        let _both = server.shutdown(Shutdown::Both);
        done
    }

    fn messages(
        &self,
        client: &mut TcpStream,
        server: &mut TcpStream,
        (replaced, answered): (&AtomicBool, &AtomicUsize),
    ) -> Result<(), Error> {
        // The login is answered first.
        let mut asked = 1;
        // What was asked before is answered before.
        let in_turn = |asked: usize| {
            let still = || replaced.load(Ordering::SeqCst) || answered.load(Ordering::SeqCst) >= asked;
            super::eventually("the server has answered what was asked before", still);
        };
        // Until the Sync that ends them, messages after an error are not looked at.
        let mut failed = false;
        loop {
            let message = message(client)?;
            let kind = message[0];
            if failed {
                if kind == b'S' {
                    failed = false;
                    in_turn(asked);
                    client.write_all(&self.answer())?;
                }
                continue;
            }
            let matched = match (self.on, kind) {
                (On::Statement(text), b'Q' | b'P') => has(&message, text.as_bytes()),
                (On::CopyEnd, b'c') => true,
                _ => false,
            };
            if !matched || !self.hit() {
                asked += usize::from(matches!(kind, b'Q' | b'S'));
                // A Sync that comes while a COPY runs is not answered.
                asked -= usize::from(kind == b'c');
                server.write_all(&message)?;
            } else if kind == b'Q' {
                in_turn(asked);
                client.write_all(&self.answer())?;
            } else {
                failed = true;
                if kind == b'c' {
                    // The real COPY is rolled back.
                    replaced.store(true, Ordering::SeqCst);
                    server.shutdown(Shutdown::Both)?;
                }
            }
        }
    }

    fn answer(&self) -> Vec<u8> {
        let mut answer = self.error("ERROR");
        answer.extend_from_slice(b"Z\0\0\0\x05I");
        answer
    }

    fn error(&self, severity: &str) -> Vec<u8> {
        let mut fields = Vec::new();
        for (field, value) in [(b'S', severity), (b'V', severity), (b'C', &self.sqlstate), (b'M', "as told")]
        {
            fields.push(field);
            fields.extend_from_slice(value.as_bytes());
            fields.push(0);
        }
        fields.push(0);
        let length = u32::try_from(fields.len() + 4).unwrap().to_be_bytes();
        [&b"E"[..], &length, &fields].concat()
    }
}

fn startup(client: &mut TcpStream) -> Result<Vec<u8>, Error> {
    let mut length = [0; 4];
    client.read_exact(&mut length)?;
    rest(client, length.to_vec(), length)
}

fn message(client: &mut TcpStream) -> Result<Vec<u8>, Error> {
    let mut head = [0; 5];
    client.read_exact(&mut head)?;
    let [_, length @ ..] = head;
    rest(client, head.to_vec(), length)
}

fn rest(client: &mut TcpStream, mut message: Vec<u8>, length: [u8; 4]) -> Result<Vec<u8>, Error> {
    let head = message.len();
    message.resize(head + u32::from_be_bytes(length) as usize - 4, 0);
    client.read_exact(&mut message[head..])?;
    Ok(message)
}

fn has(message: &[u8], text: &[u8]) -> bool {
    message.windows(text.len()).any(|part| part == text)
}
