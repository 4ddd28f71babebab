//! What a target was when rows were made for it, and whether they are right for it as it is.
//!
//! Promise: one question for all tables asks for their stamps, and a definition that changed in anything that was
//! looked at has another one.

use std::collections::HashMap;

use tokio_postgres::types::{Oid, ToSql};

use crate::connection::connection::Connection;
use crate::error::Result;
use crate::open::catalog::Name;
use crate::open::target::{LoadedColumn, Target};
use crate::sql::SoftDelete;
use crate::sql::catalog::STAMPS;
use crate::types::{keeps, same_wire};

/// What a table was planned for.
#[derive(Debug)]
pub(crate) struct Definition {
    /// Another one as soon as anything changed that was looked at.
    pub(crate) stamp: String,
    columns: Vec<LoadedColumn>,
    overriding: bool,
    soft_delete: Option<SoftDelete>,
}

impl Definition {
    pub(crate) fn new(stamp: String, target: &Target) -> Self {
        let (columns, soft_delete) = (target.loaded.clone(), target.soft_delete.clone());
        Definition { stamp, columns, overriding: target.overriding, soft_delete }
    }

    /// Why rows that were made for this definition are not right for the target as it is now. `straight`: they went
    /// into it by COPY and not by way of a staging table, which keeps the types that they were made for. Staged
    /// rows can be merged in either way, so that is none.
    pub(crate) fn misfit(&self, now: &Target, straight: bool) -> Option<String> {
        let names = |columns: &[LoadedColumn]| columns.iter().map(|c| c.name.clone()).collect::<Vec<_>>();
        let (old, new) = (names(&self.columns), names(&now.loaded));
        if old != new {
            return Some(format!("its columns were {old:?} and are {new:?}"));
        }
        if self.overriding != now.overriding {
            return Some("an identity column became GENERATED ALWAYS, or is no longer".to_owned());
        }
        if self.soft_delete != now.soft_delete {
            return Some("the column of 'sink.soft-delete.column' has another type".to_owned());
        }
        let fits = if straight { same_wire } else { keeps };
        self.columns.iter().zip(&now.loaded).find_map(|(old, new)| {
            let (was, is) = (&old.target_type, &new.target_type);
            if !fits(was, is) {
                return Some(format!("column {:?} was {} and is {}", old.name, was.formatted, is.formatted));
            }
            (old.exact != new.exact).then(|| format!("column {:?} has another equality", old.name))
        })
    }
}

/// The oid of the table that a stamp is of; one of an older version does not tell.
pub(crate) fn oid_in(stamp: &str) -> Option<Oid> {
    stamp.split('/').nth(2)?.parse().ok()
}

/// The stamps of those of the tables that exist.
pub(crate) async fn stamps(connection: &Connection, names: &[Name]) -> Result<HashMap<Name, String>> {
    let what = "ask for the definitions of the targets";
    let (schemas, tables): (Vec<&str>, Vec<&str>) =
        names.iter().map(|(schema, table)| (schema.as_str(), table.as_str())).unzip();
    let parameters: [&(dyn ToSql + Sync); 2] = [&schemas, &tables];
    let rows = connection.query_kept(what, STAMPS, &parameters).await?;
    let stamp = |row: &tokio_postgres::Row| {
        let number = usize::try_from(row.get::<_, i32>(0)).ok()?.checked_sub(1)?;
        Some((names.get(number)?.clone(), row.get(1)))
    };
    Ok(rows.iter().filter_map(stamp).collect())
}
