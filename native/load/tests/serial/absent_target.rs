//! A target that is dropped while its rows are staged: it is named, and it holds up nobody for ever.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use pieload::row::RowKind;
use pieload::row::image_builder::{RowBuilder, frame};
use support::exactly_once::{Committer, manifest, spec, stage, staged_rows, writer};
use support::points::Points;
use support::{Load, Server, SpecText, offer, open_table};

fn insert(id: i32) -> RowBuilder {
    RowBuilder::new(2).kind(RowKind::Insert).int(0, id).int(1, 1)
}

/// A row of each table, staged.
fn both_staged(t: &Load, u: u32, id: i32) -> pieload::Result<Vec<u8>> {
    let mut batch = Vec::new();
    frame(&mut batch, t.table, &insert(id).finish());
    frame(&mut batch, u, &insert(id).finish());
    offer(&t.session, &batch)?;
    Ok(manifest(&[stage(&t.session)?]))
}

/// Its manifest failed each time it came, whatever 'sink.recovery.missing-staging' said.
#[test]
fn rows_for_a_dropped_target_are_named_and_left_out_where_that_is_asked_for() {
    for mode in ["append", "merge"] {
        let (_points, server) = (Points::take(), Server::start(15));
        server.run("CREATE TABLE t (id int, score int); CREATE TABLE \"U u\" (id int, score int)");
        let plain = spec(&server, 0, 1);
        let skip = plain.clone().with("sink.recovery.missing-staging", "skip");
        let t = writer(&plain, mode);
        let columns = [("id", "INT"), ("score", "INT")];
        let key = if mode == "merge" { "0" } else { "" };
        let u = open_table(&t.session, &SpecText::table("U u", mode, &columns, key));
        let first = both_staged(&t, u, 1).unwrap();
        server.run("DROP TABLE \"U u\"");
        let error = Committer::open(&plain).commit(&first).unwrap_err().to_string();
        for part in ["\"U u\"", "42P01", "sink.recovery.missing-staging"] {
            assert!(error.contains(part), "{part} is not in {error}");
        }
        assert_eq!(server.value("SELECT count(*) FROM t"), "0");
        support::logs::keep();
        let _of_the_other_mode = support::logs::take("");
        let committer = Committer::open(&skip);
        committer.commit(&first).unwrap();
        assert_eq!(server.rows("SELECT id FROM t"), ["1"], "{mode}");
        assert_eq!(staged_rows(&server), 0);
        let told = support::logs::take("1 rows are not published");
        assert!(told.len() == 1 && told[0].contains("\"U u\""), "{told:?}");
        // The writer stages nothing more for what is not there.
        let error = both_staged(&t, u, 2).unwrap_err().to_string();
        assert!(error.contains("\"U u\"") && error.contains("does not exist"), "{error}");
        // It is there again: what comes from now on is published.
        server.run("CREATE TABLE \"U u\" (id int, score int)");
        let t = writer(&skip, mode);
        let u = open_table(&t.session, &SpecText::table("U u", mode, &columns, key));
        committer.commit(&both_staged(&t, u, 2).unwrap()).unwrap();
        assert_eq!(server.rows("SELECT id FROM t ORDER BY 1"), ["1", "2"], "{mode}");
        assert_eq!(server.rows("SELECT id FROM \"U u\""), ["2"], "{mode}");
    }
}

/// A table that is swapped by RENAME is gone for a moment; its rows are not left out then.
#[test]
fn a_target_that_comes_back_soon_loses_no_row() {
    let (_points, server) = (Points::take(), Server::start(15));
    server.run("CREATE TABLE t (id int, score int)");
    let skip = spec(&server, 0, 1).with("sink.recovery.missing-staging", "skip");
    let t = writer(&skip, "merge");
    t.offer(&[insert(1)]).unwrap();
    let staged = manifest(&[stage(&t.session).unwrap()]);
    server.run("ALTER TABLE t RENAME TO aside");
    let committer = Committer::open(&skip);
    support::logs::keep();
    committer.0.start_commit(&staged).unwrap();
    support::eventually("it is looked for", || !support::logs::take("there is no such table").is_empty());
    server.run("ALTER TABLE aside RENAME TO t");
    committer.done().unwrap();
    assert_eq!(server.rows("SELECT id FROM t"), ["1"]);
}
