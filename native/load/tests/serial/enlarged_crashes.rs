//! A writer that fails while it enlarges a target: the target is as it was, and the next attempt does it.

use pieload::row::image_builder::RowBuilder;

use crate::support;
use support::exactly_once::{Committer, manifest, spec, stage};
use support::points::Points;
use support::{Load, Server, SpecText};

const COLUMNS: &str = "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 't' ORDER BY \
                       ordinal_position";

fn table() -> SpecText {
    SpecText::table("t", "merge", &[("id", "INT NOT NULL"), ("n", "BIGINT"), ("x", "STRING")], "0")
        .with("schema.change.behavior", "lenient")
        .with("column.2.default", "was there")
}

/// One attempt, up to what makes its row visible.
fn attempt(session: &SpecText, committer: Option<&Committer>) -> pieload::Result<()> {
    let load = Load::open(session, &table())?;
    load.offer(&[RowBuilder::new(3).int(0, 2).long(1, 1 << 40).string(2, "new")])?;
    match committer {
        None => load.flush(),
        Some(committer) => committer.commit(&manifest(&[stage(&load.session)?])),
    }
}

#[test]
fn a_writer_that_fails_while_it_enlarges_leaves_nothing_behind() {
    let points = Points::take();
    let server = Server::start(15);
    for exactly in [false, true] {
        let session = if exactly { spec(&server, 0, 1) } else { SpecText::session(server.port) };
        let committer = exactly.then(|| Committer::open(&session));
        for (point, action) in [
            ("ddl.alter", "error"),
            ("ddl.alter", "panic"),
            ("ddl.commit", "disconnect"),
            ("ddl.commit", "panic"),
        ] {
            server.run("CREATE TABLE t (id int PRIMARY KEY, n int); INSERT INTO t VALUES (1, 1)");
            points.arm(point, action);
            let failed = attempt(&session, committer.as_ref());
            assert!(failed.is_err() && points.was_hit(point), "{point}, {action}: {failed:?}");
            points.forget(point);
            assert_eq!(server.rows(COLUMNS), ["id|integer", "n|integer"], "{point}, {action}");
            attempt(&session, committer.as_ref()).unwrap();
            assert_eq!(server.rows(COLUMNS), ["id|integer", "n|bigint", "x|text"], "{point}, {action}");
            let rows = server.rows("SELECT * FROM t ORDER BY id");
            assert_eq!(rows, ["1|1|was there", "2|1099511627776|new"], "{point}, {action}");
            server.run("DROP TABLE t");
        }
    }
}
