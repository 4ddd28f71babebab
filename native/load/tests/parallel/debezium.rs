//! The server is the oracle: what Debezium's JSON becomes is read back the same from both COPY formats.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use bytes::{Bytes, BytesMut};
use futures_util::SinkExt;
use pieload::copy::{Format, KeyMemory, KeySet, Mode};
use pieload::debezium::{Decimals, EVERY_TYPE, Encoded, Event, UpdateHalf, created, plan};
use support::{Server, runtime};

/// The tuples of a golden record.
fn tuples(name: &str, format: Format) -> Bytes {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/debezium");
    let record = std::fs::read(folder.join(format!("{name}.json"))).unwrap();
    let decimals = if name.ends_with("numeric") { Decimals::Numeric } else { Decimals::Base64 };
    let plan = plan("every_type", (format, Mode::Merge), &EVERY_TYPE, &["id"], decimals);
    let Event::Change(change) = Event::parse(&record).unwrap() else { panic!("a change") };
    let mut out = BytesMut::from(plan.frame().0);
    let encoded = plan
        .encode(&change, (None, UpdateHalf::Whole), 0, &mut out, &mut KeySet::new(KeyMemory::new(0)))
        .unwrap();
    assert_eq!(encoded, Encoded::Rows(1));
    out.extend_from_slice(plan.frame().1);
    out.freeze()
}

fn copy(server: &Server, table: &str, format: Format, bytes: Bytes) {
    let name = if format == Format::Binary { "binary" } else { "text" };
    let client = server.client();
    runtime().block_on(async {
        let sink =
            client.copy_in::<_, Bytes>(&format!("COPY {table} FROM STDIN (FORMAT {name})")).await.unwrap();
        futures_util::pin_mut!(sink);
        sink.send(bytes).await.unwrap();
        assert_eq!(sink.finish().await.unwrap(), 1);
    });
}

#[test]
fn every_type_is_read_back_the_same_from_both_formats() {
    let server = Server::start(17);
    let columns: Vec<String> =
        EVERY_TYPE.iter().map(|(name, source)| format!("\"{name}\" {}", created(name, source))).collect();
    for table in ["binary_rows", "text_rows"] {
        server.run(&format!("CREATE TABLE {table} ({}, op smallint, seq bigint)", columns.join(", ")));
    }
    for name in ["every-type", "every-type-edges", "every-type-nulls", "every-type-numeric"] {
        copy(&server, "binary_rows", Format::Binary, tuples(name, Format::Binary));
        copy(&server, "text_rows", Format::Text, tuples(name, Format::Text));
    }
    let differing = "SELECT 1 FROM (SELECT *, row_number() OVER () n FROM binary_rows) b \
                     JOIN (SELECT *, row_number() OVER () n FROM text_rows) t USING (n) \
                     WHERE b::text <> t::text";
    assert_eq!(server.rows(differing), Vec::<String>::new());
    let edges = "SET timezone = 'UTC'; SELECT long, bit9, elapsed, datetime, stamp6, \"real\", encode(shape, 'hex'), json->>'key1' \
                 FROM binary_rows LIMIT 2";
    assert_eq!(
        server.rows(edges),
        [
            "-99999999999999999999999999999999999.999999999999999999999999999999|100000001|-838:59:59.999999|\
             2020-07-17 18:00:22|2020-07-17 18:00:22.123456+00|123.102|\
             0101000020e6100000000000000000f03f000000000000f03f|value\\1",
            "0.000000000000000000000000000001|000000000|838:59:59|0001-01-01 00:00:00 BC|\
             2020-07-17 18:00:22.123456+00|1.1|0101000000000000000000f03f000000000000f03f|value\\1",
        ]
    );
}
