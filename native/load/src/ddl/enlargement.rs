//! What a target lacks of its rows' definition, as the least that has to be altered.
//!
//! Same input, same statement; it asks nobody. Where enlarging cannot make a column of the target fit,
//! nothing is proposed for that column: opening the table says what is wrong with it.

use crate::error::Result;
use crate::ident::cut_off;
use crate::open::catalog::{Catalog, CatalogColumn};
use crate::spec::{ColumnSpec, TableSpec};
use crate::sql::{Dialect, Ident, TableName, literal};
use crate::types::{TargetType, parse_created, widens};

/// One change of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Add {
        column: Ident,
        column_type: String,
        default: Option<String>,
        comment: Option<String>,
    },
    Widen {
        name: String,
        column: Ident,
        column_type: String,
    },
    /// It takes NULL from now on.
    Free {
        column: Ident,
    },
}

/// The changes that a target needs.
///
/// # Errors
/// As [`Ident::new`].
pub(crate) fn enlargement(spec: &TableSpec, catalog: &Catalog, dialect: Dialect) -> Result<Vec<Change>> {
    let mut changes = Vec::new();
    if !matches!(catalog.kind, 'r' | 'p') || catalog.external {
        return Ok(changes);
    }
    let distributed = distribution(spec, dialect);
    for (index, column) in spec.columns.iter().enumerate() {
        let name = &column.name;
        let is_key = spec.key.contains(&index);
        let Some(there) = catalog.columns.iter().find(|there| there.name == *name) else {
            // Another spelling of a name is most likely meant to be the same column.
            let near = catalog.columns.iter().any(|there| there.name.eq_ignore_ascii_case(name));
            // One that the server would cut off is told where the table opens.
            if !is_key && !column.dropped && !near && cut_off(name).is_none() {
                changes.push(added(column)?);
            }
            continue;
        };
        if is_domain(there) || there.generated {
            continue;
        }
        if let Some(wider) = widening(column, &there.target_type)
            && !distributed.contains(&name.as_str())
        {
            changes.push(Change::Widen {
                name: name.clone(),
                column: Ident::new(name)?,
                column_type: wider.formatted,
            });
        }
        if column.nullable && !is_key && is_bound(there, catalog) {
            changes.push(Change::Free { column: Ident::new(name)? });
        }
    }
    // Rows come without these.
    let unknown =
        |there: &&CatalogColumn| !spec.partial && spec.columns.iter().all(|column| column.name != there.name);
    for there in catalog.columns.iter().filter(unknown) {
        if !there.has_default && !there.generated && !is_domain(there) && is_bound(there, catalog) {
            changes.push(Change::Free { column: Ident::new(&there.name)? });
        }
    }
    Ok(changes)
}

/// The wider type that a column of the target needs for these values.
pub(crate) fn widening(column: &ColumnSpec, there: &TargetType) -> Option<TargetType> {
    parse_created(&column.column_type.created()).filter(|wanted| widens(there, wanted))
}

fn added(column: &ColumnSpec) -> Result<Change> {
    Ok(Change::Add {
        column: Ident::new(&column.name)?,
        column_type: column.column_type.created(),
        default: column.default.clone(),
        comment: column.comment.clone(),
    })
}

/// The columns that rows may be distributed by: a server of the family refuses to change their types, or would have to
/// move all rows.
fn distribution(spec: &TableSpec, dialect: Dialect) -> Vec<&str> {
    if !dialect.distributes() {
        return Vec::new();
    }
    let keys =
        spec.key.iter().filter_map(|index| spec.columns.get(*index)).map(|column| column.name.as_str());
    keys.chain(spec.create.iter().flat_map(|create| &create.distributed_by).map(String::as_str)).collect()
}

/// A domain's type and NOT NULL are the domain's.
fn is_domain(there: &CatalogColumn) -> bool {
    there.target_type.formatted != there.base
}

/// It takes no NULL, and no key of the target is the reason.
fn is_bound(there: &CatalogColumn, catalog: &Catalog) -> bool {
    let in_key = catalog.unique.iter().any(|index| index.columns.contains(&there.name));
    there.not_null && there.identity.is_empty() && !in_key
}

/// One statement for all changes, which rewrites the table once at most, and the comments of columns that come.
pub(crate) fn statement(
    table: &TableName,
    changes: &[Change],
    collation: impl Fn(&str) -> Option<String>,
) -> String {
    let name = table.quoted();
    let actions: Vec<String> = changes.iter().map(|change| action(change, &collation)).collect();
    let mut text = format!("ALTER TABLE {name} {}", actions.join(", "));
    for change in changes {
        if let Change::Add { column, comment: Some(comment), .. } = change {
            text.push_str(&format!("; COMMENT ON COLUMN {name}.{} IS {}", column.quoted(), literal(comment)));
        }
    }
    text
}

fn action(change: &Change, collation: impl Fn(&str) -> Option<String>) -> String {
    match change {
        Change::Add { column, column_type, default, .. } => {
            let default =
                default.as_ref().map_or_else(String::new, |text| format!(" DEFAULT {}", literal(text)));
            format!("ADD COLUMN {} {column_type}{default}", column.quoted())
        }
        Change::Widen { name, column, column_type } => {
            let collation = collation(name).map_or_else(String::new, |name| format!(" COLLATE {name}"));
            format!("ALTER COLUMN {} TYPE {column_type}{collation}", column.quoted())
        }
        Change::Free { column } => format!("ALTER COLUMN {} DROP NOT NULL", column.quoted()),
    }
}

#[cfg(test)]
#[path = "enlargement_tests.rs"]
mod tests;
