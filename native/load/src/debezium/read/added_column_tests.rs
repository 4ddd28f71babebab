use super::*;

fn value(ddl: &str, kind: &str) -> Option<String> {
    value_of(ddl, kind, !ddl.contains("NOT NULL"))
}

fn value_of(ddl: &str, kind: &str, nullable: bool) -> Option<String> {
    let labels = ["'a'".to_owned(), "'b,c'".to_owned()];
    AddedColumns::of(ddl).value("x", SourceType::parse(kind).expect(kind), nullable, &labels)
}

fn told(default: &str, kind: &str) -> Option<String> {
    value(&format!("ALTER TABLE t ADD COLUMN x {kind} DEFAULT {default} COMMENT 'why'"), kind)
}

#[test]
fn a_default_with_one_meaning_is_told_as_the_target_reads_it() {
    for (default, kind, expected) in [
        ("7", "int", "7"),
        ("'7'", "int", "7"),
        ("-7", "bigint", "-7"),
        ("TRUE", "tinyint(1)", "1"),
        ("1.50", "decimal(5,2)", "1.50"),
        ("'-1.5'", "double", "-1.5"),
        ("b'101'", "bit(4)", "0101"),
        ("b'1'", "bit(1)", "true"),
        ("'it''s'", "varchar(10)", "it's"),
        ("''", "text", ""),
        ("'a'", "enum('a','b,c')", "a"),
        ("'b,c'", "set('a','b,c')", "b,c"),
        ("'2020-02-29'", "date", "2020-02-29"),
        ("'2020-02-29 23:59:59.12'", "datetime(3)", "2020-02-29 23:59:59.12"),
        ("'12:30:00'", "time", "12:30:00"),
        ("2020", "year", "2020"),
    ] {
        assert_eq!(told(default, kind).as_deref(), Some(expected), "{default} of {kind}");
    }
}

#[test]
fn what_may_mean_several_things_is_not_told() {
    for (default, kind) in [
        ("NULL", "int"),
        ("uuid()", "varchar(36)"),
        ("(1 + 1)", "int"),
        ("1 + 1", "int"),
        ("CURRENT_TIMESTAMP", "datetime"),
        ("now() ON UPDATE now()", "datetime"),
        ("'2020-01-01 00:00:00'", "timestamp"),
        ("'a\\tb'", "varchar(10)"),
        ("'a' 'b'", "varchar(10)"),
        ("_latin1'a'", "varchar(10)"),
        ("x'41'", "varchar(10)"),
        ("'a '", "varchar(10)"),
        ("'abc'", "varbinary(10)"),
        ("'c'", "enum('a','b,c')"),
        ("1", "enum('a','b,c')"),
        ("'0000-00-00'", "date"),
        ("'2020-1-1'", "date"),
        ("'25:00:00'", "time"),
        ("10", "bit(4)"),
        ("b'11111'", "bit(4)"),
        ("1.5", "int"),
        ("1e3", "int"),
    ] {
        assert_eq!(told(default, kind), None, "{default} of {kind}");
    }
}

#[test]
fn a_column_without_a_default_has_its_types_value_where_it_takes_no_null() {
    let statement = |kind: &str| format!("ALTER TABLE t ADD x {kind} NOT NULL");
    for (kind, expected) in [
        ("int", Some("0")),
        ("decimal(5,2)", Some("0")),
        ("varchar(5)", Some("")),
        ("enum('a','b,c')", Some("a")),
        ("set('a')", Some("")),
        ("bit(1)", Some("false")),
        ("bit(3)", Some("000")),
        ("time", Some("00:00:00")),
        ("date", None),
        ("timestamp", None),
        ("blob", None),
    ] {
        assert_eq!(value(&statement(kind), kind).as_deref(), expected, "{kind}");
    }
    assert_eq!(value("ALTER TABLE t ADD x int", "int"), None);
    for filled in ["AUTO_INCREMENT UNIQUE", "GENERATED ALWAYS AS (a + 1) STORED", "AS (a + 1)"] {
        assert_eq!(value(&format!("{} {filled}", statement("int")), "int"), None, "{filled}");
    }
}

#[test]
fn only_a_statement_that_adds_the_column_says_anything() {
    for ddl in [
        "ALTER TABLE t ADD x INT DEFAULT 7",
        "/* why */ alter table `a`.`add` add column if not exists `x` int default 7 after b",
        "ALTER TABLE t CHANGE a b INT DEFAULT 5, ADD COLUMN X INT DEFAULT 7 FIRST, DROP c",
        "ALTER ONLINE TABLE t ADD (y DECIMAL(5,2) DEFAULT 1, \"x\" INT NOT NULL DEFAULT 7)",
        "ALTER TABLE t ADD x INT DEFAULT 7, ALGORITHM=INPLACE",
    ] {
        assert_eq!(value(ddl, "int").as_deref(), Some("7"), "{ddl}");
    }
    for ddl in [
        "ALTER TABLE t CHANGE a x INT DEFAULT 7",
        "ALTER TABLE t RENAME COLUMN a TO x",
        "ALTER TABLE t MODIFY x INT DEFAULT 7",
        "ALTER TABLE t ADD INDEX x (a), ADD y INT DEFAULT 7",
        "ALTER TABLE t ADD y VARCHAR(30) DEFAULT 'ADD x INT DEFAULT 7'",
        "ALTER TABLE t /*! ADD x INT DEFAULT 7 */",
        "ALTER TABLE t ADD x INT DEFAULT 7, COMMENT = 'never ends",
        "CREATE TABLE t (x INT DEFAULT 7)",
        "",
        "é",
    ] {
        assert_eq!(value(ddl, "int"), None, "{ddl}");
    }
}
