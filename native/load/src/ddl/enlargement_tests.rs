use super::*;
use crate::open::catalog::UniqueIndex;

fn spec(behavior: &str, columns: &[(&str, &str, bool)], more: &str) -> TableSpec {
    let mut text = format!(
        "schema-name=s\ntable-name=t\nrecord.format=debezium-json\ndebezium.decimals=base64\nload_mode=merge\n\
         sink.copy.format=auto\nsink.merge.allow-replace=false\nsink.append.allow-unique=false\n\
         schema.change.behavior={behavior}\nsink.create-table.enabled=true\nkey=0\n{more}"
    );
    for (index, (name, source, nullable)) in columns.iter().enumerate() {
        let column = format!("column.{index}");
        text +=
            &format!("{column}.name={name}\n{column}.source-type={source}\n{column}.nullable={nullable}\n");
    }
    TableSpec::parse(&text).expect("valid")
}

fn column(name: &str, created: &str) -> CatalogColumn {
    CatalogColumn {
        name: name.to_owned(),
        target_type: parse_created(created).expect("a type"),
        base: created.to_owned(),
        not_null: false,
        has_default: false,
        generated: false,
        identity: String::new(),
        deterministic: true,
        equality: None,
    }
}

fn bound(name: &str, created: &str) -> CatalogColumn {
    CatalogColumn { not_null: true, ..column(name, created) }
}

fn catalog(columns: Vec<CatalogColumn>) -> Catalog {
    let key = UniqueIndex {
        name: "t_pkey".to_owned(),
        columns: vec!["id".to_owned()],
        covers_all: true,
        refuses_equal: true,
        deferrable: false,
    };
    Catalog { kind: 'r', columns, unique: vec![key], ..Catalog::default() }
}

fn altered_on(spec: &TableSpec, catalog: &Catalog, version: &str) -> String {
    let changes = enlargement(spec, catalog, Dialect::from_version(version)).expect("changes");
    if changes.is_empty() {
        return String::new();
    }
    let table = TableName::new("s", "t").expect("names");
    statement(&table, &changes, |name| (name == "name").then(|| "pg_catalog.\"C\"".to_owned()))
}

fn altered(spec: &TableSpec, catalog: &Catalog) -> String {
    altered_on(spec, catalog, "PostgreSQL 15")
}

#[test]
fn all_that_a_table_lacks_is_one_statement_and_what_it_has_is_left() {
    let more = "column.3.default=it's\ncolumn.3.comment=why\n";
    let columns = [
        ("id", "bigint", false),
        ("name", "varchar(20)", true),
        ("kept", "int", true),
        ("ne\"w", "text", false),
    ];
    let wanted = spec("lenient", &columns, more);
    let target =
        catalog(vec![bound("id", "integer"), bound("name", "varchar(10)"), column("kept", "bigint")]);
    assert_eq!(
        altered(&wanted, &target),
        "ALTER TABLE \"s\".\"t\" ALTER COLUMN \"id\" TYPE bigint, \
         ALTER COLUMN \"name\" TYPE varchar(20) COLLATE pg_catalog.\"C\", ALTER COLUMN \"name\" DROP NOT NULL, \
         ADD COLUMN \"ne\"\"w\" text DEFAULT 'it''s'; COMMENT ON COLUMN \"s\".\"t\".\"ne\"\"w\" IS 'why'"
    );
    let columns = vec![
        bound("id", "bigint"),
        column("name", "varchar(20)"),
        column("kept", "bigint"),
        column("ne\"w", "text"),
    ];
    assert_eq!(altered(&wanted, &catalog(columns)), "");
}

#[test]
fn what_distributes_rows_keeps_its_type() {
    let more = "table.create.distributed-by=by\n";
    let wanted =
        spec("lenient", &[("id", "bigint", false), ("by", "bigint", true), ("n", "bigint", true)], more);
    let target = catalog(vec![bound("id", "integer"), column("by", "integer"), column("n", "integer")]);
    assert_eq!(
        altered_on(&wanted, &target, "PostgreSQL 9.4.26 (Greenplum Database 6.24.3 build x)"),
        "ALTER TABLE \"s\".\"t\" ALTER COLUMN \"n\" TYPE bigint"
    );
    assert!(altered(&wanted, &target).contains("ALTER COLUMN \"id\" TYPE bigint"));
}

#[test]
fn what_enlarging_does_not_mend_is_left_to_the_opening() {
    let columns =
        [("id", "int", false), ("Near", "int", true), ("narrow", "int", true), ("other", "date", true)];
    let wanted = spec("lenient", &columns, "");
    let target = catalog(vec![
        bound("id", "integer"),
        column("near", "integer"),
        column("narrow", "bigint"),
        column("other", "text"),
    ]);
    assert_eq!(altered(&wanted, &target), "");
    let without_key =
        catalog(vec![column("Near", "integer"), column("narrow", "integer"), column("other", "date")]);
    assert_eq!(altered(&wanted, &without_key), "");
    assert_eq!(altered(&wanted, &Catalog { kind: 'v', ..catalog(Vec::new()) }), "");
}

#[test]
fn a_column_that_rows_no_longer_have_takes_null_unless_something_else_fills_it() {
    let wanted = spec("lenient", &[("id", "int", false)], "");
    let defaulted = CatalogColumn { has_default: true, ..bound("filled", "integer") };
    let domain = CatalogColumn { base: "integer".to_owned(), ..bound("domain", "bigint") };
    let identity = CatalogColumn { identity: "a".to_owned(), ..bound("counted", "integer") };
    let target = catalog(vec![bound("id", "integer"), bound("gone", "integer"), defaulted, domain, identity]);
    assert_eq!(altered(&wanted, &target), "ALTER TABLE \"s\".\"t\" ALTER COLUMN \"gone\" DROP NOT NULL");
}

#[test]
fn what_nobody_has_told_of_a_table_stays() {
    let columns = [("id", "int", false), ("new", "int", true), ("n", "bigint", true)];
    let wanted = spec("lenient", &columns, "columns.partial=true\n");
    let target = catalog(vec![bound("id", "integer"), bound("kept", "integer"), bound("n", "integer")]);
    assert_eq!(
        altered(&wanted, &target),
        "ALTER TABLE \"s\".\"t\" ADD COLUMN \"new\" integer, ALTER COLUMN \"n\" TYPE bigint, \
         ALTER COLUMN \"n\" DROP NOT NULL"
    );
}
