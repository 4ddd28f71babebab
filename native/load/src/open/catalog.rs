//! Reads what the server's catalog says of target tables, many at once.
//!
//! Promise: a fixed number of questions however many tables there are, all asked before the first answer is awaited
//! where none needs another's. It reads the catalog, never the data, takes no lock on a table, and judges nothing.

use std::collections::HashMap;

use tokio_postgres::Row;
use tokio_postgres::types::{Oid, ToSql};

use crate::connection::connection::Connection;
use crate::error::{Error, Kind, Result};
use crate::sql::{Equalities, Ident, catalog};
use crate::types::{ElementType, TargetType};

/// Schema and name of a table, unquoted.
pub(crate) type Name = (String, String);

/// What the catalog says of one table.
#[derive(Debug, Default)]
pub(crate) struct Catalog {
    pub(crate) kind: char,
    /// `p` permanent, `u` unlogged, `t` temporary.
    pub(crate) persistence: char,
    pub(crate) may_insert: bool,
    pub(crate) may_select: bool,
    pub(crate) may_delete: bool,
    pub(crate) may_update: bool,
    pub(crate) may_create_temp: bool,
    /// Policies decide what this session sees and stores.
    pub(crate) row_security: bool,
    /// Greenplum 6: the rows are somewhere else.
    pub(crate) external: bool,
    /// Its members are partitions, else inheritance children.
    pub(crate) partitioned: bool,
    pub(crate) columns: Vec<CatalogColumn>,
    pub(crate) members: Vec<Member>,
    /// Of the table and its partitions.
    pub(crate) unique: Vec<UniqueIndex>,
    /// Of the table and its partitions.
    pub(crate) referenced_by: Vec<String>,
    /// Of the table and its partitions.
    pub(crate) triggers: Vec<Trigger>,
    pub(crate) rules: Vec<Rule>,
    /// Publications that changes are refused for, of the table and its partitions.
    pub(crate) unidentified: Vec<Unidentified>,
    /// The columns that say which partition a row belongs to, of the table and its partitions; empty = an expression.
    pub(crate) divided_by: Vec<String>,
}

impl Catalog {
    /// A unique index refuses the second one of two rows with the same key.
    pub(crate) fn keeps_single(&self, keys: &[&str]) -> bool {
        self.unique.iter().any(|index| index.keeps_single(keys))
    }

    /// How keys are compared.
    pub(crate) fn equalities(&self, keys: &[&str]) -> Result<Equalities> {
        let keys = self.columns.iter().filter(|column| keys.contains(&column.name.as_str()));
        let unusual = keys.filter_map(|column| Some((&column.name, column.equality.clone()?)));
        let named = unusual.map(|(name, operator)| Ok((Ident::new(name)?, operator)));
        Ok(Equalities::new(named.collect::<Result<_>>()?))
    }
}

/// One column of the target.
#[derive(Debug)]
pub(crate) struct CatalogColumn {
    pub(crate) name: String,
    pub(crate) target_type: TargetType,
    /// The SQL text of the type, of a domain that of the type below it.
    pub(crate) base: String,
    pub(crate) not_null: bool,
    pub(crate) has_default: bool,
    pub(crate) generated: bool,
    /// `a` = GENERATED ALWAYS AS IDENTITY, `d` = BY DEFAULT, empty = neither.
    pub(crate) identity: String,
    pub(crate) deterministic: bool,
    /// The operator by which its values are equal, with its schema, where that is none of pg_catalog.
    pub(crate) equality: Option<String>,
}

/// A partition or an inheritance child, at any depth.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) kind: char,
    pub(crate) persistence: char,
}

/// A unique index or an exclusion constraint.
#[derive(Debug)]
pub(crate) struct UniqueIndex {
    pub(crate) name: String,
    /// The key columns' names; an empty one is an expression.
    pub(crate) columns: Vec<String>,
    /// False for partial indexes, exclusion constraints and those that call more values equal than the column does.
    pub(crate) covers_all: bool,
    /// It belongs to the table itself, and the server refuses a row whose columns are equal to another's by the
    /// columns' own equality.
    pub(crate) refuses_equal: bool,
    /// It may be checked later than row by row.
    pub(crate) deferrable: bool,
}

impl UniqueIndex {
    fn keeps_single(&self, keys: &[&str]) -> bool {
        self.refuses_equal && self.columns.iter().all(|column| keys.contains(&column.as_str()))
    }
}

/// A trigger that fires and sees rows.
#[derive(Debug)]
pub(crate) struct Trigger {
    pub(crate) name: String,
    /// It comes before each row's DELETE, and decides whether it happens.
    pub(crate) guards_delete: bool,
}

/// A rule that rewrites statements.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) name: String,
    pub(crate) on: RowEvent,
}

/// What a statement does to rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowEvent {
    Insert,
    Update,
    Delete,
}

impl RowEvent {
    /// Of the digit that `pg_rewrite` has for it.
    fn of(digit: char) -> Self {
        match digit {
            '2' => RowEvent::Update,
            '4' => RowEvent::Delete,
            _ => RowEvent::Insert,
        }
    }
}

/// A publication of a table whose rows nothing identifies.
#[derive(Debug)]
pub(crate) struct Unidentified {
    pub(crate) name: String,
    /// It publishes deletes, which are refused therefore.
    pub(crate) deletes: bool,
    /// The same of updates.
    pub(crate) updates: bool,
}

/// The catalog's word on those of the tables that exist. Fails only where the server does.
pub(crate) async fn read(connection: &Connection, names: &[Name]) -> Result<HashMap<Name, Catalog>> {
    // Boxed, since several answers at once are large, and the tables are opened deep within a task.
    Box::pin(read_all(connection, names)).await
}

async fn read_all(connection: &Connection, names: &[Name]) -> Result<HashMap<Name, Catalog>> {
    let what = "reading the catalog";
    let (schemas, tables): (Vec<&str>, Vec<&str>) =
        names.iter().map(|(schema, table)| (schema.as_str(), table.as_str())).unzip();
    let mut found = HashMap::new();
    let mut by_oid = HashMap::new();
    let mut publishes = false;
    let names_of: [&(dyn ToSql + Sync); 2] = [&schemas, &tables];
    for row in connection.query(what, catalog::RELATIONS, &names_of).await? {
        let oid: Oid = row.get(2);
        publishes |= row.get::<_, bool>(12);
        by_oid.insert(oid, (row.get(0), row.get(1)));
        found.insert(oid, relation(&row));
    }
    let tables: Vec<Oid> = found.keys().copied().collect();
    let of_tables: [&(dyn ToSql + Sync); 1] = [&tables];
    let questions: [Question<'_>; 2] = [(catalog::COLUMNS, &of_tables), (catalog::MEMBERS, &of_tables)];
    let [columns, members] = answers(connection.query_all(what, &questions).await?)?;
    let tree = Tree::new(&members);
    let of_all: [&(dyn ToSql + Sync); 1] = [&tree.members];
    let of_pairs: [&(dyn ToSql + Sync); 2] = [&tree.roots, &tree.members];
    let mut questions: Vec<Question<'_>> = vec![
        (catalog::UNIQUE_INDEXES, &of_all),
        (catalog::REFERENCED_BY, &of_all),
        (catalog::TRIGGERS, &of_all),
        (catalog::RULES, &of_tables),
    ];
    if publishes {
        questions.push((catalog::UNIDENTIFIED, &of_pairs));
        // Both came with the same version.
        questions.push((catalog::DIVIDED_BY, &of_all));
    }
    let mut of_members = connection.query_all(what, &questions).await?;
    of_members.resize_with(6, Vec::new);
    let [unique, referenced_by, triggers, rules, unidentified, divided_by] = answers(of_members)?;
    let mut add = |rows: Vec<Row>, into: fn(&mut Catalog, &Row, &str)| {
        for row in rows {
            for (root, member) in tree.places(row.get(0)) {
                // Nothing goes into inheritance children: a merge refuses them, and COPY leaves them alone.
                let reached = |catalog: &&mut Catalog| member.is_empty() || catalog.partitioned;
                if let Some(catalog) = found.get_mut(root).filter(reached) {
                    into(catalog, &row, member);
                }
            }
        }
    };
    add(columns, |catalog, row, member| {
        // A partition may be a target beside its parent.
        if member.is_empty() {
            catalog.columns.push(column(row));
        }
    });
    add(unique, |catalog, row, member| catalog.unique.push(unique_index(row, member)));
    add(referenced_by, |catalog, row, member| catalog.referenced_by.push(of(row.get(1), member)));
    add(triggers, |catalog, row, member| {
        catalog.triggers.push(Trigger { name: of(row.get(1), member), guards_delete: row.get(2) });
    });
    add(rules, |catalog, row, member| {
        if member.is_empty() {
            catalog.rules.push(Rule { name: row.get(1), on: RowEvent::of(first_letter(row, 2)) });
        }
    });
    add(unidentified, |catalog, row, member| {
        let (name, deletes, updates) = (of(row.get(1), member), row.get(2), row.get(3));
        catalog.unidentified.push(Unidentified { name, deletes, updates });
    });
    add(divided_by, |catalog, row, _| catalog.divided_by.push(row.get(1)));
    for row in members {
        let name: String = row.get(2);
        if let Some(catalog) = found.get_mut(&row.get::<_, Oid>(0)).filter(|_| !name.is_empty()) {
            let (kind, persistence) = (first_letter(&row, 3), first_letter(&row, 4));
            catalog.members.push(Member { name, kind, persistence });
        }
    }
    Ok(found.into_iter().filter_map(|(oid, catalog)| Some((by_oid.remove(&oid)?, catalog))).collect())
}

/// A question about several tables.
type Question<'a> = (&'static str, &'a [&'a (dyn ToSql + Sync)]);

fn answers<const N: usize>(answers: Vec<Vec<Row>>) -> Result<[Vec<Row>; N]> {
    answers.try_into().map_err(|_| Error::new(Kind::Internal, "the catalog did not answer each question"))
}

/// The tables and all their members.
struct Tree {
    roots: Vec<Oid>,
    members: Vec<Oid>,
    /// By member: the tables that it belongs to, itself included, and what it is called there.
    places: HashMap<Oid, Vec<(Oid, String)>>,
}

impl Tree {
    fn new(rows: &[Row]) -> Self {
        let mut tree = Tree { roots: Vec::new(), members: Vec::new(), places: HashMap::new() };
        for row in rows {
            let (root, member): (Oid, Oid) = (row.get(0), row.get(1));
            tree.roots.push(root);
            tree.members.push(member);
            tree.places.entry(member).or_default().push((root, row.get(2)));
        }
        tree
    }

    fn places(&self, member: Oid) -> impl Iterator<Item = (&Oid, &str)> {
        self.places.get(&member).into_iter().flatten().map(|(root, name)| (root, name.as_str()))
    }
}

/// What a member has is told with its name.
fn of(name: String, member: &str) -> String {
    if member.is_empty() { name } else { format!("{name} on {member}") }
}

fn relation(row: &Row) -> Catalog {
    Catalog {
        kind: first_letter(row, 3),
        persistence: first_letter(row, 4),
        may_insert: row.get(5),
        may_select: row.get(6),
        may_delete: row.get(7),
        may_create_temp: row.get(8),
        row_security: row.get(9),
        external: row.get(10),
        partitioned: row.get(11),
        may_update: row.get(13),
        ..Catalog::default()
    }
}

fn column(row: &Row) -> CatalogColumn {
    CatalogColumn {
        name: row.get(1),
        target_type: TargetType {
            name: row.get(2),
            kind: first_letter(row, 3),
            modifier: row.get(4),
            formatted: row.get(5),
            element: row.get::<_, Option<Oid>>(12).map(|oid| Box::new(element(row, oid))),
        },
        base: row.get(6),
        not_null: row.get(7),
        has_default: row.get(8),
        generated: row.get(9),
        identity: row.get(10),
        deterministic: row.get(11),
        equality: row.get(18),
    }
}

/// What an array is made of.
fn element(row: &Row, oid: Oid) -> ElementType {
    ElementType {
        oid,
        delimiter: row.get::<_, String>(13).bytes().next().unwrap_or(b','),
        base: TargetType {
            name: row.get(14),
            kind: first_letter(row, 15),
            modifier: row.get(16),
            formatted: row.get(17),
            element: None,
        },
    }
}

fn unique_index(row: &Row, member: &str) -> UniqueIndex {
    UniqueIndex {
        name: of(row.get(1), member),
        columns: row.get(2),
        covers_all: row.get(3),
        refuses_equal: member.is_empty() && row.get::<_, bool>(4),
        deferrable: row.get(5),
    }
}

fn first_letter(row: &Row, column: usize) -> char {
    row.get::<_, String>(column).chars().next().unwrap_or('?')
}
