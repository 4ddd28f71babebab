use super::*;
use crate::open::catalog::{CatalogColumn, Trigger, UniqueIndex};
use crate::spec::TableSpec;
use crate::types::Codec;

fn spec(mode: &str, extra: &str) -> TableSpec {
    let text = format!(
        "schema-name=public\ntable-name=t\nrecord.format=row-image\nload_mode={mode}\nsink.copy.format=auto\n\
         sink.merge.allow-replace={0}\nsink.append.allow-unique={0}\nschema.change.behavior=exception\nsink.create-table.enabled=false\n\
         column.0.name=id\ncolumn.0.type=INT\ncolumn.1.name=name\ncolumn.1.type=STRING\nkey={1}\n",
        extra == "allow",
        if mode == "merge" { "0" } else { "" }
    );
    TableSpec::parse(&text).expect("valid")
}

fn column(name: &str, type_name: &str) -> CatalogColumn {
    CatalogColumn {
        name: name.to_owned(),
        target_type: TargetType::plain(type_name),
        base: type_name.to_owned(),
        not_null: false,
        has_default: false,
        generated: false,
        identity: String::new(),
        deterministic: true,
        equality: None,
    }
}

fn catalog() -> Catalog {
    Catalog {
        kind: 'r',
        may_insert: true,
        may_select: true,
        may_delete: true,
        may_update: true,
        may_create_temp: true,
        columns: vec![column("id", "int4"), column("name", "text")],
        ..Catalog::default()
    }
}

fn unique(name: &str, columns: &[&str]) -> UniqueIndex {
    UniqueIndex {
        name: name.to_owned(),
        columns: columns.iter().map(|c| (*c).to_owned()).collect(),
        covers_all: true,
        refuses_equal: true,
        deferrable: false,
    }
}

fn run(spec: &TableSpec, catalog: Option<&Catalog>, parallelism: u32) -> Result<Target> {
    let writers = Writers { parallelism, exactly_once: false };
    check(spec, &TableName::new(&spec.schema, &spec.table).expect("names"), catalog, writers)
}

#[track_caller]
fn refused(spec: &TableSpec, catalog: &Catalog, parallelism: u32, parts: &[&str]) {
    let error = run(spec, Some(catalog), parallelism).expect_err("a refusal");
    assert_eq!(error.kind(), Kind::Target);
    for part in parts.iter().chain([&"\"public\".\"t\""]) {
        assert!(error.to_string().contains(part), "{part:?} is not in: {error}");
    }
}

#[test]
fn a_plain_table_passes_in_both_modes() {
    assert!(run(&spec("append", ""), Some(&catalog()), 4).is_ok());
    let mut keyed = catalog();
    keyed.unique.push(unique("t_pkey", &["id"]));
    assert_eq!(run(&spec("merge", ""), Some(&keyed), 4).expect("passes").keys.len(), 1);
}

#[test]
fn a_missing_table_names_the_options() {
    let error = run(&spec("append", ""), None, 1).expect_err("missing").to_string();
    assert!(error.contains("does not exist") && error.contains("'table-name'"), "{error}");
}

#[test]
fn every_problem_is_told_at_once() {
    let mut bad = catalog();
    bad.columns = vec![column("Id", "int4"), column("name", "bool")];
    bad.may_insert = false;
    refused(
        &spec("append", ""),
        &bad,
        1,
        &["\"id\" does not exist, but \"Id\" does", "\"name\"", "INSERT on it"],
    );
}

#[test]
fn append_refuses_a_unique_index_unless_told() {
    let mut keyed = catalog();
    keyed.unique.push(unique("t_pkey", &["id"]));
    refused(&spec("append", ""), &keyed, 1, &["t_pkey", "sink.append.allow-unique", "merge", "exactly-once"]);
    assert!(run(&spec("append", "allow"), Some(&keyed), 1).is_ok());
}

#[test]
fn merge_refuses_what_a_replaced_row_would_break() {
    let mut referenced = catalog();
    referenced.referenced_by.push("orders_fk of orders".to_owned());
    refused(&spec("merge", "allow"), &referenced, 1, &["foreign key", "orders_fk"]);

    let mut triggered = catalog();
    triggered.triggers.push(Trigger { name: "audit".to_owned(), guards_delete: false });
    refused(&spec("merge", ""), &triggered, 1, &["audit", "sink.merge.allow-replace"]);
    assert!(run(&spec("merge", "allow"), Some(&triggered), 1).is_ok());

    let mut wider = catalog();
    wider.columns.push(column("note", "text"));
    refused(&spec("merge", ""), &wider, 1, &["\"note\"", "sink.merge.allow-replace"]);
    assert!(run(&spec("merge", "allow"), Some(&wider), 1).is_ok());
    assert!(run(&spec("append", ""), Some(&wider), 1).is_ok());
}

#[test]
fn a_generated_column_is_computed_anew_and_so_not_lost() {
    let mut computed = catalog();
    computed.columns.push(CatalogColumn { generated: true, ..column("total", "int4") });
    assert!(run(&spec("merge", ""), Some(&computed), 1).is_ok());
    computed.columns[1].generated = true;
    refused(&spec("merge", ""), &computed, 1, &["\"name\" is generated"]);
}

#[test]
fn a_further_unique_index_needs_one_writer() {
    let mut keyed = catalog();
    keyed.unique.push(unique("t_pkey", &["id"]));
    keyed.unique.push(unique("t_name_key", &["name"]));
    refused(
        &spec("merge", ""),
        &keyed,
        2,
        &["t_name_key", "'sink.parallelism' = '1'", "pipeline, its 'parallelism'"],
    );
    assert!(run(&spec("merge", ""), Some(&keyed), 1).is_ok());
    keyed.unique.pop();
    keyed.unique.push(UniqueIndex { covers_all: false, ..unique("t_part", &["id"]) });
    refused(&spec("merge", ""), &keyed, 2, &["t_part"]);
}

#[test]
fn a_key_whose_equality_only_the_server_knows_needs_one_writer() {
    let mut folded = catalog();
    folded.columns[0].deterministic = false;
    refused(
        &spec("merge", ""),
        &folded,
        2,
        &["\"id\"", "'sink.parallelism' = '1'", "pipeline, its 'parallelism'"],
    );
    assert!(run(&spec("merge", ""), Some(&folded), 1).is_ok());
}

#[test]
fn a_column_that_nobody_fills_is_refused() {
    let mut strict = catalog();
    strict.columns.push(CatalogColumn { not_null: true, ..column("must", "text") });
    refused(&spec("append", ""), &strict, 1, &["\"must\" is NOT NULL"]);
    strict.columns[2].has_default = true;
    assert!(run(&spec("append", ""), Some(&strict), 1).is_ok());
}

#[test]
fn values_for_an_identity_column_are_insisted_on() {
    let mut identity = catalog();
    identity.columns[0].identity = "a".to_owned();
    assert!(run(&spec("merge", ""), Some(&identity), 1).expect("passes").overriding);
    assert!(!run(&spec("merge", ""), Some(&catalog()), 1).expect("passes").overriding);
}

#[test]
fn every_misfit_of_a_source_table_is_told_together_with_the_other_refusals() {
    let text = "schema-name=public\ntable-name=t\nrecord.format=debezium-json\ndebezium.decimals=base64\n\
                load_mode=merge\nsink.copy.format=auto\nsink.merge.allow-replace=false\n\
                sink.append.allow-unique=false\nschema.change.behavior=exception\nsink.create-table.enabled=false\n\
                column.0.name=id\ncolumn.0.source-type=bigint\ncolumn.0.nullable=false\n\
                column.1.name=name\ncolumn.1.source-type=datetime\ncolumn.1.nullable=true\n\
                column.2.name=gone\ncolumn.2.source-type=json\ncolumn.2.nullable=true\nkey=0\n";
    let spec = TableSpec::parse(text).expect("valid");
    let mut bad = catalog();
    bad.may_delete = false;
    bad.columns.push(column("more", "text"));
    let error = run(&spec, Some(&bad), 1).expect_err("a refusal").to_string();
    assert_eq!(
        error,
        "table \"public\".\"t\": the user lacks the privilege DELETE on it; column \"id\": BIGINT does not fit int4; \
         column \"name\": DATETIME does not fit text; column \"gone\" does not exist; ALTER TABLE \"public\".\"t\" ADD COLUMN \
         \"gone\" jsonb, or set 'schema.change.behavior' = 'lenient' or 'ignore'; the source table lacks the column \"more\", which each \
         merged row would reset; add it there, or ALTER TABLE … DROP COLUMN \"more\" here, or set \
         'sink.merge.strategy' = 'auto' to leave it as it is, or 'sink.merge.allow-replace' = 'true'"
    );
}

/// What the source did to its table while nobody followed it, seen from rows of before.
#[test]
fn a_target_that_was_altered_with_its_source_takes_rows_of_before() {
    let behind = |more: &str| {
        let plain = "schema-name=public\ntable-name=t\nrecord.format=debezium-json\ndebezium.decimals=text\nload_mode=merge\n\
             sink.copy.format=auto\nsink.merge.allow-replace=false\nsink.append.allow-unique=false\n\
             schema.change.behavior=exception\nsink.create-table.enabled=false\n\
             column.0.name=id\ncolumn.0.source-type=int\ncolumn.0.nullable=false\n\
             column.1.name=old\ncolumn.1.source-type=varchar(9)\ncolumn.1.nullable=true\nkey=0\n";
        TableSpec::parse(&format!("{plain}{more}")).expect("valid")
    };
    let with = |columns: &[&str]| {
        let columns =
            columns.iter().map(|name| column(name, if *name == "id" { "int4" } else { "text" })).collect();
        Catalog { columns, ..catalog() }
    };
    refused(
        &behind(""),
        &with(&["id"]),
        1,
        &[
            "column \"old\" does not exist; ALTER TABLE \"public\".\"t\" ADD COLUMN \"old\" varchar(9), or set \
           'schema.change.behavior' = 'lenient' or 'ignore'",
        ],
    );
    assert_eq!(
        run(&behind("column.1.dropped=true\n"), Some(&with(&["id"])), 1).expect("passes").loaded.len(),
        1
    );
    assert_eq!(
        run(&behind("column.1.dropped=true\n"), Some(&with(&["id", "old"])), 1).expect("passes").loaded.len(),
        2
    );
    let wider = with(&["id", "old", "new"]);
    refused(&behind(""), &wider, 1, &["lacks the column \"new\"", "ALTER TABLE … DROP COLUMN \"new\""]);
    refused(&behind("added.0.name=other\n"), &wider, 1, &["lacks the column \"new\""]);
    assert!(run(&behind("added.0.name=other\nadded.1.name=new\n"), Some(&wider), 1).is_ok());
    let mut filled = wider;
    if let Some(new) = filled.columns.last_mut() {
        new.not_null = true;
    }
    refused(&behind("added.0.name=new\n"), &filled, 1, &["\"new\" is NOT NULL without a default"]);
}

#[test]
fn columns_that_nobody_has_told_are_no_objection() {
    let partial = |told: &str| {
        let text = format!(
            "schema-name=public\ntable-name=t\nrecord.format=cdc-record\nload_mode=append\nsink.copy.format=auto\n\
             sink.merge.allow-replace=false\nsink.append.allow-unique=true\nschema.change.behavior=lenient\n\
             sink.create-table.enabled=false\ncolumn.0.name=name\ncolumn.0.type=STRING\nkey=\n{told}"
        );
        TableSpec::parse(&text).expect("valid")
    };
    let mut target = catalog();
    target.columns[0].not_null = true;
    target.unique = vec![unique("t_pkey", &["id"])];
    assert!(run(&partial("columns.partial=true\n"), Some(&target), 1).is_ok());
    refused(&partial(""), &target, 1, &["\"id\" is NOT NULL without a default and the source table"]);
}

#[test]
fn timestamps_of_flink_cdc_are_out_of_line_whatever_their_precision() {
    let codec = |format: &str, precision: u8| {
        let spec = TableSpec::parse(&format!(
            "schema-name=public\ntable-name=t\nrecord.format={format}\nload_mode=append\nsink.copy.format=auto\n\
             sink.merge.allow-replace=false\nsink.append.allow-unique=true\nschema.change.behavior=exception\n\
             sink.create-table.enabled=false\ncolumn.0.name=at\ncolumn.0.type=TIMESTAMP({precision})\nkey=\n"
        ));
        let at = Catalog { columns: vec![column("at", "timestamp")], ..catalog() };
        let target = run(&spec.expect("valid"), Some(&at), 1).expect("passes");
        target.plan_columns[0].as_ref().expect("a column").codec.clone()
    };
    assert!(matches!(codec("row-image", 3), Codec::Timestamp { wide: false, .. }));
    for precision in [0, 3, 6] {
        assert!(matches!(codec("cdc-record", precision), Codec::Timestamp { wide: true, .. }));
    }
}
