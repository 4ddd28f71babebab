//! Permanent staging tables of exactly-once: made and filled by writers, read by the committer.
//!
//! A staging table has the columns that are loaded and, for a merge, the operation and the sequence number. The
//! committer reads all staging tables of a target as one: a row that moved from one key to another between two of them
//! would otherwise meet itself in a unique index. The caller owns the transaction.

use super::dialect::Family;
use super::equality::Equalities;
use super::merge::{StagedColumn, copy_into, free_name, overriding_system_value, select_list};
use super::update::{MergeBy, Merged, SoftDelete};
use crate::copy::Format;
use crate::error::Result;
use crate::ident::{Ident, TableName, list};

/// What a writer needs to stage one target's rows.
#[derive(Debug)]
pub struct StagedSql {
    target: TableName,
    columns: Vec<StagedColumn>,
    marks: Option<Marks>,
}

/// The two columns of a merge that the target does not have.
#[derive(Clone, Debug)]
pub struct Marks {
    /// The operation: 1 put, 0 remove.
    pub op: Ident,
    /// The sequence number.
    pub seq: Ident,
}

/// The plain names of the marks; they collide with no column.
///
/// # Errors
/// As [`Ident::new`].
pub fn mark_names(columns: &[StagedColumn]) -> Result<(String, String)> {
    Ok((free_name("pieclouddb_op", columns)?, free_name("pieclouddb_seq", columns)?))
}

impl StagedSql {
    /// Without `marks` rows are added.
    #[must_use]
    pub fn new(target: TableName, columns: Vec<StagedColumn>, marks: Option<Marks>) -> Self {
        StagedSql { target, columns, marks }
    }

    /// Equal for equal columns: then the staging table of one fits the other.
    #[must_use]
    pub fn select(&self) -> String {
        select_list(&self.columns, self.marks.as_ref().map(|marks| (&marks.op, &marks.seq)))
    }

    /// Creates a staging table with the target's types and, on an MPP, its distribution; logged, because an unlogged
    /// one loses rows in a crash without a word. Where that is known it has no autovacuum, whose lock a commit would
    /// wait for.
    #[must_use]
    pub fn create(&self, staging: &TableName, family: Family) -> String {
        let (staging, target) = (staging.quoted(), self.target.quoted());
        let with = if family == Family::PostgreSql { " WITH (autovacuum_enabled = false)" } else { "" };
        format!("CREATE TABLE {staging}{with} AS SELECT {} FROM {target} WITH NO DATA", self.select())
    }

    /// COPY into a staging table.
    #[must_use]
    pub fn copy(&self, staging: &TableName, format: Format) -> String {
        let marks = self.marks.iter().flat_map(|marks| [&marks.op, &marks.seq]);
        copy_into(staging.quoted(), &list(self.columns.iter().map(|c| &c.name).chain(marks)), format)
    }
}

/// The numbers of those tables that hold a row, from 0. It fails at once where somebody has locked one: while it waits
/// it is a running statement, which the committer that holds the lock may itself wait for. No subquery: on Greenplum 6
/// two of EXISTS in one statement are reported as a hazard in the server's log each time.
#[must_use]
pub fn full_ones(tables: &[&TableName]) -> String {
    let names: Vec<_> = tables.iter().map(|table| table.quoted()).collect();
    let one = |(number, name): (usize, &&str)| format!("(SELECT {number} FROM {name} LIMIT 1)");
    let each: Vec<_> = names.iter().enumerate().map(one).collect();
    format!("LOCK TABLE {} IN ACCESS SHARE MODE NOWAIT; {}", names.join(", "), each.join(" UNION ALL "))
}

/// A scalar query: is there no row?
#[must_use]
pub fn is_empty(table: &TableName) -> String {
    format!("NOT EXISTS (SELECT 1 FROM {})", table.quoted())
}

/// A scalar query: how many rows there are, and of a merge the lowest and the highest sequence number.
#[must_use]
pub fn count_staged(table: &TableName, seq: Option<&Ident>) -> String {
    let table = table.quoted();
    match seq.map(Ident::quoted) {
        None => format!("(SELECT pg_catalog.count(*) FROM {table})"),
        Some(seq) => format!(
            "(SELECT pg_catalog.count(*)::text || ', ' || pg_catalog.min({seq})::text || ':' || pg_catalog.max({seq})::text FROM {table})"
        ),
    }
}

/// The committer's statements for one target: some staging tables with the same columns.
#[derive(Debug)]
pub struct PublishSql {
    target: TableName,
    sources: Vec<TableName>,
    columns: Vec<Ident>,
    overriding: bool,
    merge: Option<(Vec<Ident>, Marks, MergeBy)>,
    soft_delete: Option<SoftDelete>,
    equalities: Equalities,
}

impl PublishSql {
    /// Without `merge`, which is the keys, the marks and how rows get their new values, rows are added.
    #[must_use]
    pub fn new(
        target: TableName,
        sources: Vec<TableName>,
        columns: Vec<Ident>,
        overriding: bool,
        merge: Option<(Vec<Ident>, Marks, MergeBy)>,
    ) -> Self {
        let (soft_delete, equalities) = (None, Equalities::default());
        PublishSql { target, sources, columns, overriding, merge, soft_delete, equalities }
    }

    /// The same statements, which mark rows instead of deleting them.
    #[must_use]
    pub fn marking(self, soft_delete: Option<SoftDelete>) -> Self {
        PublishSql { soft_delete, ..self }
    }

    /// The same statements, for keys of types that have these equalities.
    #[must_use]
    pub fn comparing(self, equalities: Equalities) -> Self {
        PublishSql { equalities, ..self }
    }

    /// The target.
    #[must_use]
    pub fn target(&self) -> &TableName {
        &self.target
    }

    /// All staged rows become the target's; `unique` = no key is staged twice.
    #[must_use]
    pub fn publish(&self, unique: bool) -> String {
        let (target, columns) = (self.target.quoted(), list(&self.columns));
        let overriding = overriding_system_value(self.overriding);
        let insert = format!("INSERT INTO {target} ({columns}){overriding}");
        let Some((key, Marks { op: mark, seq }, by)) = &self.merge else {
            return format!("{insert} {}", self.union(&columns));
        };
        let (keys, op, seq) = (list(key), mark.quoted(), seq.quoted());
        let latest = if unique {
            format!("({})", self.union(&format!("{columns}, {op}")))
        } else {
            format!(
                "(SELECT DISTINCT ON ({keys}) {columns}, {op} FROM ({}) AS staged ORDER BY {keys}, {seq} DESC)",
                self.union(&format!("{columns}, {op}, {seq}"))
            )
        };
        if *by == MergeBy::Update {
            let columns = self.columns.iter().collect();
            let soft_delete = self.soft_delete.as_ref();
            let equalities = &self.equalities;
            return Merged { target, columns, keys: key, op: mark, overriding, soft_delete, equalities }
                .update(&latest);
        }
        let delete = self.equalities.delete_staged(target, key, unique, |columns| self.union(columns));
        format!("{delete}; {insert} SELECT {columns} FROM {latest} AS latest WHERE {op} = 1")
    }

    fn union(&self, columns: &str) -> String {
        let selects: Vec<_> =
            self.sources.iter().map(|source| format!("SELECT {columns} FROM {}", source.quoted())).collect();
        selects.join(" UNION ALL ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ident(name: &str) -> Ident {
        Ident::new(name).expect("a name")
    }

    fn table(name: &str) -> TableName {
        TableName::new("s", name).expect("a name")
    }

    #[test]
    fn all_staging_tables_of_a_target_are_read_as_one() {
        let marks = Marks { op: ident("op"), seq: ident("seq") };
        let sources = vec![table("a"), table("b")];
        let merge = Some((vec![ident("id")], marks, MergeBy::Replace));
        let sql = PublishSql::new(table("t"), sources.clone(), vec![ident("id"), ident("n")], false, merge);
        assert_eq!(
            sql.publish(true),
            "DELETE FROM \"s\".\"t\" AS target USING (SELECT \"id\" FROM \"s\".\"a\" UNION ALL SELECT \"id\" FROM \
             \"s\".\"b\") AS staged WHERE target.\"id\" OPERATOR(pg_catalog.=) staged.\"id\"; INSERT INTO \"s\".\"t\" (\"id\", \"n\") SELECT \"id\", \"n\" FROM (SELECT \"id\", \"n\", \"op\" \
             FROM \"s\".\"a\" UNION ALL SELECT \"id\", \"n\", \"op\" FROM \"s\".\"b\") AS latest WHERE \"op\" = 1"
        );
        assert!(sql.publish(false).contains(
            "WHERE (target.\"id\") OPERATOR(pg_catalog.=) ANY (SELECT \"id\" FROM \"s\".\"a\" UNION ALL"
        ));
        assert!(sql.publish(false).contains("DISTINCT ON (\"id\")"));
        assert!(sql.publish(false).contains("ORDER BY \"id\", \"seq\" DESC"));
        let append = PublishSql::new(table("t"), sources, vec![ident("id")], true, None);
        assert_eq!(
            append.publish(false),
            "INSERT INTO \"s\".\"t\" (\"id\") OVERRIDING SYSTEM VALUE SELECT \"id\" FROM \"s\".\"a\" UNION ALL SELECT \
             \"id\" FROM \"s\".\"b\""
        );
    }

    #[test]
    fn a_staging_table_of_append_has_the_columns_and_nothing_else() {
        let columns = vec![StagedColumn { name: ident("id"), base: "int".to_owned(), read_as: None }];
        let sql = StagedSql::new(table("t"), columns, None);
        assert_eq!(
            sql.create(&table("x"), Family::Greenplum),
            "CREATE TABLE \"s\".\"x\" AS SELECT \"id\"::int AS \"id\" FROM \"s\".\"t\" WITH NO DATA"
        );
        assert_eq!(sql.copy(&table("x"), Format::Text), "COPY \"s\".\"x\" (\"id\") FROM STDIN (FORMAT text)");
    }
}
