//! Reads what the server's catalog says of target tables, many at once.
//!
//! Promise: a fixed number of questions however many tables there are, all asked before the first answer is awaited
//! where none needs another's. It reads the catalog, never the data, takes no lock on a table, and judges nothing.

use std::collections::HashMap;

use futures_util::future::try_join4;
use tokio_postgres::types::{Oid, ToSql};
use tokio_postgres::{Client, Row};

use crate::error::{Error, Result};
use crate::sql::catalog;
use crate::types::TargetType;

/// Schema and name of a table, unquoted.
pub(super) type Name = (String, String);

/// What the catalog says of one table.
#[derive(Debug, Default)]
pub(super) struct Catalog {
    pub(super) kind: char,
    pub(super) may_insert: bool,
    pub(super) may_select: bool,
    pub(super) may_delete: bool,
    pub(super) may_create_temp: bool,
    pub(super) columns: Vec<CatalogColumn>,
    pub(super) unique: Vec<UniqueIndex>,
    pub(super) referenced_by: Vec<String>,
    pub(super) row_triggers: Vec<String>,
}

/// One column of the target.
#[derive(Debug)]
pub(super) struct CatalogColumn {
    pub(super) name: String,
    pub(super) number: i32,
    pub(super) target_type: TargetType,
    /// The base type's SQL text where the column's type is a domain.
    pub(super) domain_base: Option<String>,
    pub(super) not_null: bool,
    pub(super) has_default: bool,
    pub(super) generated: bool,
    /// `a` = GENERATED ALWAYS AS IDENTITY, `d` = BY DEFAULT, empty = neither.
    pub(super) identity: String,
    pub(super) deterministic: bool,
}

/// A unique index or an exclusion constraint.
#[derive(Debug)]
pub(super) struct UniqueIndex {
    pub(super) name: String,
    /// Column numbers in index order; 0 is an expression.
    pub(super) columns: Vec<i32>,
    /// False for partial indexes and exclusion constraints.
    pub(super) covers_all: bool,
}

/// The catalog's word on those of the tables that exist. Fails only where the server does.
pub(super) async fn read(client: &Client, names: &[Name]) -> Result<HashMap<Name, Catalog>> {
    let ask = |e| Error::server("reading the catalog", e);
    let (schemas, tables): (Vec<&str>, Vec<&str>) =
        names.iter().map(|(schema, table)| (schema.as_str(), table.as_str())).unzip();
    let mut found = HashMap::new();
    let mut by_oid = HashMap::new();
    for row in client.query(catalog::RELATIONS, &[&schemas, &tables]).await.map_err(ask)? {
        let oid: Oid = row.get(2);
        by_oid.insert(oid, (row.get(0), row.get(1)));
        found.insert(oid, relation(&row));
    }
    let oids: Vec<Oid> = found.keys().copied().collect();
    let parameters: [&(dyn ToSql + Sync); 1] = [&oids];
    let (columns, unique, referenced_by, row_triggers) = try_join4(
        client.query(catalog::COLUMNS, &parameters),
        client.query(catalog::UNIQUE_INDEXES, &parameters),
        client.query(catalog::REFERENCED_BY, &parameters),
        client.query(catalog::ROW_TRIGGERS, &parameters),
    )
    .await
    .map_err(ask)?;
    let mut add = |rows: Vec<Row>, into: fn(&mut Catalog, &Row)| {
        for row in rows {
            if let Some(catalog) = found.get_mut(&row.get::<_, Oid>(0)) {
                into(catalog, &row);
            }
        }
    };
    add(columns, |catalog, row| catalog.columns.push(column(row)));
    add(unique, |catalog, row| catalog.unique.push(unique_index(row)));
    add(referenced_by, |catalog, row| catalog.referenced_by.push(row.get(1)));
    add(row_triggers, |catalog, row| catalog.row_triggers.push(row.get(1)));
    Ok(found.into_iter().filter_map(|(oid, catalog)| Some((by_oid.remove(&oid)?, catalog))).collect())
}

fn relation(row: &Row) -> Catalog {
    Catalog {
        kind: first_letter(row, 3),
        may_insert: row.get(4),
        may_select: row.get(5),
        may_delete: row.get(6),
        may_create_temp: row.get(7),
        ..Catalog::default()
    }
}

fn column(row: &Row) -> CatalogColumn {
    CatalogColumn {
        name: row.get(1),
        number: row.get(2),
        target_type: TargetType {
            name: row.get(3),
            kind: first_letter(row, 4),
            modifier: row.get(5),
            formatted: row.get(6),
        },
        domain_base: row.get::<_, bool>(8).then(|| row.get(7)),
        not_null: row.get(9),
        has_default: row.get(10),
        generated: row.get(11),
        identity: row.get(12),
        deterministic: row.get(13),
    }
}

fn unique_index(row: &Row) -> UniqueIndex {
    let keys = usize::try_from(row.get::<_, i32>(3)).unwrap_or_default();
    let numbers: String = row.get(2);
    UniqueIndex {
        name: row.get(1),
        columns: numbers.split_whitespace().take(keys).filter_map(|n| n.parse().ok()).collect(),
        covers_all: row.get(4),
    }
}

fn first_letter(row: &Row, column: usize) -> char {
    row.get::<_, String>(column).chars().next().unwrap_or('?')
}
