//! Sinks of either guarantee that merge into one table of two columns, `id` and `score`.

use std::time::Duration;

use pieload::row::RowKind;
use pieload::row::image_builder::RowBuilder;

use super::exactly_once::{Committer, manifest, spec as exactly_once, stage};
use super::{Load, Server, SpecText, eventually};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guarantee {
    AtLeastOnce,
    ExactlyOnce,
}

pub use Guarantee::{AtLeastOnce, ExactlyOnce};

pub const PAIRS: [(Guarantee, Guarantee); 4] = [
    (AtLeastOnce, AtLeastOnce),
    (ExactlyOnce, ExactlyOnce),
    (AtLeastOnce, ExactlyOnce),
    (ExactlyOnce, AtLeastOnce),
];

/// A sink of one writer, and its committer.
pub struct Sink {
    pub load: Load,
    committer: Option<Committer>,
}

impl Sink {
    pub fn open(server: &Server, number: u32, guarantee: Guarantee, table: &str) -> Self {
        Self::open_with(server, number, guarantee, table, &[])
    }

    pub fn open_with(
        server: &Server,
        number: u32,
        guarantee: Guarantee,
        table: &str,
        options: &[(&str, &str)],
    ) -> Self {
        let base = match guarantee {
            AtLeastOnce => SpecText::session(server.port).with("lock-timeout", "20000"),
            ExactlyOnce => exactly_once(server, 0, 1),
        };
        let of_session = options.iter().filter(|(name, _)| !name.starts_with("sink.merge."));
        let spec = of_session.fold(base.with("sink.id", &format!("{number:032x}")), |spec, (name, value)| {
            spec.with(name, value)
        });
        let of_table = options.iter().filter(|(name, _)| name.starts_with("sink.merge."));
        let table = SpecText::table(table, "merge", &[("id", "INT NOT NULL"), ("score", "INT")], "0");
        let table = of_table.fold(table, |table, (name, value)| table.with(name, value));
        let committer = (guarantee == ExactlyOnce).then(|| Committer::open(&spec));
        Sink { load: Load::open(&spec, &table).unwrap(), committer }
    }

    pub fn put(&self, id: i32, score: i32) {
        self.load.offer(&[RowBuilder::new(2).int(0, id).int(1, score)]).unwrap();
    }

    pub fn remove(&self, id: i32) {
        self.load.offer(&[RowBuilder::new(2).kind(RowKind::Delete).int(0, id).int(1, 0)]).unwrap();
    }

    /// Begins to make visible what was put.
    pub fn begin(&self) {
        match &self.committer {
            None => self.load.session.start_flush().unwrap(),
            Some(committer) => {
                let staged = stage(&self.load.session).unwrap();
                committer.0.start_commit(&manifest(&[staged])).unwrap();
            }
        }
    }

    pub fn done(&self) -> pieload::Result<()> {
        match &self.committer {
            None => {
                let mut result = Ok(());
                eventually("the flush ends", || {
                    match self.load.session.await_flush(Duration::from_millis(50)) {
                        Ok(done) => done,
                        Err(error) => {
                            result = Err(error);
                            true
                        }
                    }
                });
                result
            }
            Some(committer) => committer.done(),
        }
    }

    pub fn store(&self) {
        self.begin();
        self.done().unwrap();
    }
}
