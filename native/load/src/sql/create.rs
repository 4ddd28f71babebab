//! CREATE SCHEMA, CREATE TABLE and the comments of a target that does not exist.
//!
//! Same input, same text; every name is quoted, NOT NULL, the key and comments are kept. Whether the server takes a
//! primary key is for the caller to find out: it can leave it out.

use crate::error::Result;
use crate::spec::{CreateSpec, TableSpec};

use super::dialect::Dialect;
use crate::ident::{Ident, TableName, list, literal};

/// Creates the schema, if it is not there.
///
/// # Errors
/// As [`Ident::new`].
pub(crate) fn create_schema(spec: &TableSpec) -> Result<String> {
    Ok(format!("CREATE SCHEMA IF NOT EXISTS {}", Ident::new(&spec.schema)?.quoted()))
}

/// Creates the table with its comments. Where it is there already the server refuses all of it, so that sent as one
/// query it never comments on a table of somebody else.
///
/// # Errors
/// As [`Ident::new`].
pub(crate) fn create_table(
    spec: &TableSpec,
    name: &TableName,
    create: &CreateSpec,
    dialect: Dialect,
    with_key: bool,
) -> Result<String> {
    let mut parts = Vec::new();
    for (index, column) in spec.columns.iter().enumerate() {
        let not_null = if !column.nullable || spec.key.contains(&index) { " NOT NULL" } else { "" };
        parts.push(format!(
            "{} {}{not_null}",
            Ident::new(&column.name)?.quoted(),
            column.column_type.created()
        ));
    }
    if let Some(column) = spec.soft_delete.as_ref().filter(|_| !spec.key.is_empty()) {
        parts.push(format!("{} boolean DEFAULT false NOT NULL", Ident::new(column)?.quoted()));
    }
    let key = spec.key.iter().filter_map(|index| spec.columns.get(*index));
    let key = key.map(|column| Ident::new(&column.name)).collect::<Result<Vec<_>>>()?;
    if with_key && !key.is_empty() {
        parts.push(format!("PRIMARY KEY ({})", list(&key)));
    }
    let mut text = format!("CREATE TABLE {} ({})", name.quoted(), parts.join(", "));
    if !create.properties.is_empty() {
        let properties: Result<Vec<String>> = create
            .properties
            .iter()
            .map(|(name, value)| Ok(format!("{} = {}", Ident::new(name)?.quoted(), literal(value))))
            .collect();
        text.push_str(&format!(" WITH ({})", properties?.join(", ")));
    }
    if dialect.distributes() {
        let by = create.distributed_by.iter().map(|name| Ident::new(name)).collect::<Result<Vec<_>>>()?;
        let by = if by.is_empty() { key } else { by };
        text.push_str(&match by.as_slice() {
            [] => " DISTRIBUTED RANDOMLY".to_owned(),
            by => format!(" DISTRIBUTED BY ({})", list(by)),
        });
    }
    if let Some(comment) = &create.comment {
        text.push_str(&format!("; COMMENT ON TABLE {} IS {}", name.quoted(), literal(comment)));
    }
    for column in &spec.columns {
        let Some(comment) = &column.comment else { continue };
        let column = Ident::new(&column.name)?;
        let (table, column, comment) = (name.quoted(), column.quoted(), literal(comment));
        text.push_str(&format!("; COMMENT ON COLUMN {table}.{column} IS {comment}"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(more: &str) -> TableSpec {
        let text = format!(
            "schema-name=s\ntable-name=t\"x\nrecord.format=row-image\nload_mode=merge\nsink.copy.format=auto\nsink.merge.allow-replace=false\n\
             sink.append.allow-unique=false\nschema.change.behavior=exception\nsink.create-table.enabled=true\n{more}\
             column.0.name=b\ncolumn.0.type=INT\ncolumn.1.name=Select\ncolumn.1.type=STRING\n\
             column.2.name=c\ncolumn.2.type=DECIMAL(4, 1) NOT NULL\nkey=1,0\n"
        );
        TableSpec::parse(&text).expect("valid")
    }

    fn text(more: &str, version: &str, with_key: bool) -> String {
        let spec = table(more);
        let name = TableName::new(&spec.schema, &spec.table).expect("names");
        let create = spec.create.as_ref().expect("wanted");
        create_table(&spec, &name, create, Dialect::from_version(version), with_key).expect("text")
    }

    const COLUMNS: &str = "CREATE TABLE \"s\".\"t\"\"x\" (\"b\" integer NOT NULL, \"Select\" text NOT \
                           NULL, \"c\" numeric(4,1) NOT NULL";

    #[test]
    fn columns_key_and_distribution_are_kept() {
        let key = "PRIMARY KEY (\"Select\", \"b\")";
        assert_eq!(text("", "PostgreSQL 15", true), format!("{COLUMNS}, {key})"));
        let distributed = format!("{COLUMNS}, {key}) DISTRIBUTED BY (\"Select\", \"b\")");
        assert_eq!(text("", "PostgreSQL 9.4 (Greenplum Database 6)", true), distributed);
        let more = "table.create.distributed-by= b , c\ntable.create.properties.appendoptimized=true\n\
                    table.create.properties.o'x=it's\n";
        assert_eq!(
            text(more, "PostgreSQL 14 (Apache Cloudberry 2)", false),
            format!(
                "{COLUMNS}) WITH (\"appendoptimized\" = 'true', \"o'x\" = 'it''s') DISTRIBUTED BY (\"b\", \"c\")"
            )
        );
    }

    #[test]
    fn comments_follow_and_cannot_be_left() {
        let more = "table.comment=it's; DROP TABLE x\ncolumn.1.comment=a\\\\'b\ncolumn.2.comment=\n";
        let expected = "; COMMENT ON TABLE \"s\".\"t\"\"x\" IS 'it''s; DROP TABLE x'; \
                        COMMENT ON COLUMN \"s\".\"t\"\"x\".\"Select\" IS E'a\\\\''b'";
        let text = text(more, "PostgreSQL 15", false);
        assert_eq!(text, format!("{COLUMNS}){expected}"));
    }

    #[test]
    fn a_distribution_by_no_column_is_refused_by_its_option() {
        let refused = std::panic::catch_unwind(|| table("table.create.distributed-by=nobody\n"));
        assert!(refused.is_err());
    }
}
