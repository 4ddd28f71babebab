//! An embedded PostgreSQL as a child process: started, stopped, killed and asked by a test.
//!
//! A run with `PIE_PG` in its environment (`PIE_PG=9.6`) has every test on that line; without, each is on the lines
//! that it names itself. Its data are in the folder that `PIE_SERVERS` names, else in that of temporary files.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

use super::{eventually, runtime};

/// A server of one version in a directory of its own; gone when dropped.
pub struct Server {
    pub port: u16,
    pub data: tempfile::TempDir,
    line: String,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    process: Option<Child>,
}

impl Server {
    pub fn start(line: u32) -> Self {
        Self::start_with(line, &[], &[])
    }

    /// `settings` as `name=value`; `environment` as tests/harness/postgres documents it.
    pub fn start_with(line: u32, settings: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut server = Server {
            port: 0,
            data: folder(),
            line: line_of_run().unwrap_or_else(|| line.to_string()),
            arguments: settings.iter().flat_map(|s| ["-c".to_owned(), (*s).to_owned()]).collect(),
            environment: environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            process: None,
        };
        loop {
            server.port = free_port();
            server.launch();
            if server.answers() {
                return server;
            }
        }
    }

    /// Starts it on the same directory and port, also after a kill. A server that cannot start fails the test at once,
    /// with its log.
    pub fn start_again(&mut self) {
        self.launch();
        assert!(self.answers(), "the port was taken meanwhile: {}", self.log());
    }

    /// Waits until it answers; `false`: its port went to another process before it was there. That may be the server of
    /// another test, which would answer in its place until that test ends.
    fn answers(&mut self) -> bool {
        let mut taken = false;
        eventually("the server answers", || {
            if self.process.as_mut().unwrap().try_wait().unwrap().is_some() {
                taken = self.log().contains("could not create any TCP/IP sockets");
                assert!(taken, "the server ended: {}", self.log());
                return true;
            }
            runtime().block_on(self.data_directory()).is_some_and(|answered| {
                let ours = self.data.path().join("data").canonicalize().unwrap();
                ours == std::path::Path::new(&answered)
            })
        });
        !taken
    }

    async fn data_directory(&self) -> Option<String> {
        let client = self.try_connect().await?;
        let messages = client.simple_query("SHOW data_directory").await.ok()?;
        messages.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        })
    }

    pub fn launch(&mut self) {
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/harness/postgres");
        let log = std::fs::File::create(self.log_path()).unwrap();
        let child = Command::new(script)
            .arg(&self.line)
            .arg(self.data.path().join("data"))
            .arg(self.port.to_string())
            .args(["-c", "fsync=off", "-c", "log_min_messages=warning", "-c", "shared_buffers=64MB"])
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(k, v)| (k, v)))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        self.process = Some(child);
    }

    pub fn log_path(&self) -> PathBuf {
        self.data.path().join("server.log")
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap()
    }

    /// Kills the postmaster and, with it, every backend, as a crash would.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            // A child that it made after we looked would live on, and keep the next server from starting.
            signal(process.id(), "STOP");
            for pid in self.backends(process.id()) {
                signal(pid, "KILL");
            }
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Stops every process of the server without ending it: sockets stay open, nothing answers.
    pub fn freeze(&self) {
        let postmaster = self.process.as_ref().unwrap().id();
        signal(postmaster, "STOP");
        for pid in self.backends(postmaster) {
            signal(pid, "STOP");
        }
    }

    pub fn thaw(&self) {
        let postmaster = self.process.as_ref().unwrap().id();
        for pid in self.backends(postmaster) {
            signal(pid, "CONT");
        }
        signal(postmaster, "CONT");
    }

    fn backends(&self, postmaster: u32) -> Vec<u32> {
        let children = format!("/proc/{postmaster}/task/{postmaster}/children");
        let text = std::fs::read_to_string(children).unwrap_or_default();
        text.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
    }

    async fn try_connect(&self) -> Option<Client> {
        let password = self.environment.iter().find(|(k, _)| k == "PIE_PG_PASSWORD");
        let mut config = tokio_postgres::Config::new();
        config.host("127.0.0.1").port(self.port).user("postgres").dbname("postgres");
        config.connect_timeout(Duration::from_secs(5)).application_name("test");
        if let Some((_, password)) = password {
            config.password(password);
        }
        let (client, connection) = config.connect(NoTls).await.ok()?;
        tokio::spawn(connection);
        Some(client)
    }

    /// A server that is busy with everything at once may be late to accept one.
    pub fn client(&self) -> Client {
        let mut connected = None;
        eventually("the server accepts connections", || {
            connected = runtime().block_on(self.try_connect());
            connected.is_some()
        });
        connected.unwrap()
    }

    pub fn run(&self, sql: &str) {
        let client = self.client();
        runtime().block_on(client.batch_execute(sql)).unwrap_or_else(|e| panic!("{sql}: {e:?}"));
    }

    /// All rows as text, columns joined with `|`, NULL as `NULL`.
    pub fn rows(&self, sql: &str) -> Vec<String> {
        let client = self.client();
        let messages =
            runtime().block_on(client.simple_query(sql)).unwrap_or_else(|e| panic!("{sql}: {e:?}"));
        messages
            .iter()
            .filter_map(|message| match message {
                SimpleQueryMessage::Row(row) => {
                    let cells: Vec<_> = (0..row.len()).map(|i| row.get(i).unwrap_or("NULL")).collect();
                    Some(cells.join("|"))
                }
                _ => None,
            })
            .collect()
    }

    /// As the server counts: 9.6.24 is 90624, 17.5 is 170005.
    pub fn version(&self) -> u32 {
        self.value("SHOW server_version_num").parse().unwrap()
    }

    /// Sessions that have written to a table and wait in their transaction. One is 'idle in transaction' between two
    /// statements too, before it has.
    pub fn waiting_writers(&self, table: &str) -> usize {
        let query = format!(
            "SELECT count(*) FROM pg_stat_activity a WHERE state = 'idle in transaction' AND EXISTS (SELECT 1
             FROM pg_locks l WHERE l.pid = a.pid AND relation = '{table}'::regclass AND mode = 'RowExclusiveLock')"
        );
        self.value(&query).parse().unwrap()
    }

    pub fn value(&self, sql: &str) -> String {
        self.rows(sql).into_iter().next().unwrap_or_default()
    }
}

/// Below those that the kernel gives to clients, and not in use now.
fn free_port() -> u16 {
    loop {
        let port = 10_000 + u16::try_from(RandomState::new().hash_one(0) % 20_000).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// The line that this run has every test on.
pub fn line_of_run() -> Option<String> {
    std::env::var("PIE_PG").ok()
}

fn folder() -> tempfile::TempDir {
    match std::env::var_os("PIE_SERVERS") {
        Some(folder) => tempfile::tempdir_in(folder),
        None => tempfile::tempdir(),
    }
    .unwrap()
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

pub fn signal(pid: u32, name: &str) {
    let sent =
        Command::new("kill").arg(format!("-{name}")).arg(pid.to_string()).stderr(Stdio::null()).status();
    assert!(sent.is_ok(), "kill -{name} {pid}");
}
