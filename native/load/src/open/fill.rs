//! May the rows of a merge go straight into a target while it is filled for the first time?
//!
//! Promise: they may where nothing but the key's own uniqueness can tell them from rows that are merged: a plain table
//! whose unique indexes are all of the key, which refuse a second row whatever was proven of it, and without triggers,
//! rules, domains, foreign keys, checks or a mark for deleted rows; and while it has no row. Where the server does not
//! answer at once, it is not known to have none.

use std::collections::HashSet;

use tokio_postgres::SimpleQueryMessage;

use super::catalog::Catalog;
use super::purpose::Purpose;
use crate::connection::connection::{Connection, Purpose as For};
use crate::error::Result;
use crate::sql::{TableName, held_to_more as constrained, unfilled};

/// What the catalog says.
pub(super) fn may_fill(catalog: &Catalog, purpose: &Purpose<'_>) -> bool {
    let of_key = |columns: &[String]| {
        columns.len() == purpose.keys.len()
            && columns.iter().all(|column| purpose.keys.contains(&column.as_str()))
    };
    let plain = catalog.kind == 'r' && catalog.members.is_empty() && purpose.soft_delete.is_none();
    let is_domain = |name: &str| {
        catalog
            .columns
            .iter()
            .any(|column| column.name == name && column.base != column.target_type.formatted)
    };
    plain
        && catalog.triggers.is_empty()
        && catalog.rules.is_empty()
        && catalog.keeps_single(&purpose.keys)
        && catalog.unique.iter().all(|index| index.covers_all && of_key(&index.columns))
        && !purpose.columns.iter().any(|column| is_domain(column))
}

/// Those of the tables, by their place, that have no row and no constraint that rows are held to beside their key's; in
/// no transaction.
///
/// # Errors
/// What fails but the server's own errors.
pub(crate) async fn empty_ones(connection: &Connection, tables: &[&TableName]) -> Result<HashSet<usize>> {
    if tables.is_empty() {
        return Ok(HashSet::new());
    }
    let what = "look for targets without rows";
    match connection.try_simple_query(For::Long(what), &unfilled(tables)).await? {
        Ok(answer) => Ok(places(&answer)),
        Err(error) => {
            log::info!(target: "loader", "{what}: {}; rows are staged", crate::error::Error::server(what, error));
            connection.execute(what, "ROLLBACK").await?;
            Ok(HashSet::new())
        }
    }
}

/// Those of the tables, by their place, that have such a constraint.
pub(crate) async fn held_to_more(connection: &Connection, tables: &[&TableName]) -> Result<HashSet<usize>> {
    if tables.is_empty() {
        return Ok(HashSet::new());
    }
    let what = For::Long("look for constraints of the targets");
    Ok(places(&connection.simple_query(what, &constrained(tables)).await?))
}

fn places(answer: &[SimpleQueryMessage]) -> HashSet<usize> {
    let place = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => row.get(0)?.parse().ok(),
        _ => None,
    };
    answer.iter().filter_map(place).collect()
}
