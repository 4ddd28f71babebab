//! What later lines of PostgreSQL have and earlier ones refuse, so that one suite runs on all of them.
//!
//! A test that needs one of these asks with [`Server::define`]; where the line is older the server has to refuse the
//! statement itself, so nothing is left out by mistake.

use super::{Server, runtime};

/// Words of a definition, and the first line that has them.
const FEATURES: [(&str, u32); 15] = [
    ("AS IDENTITY", 10),
    ("CREATE PUBLICATION", 10),
    ("CREATE STATISTICS", 10),
    ("REFERENCING", 10),
    ("PARTITION BY", 10),
    ("INCLUDE (", 11),
    (") STORED", 12),
    ("deterministic", 12),
    ("COMPRESSION ", 14),
    ("NULLS NOT DISTINCT", 15),
    ("VIRTUAL", 18),
    ("uuidv7", 18),
    ("WITHOUT OVERLAPS", 18),
    ("NOT ENFORCED", 18),
    ("NOT VALID", 18),
];

impl Server {
    /// Runs the statements; false where a word of them is not known to this line yet.
    pub fn define(&self, sql: &str) -> bool {
        let since = FEATURES.iter().filter(|(word, _)| sql.contains(word)).map(|(_, since)| *since).max();
        if since.is_none_or(|since| self.version() >= since * 10_000) {
            self.run(sql);
            return true;
        }
        let refused = runtime().block_on(self.client().batch_execute(sql));
        assert!(refused.is_err(), "{} knows {sql}", self.version());
        false
    }
}
