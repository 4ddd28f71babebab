//! May these rows go into that table, and how? Compares a table's spec with what the server's catalog says of it.
//!
//! Promise: every reason against it is found before the first row is sent, and all are told in one message. It asks
//! nobody, and decides nothing about SQL text.

use crate::copy::PlanColumn;
use crate::error::{Error, Kind, Result};
use crate::ident::cut_off;
use crate::open::catalog::Catalog;
use crate::open::fill;
use crate::open::objections::objections;
use crate::open::purpose::Purpose;
use crate::open::strategy;
use crate::spec::{
    ErrorRowsAction, Guarantee, InitialLoad, LoadMode, RecordFormat, SchemaChangeBehavior, SessionSpec,
    TableSpec,
};
use crate::sql::{Equalities, Ident, MergeBy, SoftDelete, StagedColumn, TableName};
use crate::types::{Codec, KeyEquality, TargetType, parse_created, widens};

/// What loading needs to know about a target that passed.
#[derive(Debug)]
pub(crate) struct Target {
    /// By column of the spec; `None` where the target lacks it and that is to be ignored.
    pub(crate) plan_columns: Vec<Option<PlanColumn>>,
    pub(crate) staged_columns: Vec<StagedColumn>,
    /// The same, as later looks compare them.
    pub(crate) loaded: Vec<LoadedColumn>,
    /// Columns whose values have a text form only.
    pub(crate) text_only: Vec<String>,
    pub(crate) keys: Vec<Ident>,
    pub(crate) equalities: Equalities,
    pub(crate) overriding: bool,
    /// How a merge changes its rows.
    pub(crate) by: MergeBy,
    /// How a merge marks a row instead of deleting it.
    pub(crate) soft_delete: Option<SoftDelete>,
    /// A unique index refuses a key's second row.
    pub(crate) keeps_single: bool,
    /// Rows of new keys may go straight into it while it is filled for the first time.
    pub(crate) fills: bool,
}

/// A column that is loaded, and what its rows were made for.
#[derive(Clone, Debug)]
pub(crate) struct LoadedColumn {
    pub(crate) name: String,
    pub(crate) target_type: TargetType,
    /// Equal on the server means equal bytes.
    pub(crate) exact: bool,
}

/// The columns of a target, as each part of a load needs them.
#[derive(Default)]
struct Columns {
    plan: Vec<Option<PlanColumn>>,
    staged: Vec<StagedColumn>,
    loaded: Vec<LoadedColumn>,
}

/// Who loads the target.
#[derive(Clone, Copy)]
pub(crate) struct Writers {
    pub(crate) parallelism: u32,
    /// One committer publishes what all of them stage, once.
    pub(crate) exactly_once: bool,
}

impl Writers {
    pub(crate) fn of(spec: &SessionSpec) -> Self {
        let exactly_once = matches!(spec.sink.guarantee, Guarantee::ExactlyOnce(_));
        Writers { parallelism: spec.parallelism, exactly_once }
    }
}

/// Everything that speaks against the load, told at once; or what loading needs to know.
///
/// # Errors
/// Kind `Target`, naming the table and listing every problem with its column, index, constraint or option.
pub(crate) fn check(
    spec: &TableSpec,
    name: &TableName,
    catalog: Option<&Catalog>,
    writers: Writers,
) -> Result<Target> {
    let refuse = |problems: Vec<String>| {
        Err(Error::new(Kind::Target, format!("table {}: {}", name.quoted(), problems.join("; "))))
    };
    let Some(catalog) = catalog else {
        let cut: Vec<String> =
            [&spec.schema, &spec.table].into_iter().filter_map(|name| cut_off(name)).collect();
        if !cut.is_empty() {
            return refuse(cut);
        }
        let problem =
            "does not exist; create it or mend the options 'database-name', 'schema-name' and 'table-name'";
        return refuse(vec![problem.to_owned()]).map_err(|error| error.like("42P01"));
    };
    let mut problems = Vec::new();
    let purpose = purpose(spec, writers);
    let by = strategy::chosen(catalog, &purpose);
    privileges(spec, catalog, (writers, by), &mut problems);
    let ungranted = problems.len();
    let Columns { plan: plan_columns, staged: staged_columns, loaded } =
        columns(spec, name, catalog, writers, &mut problems)?;
    if staged_columns.is_empty() && problems.is_empty() {
        problems.push(format!("has none of the columns that {} has", origin(spec)));
    }
    problems.extend(objections(catalog, &purpose));
    if !problems.is_empty() {
        let only_ungranted = problems.len() == ungranted;
        return refuse(problems).map_err(|e| if only_ungranted { e.like("42501") } else { e });
    }
    // What is staged as text has the target's type in nothing but a merge.
    let fills = spec.initial_load == InitialLoad::Direct
        && staged_columns.iter().all(|column| column.read_as.is_none())
        && fill::may_fill(catalog, &purpose);
    let text_only = plan_columns.iter().flatten().filter(|column| column.codec.is_text_only());
    Ok(Target {
        text_only: text_only.map(|column| column.name.clone()).collect(),
        plan_columns,
        staged_columns,
        loaded,
        keys: keys(spec).into_iter().map(Ident::new).collect::<Result<_>>()?,
        equalities: catalog.equalities(&keys(spec))?,
        overriding: spec
            .columns
            .iter()
            .any(|column| catalog.columns.iter().any(|c| c.name == column.name && c.identity == "a")),
        by,
        soft_delete: soft_delete(catalog, &purpose)?,
        keeps_single: catalog.keeps_single(&keys(spec)),
        fills,
    })
}

fn keys(spec: &TableSpec) -> Vec<&str> {
    let keys = spec.key.iter().filter_map(|index| spec.columns.get(*index));
    keys.map(|column| column.name.as_str()).collect()
}

fn purpose(spec: &TableSpec, writers: Writers) -> Purpose<'_> {
    Purpose {
        merge: spec.mode == LoadMode::Merge,
        exactly_once: writers.exactly_once,
        parallelism: writers.parallelism,
        strategy: spec.merge_strategy,
        soft_delete: spec.soft_delete.as_deref().filter(|_| spec.mode == LoadMode::Merge),
        allow_replace: spec.allow_replace,
        follows: spec.schema_change == SchemaChangeBehavior::Lenient,
        partial: spec.partial,
        allow_unique: spec.allow_unique,
        origin: origin(spec),
        columns: spec.columns.iter().map(|column| column.name.as_str()).collect(),
        added: spec.added.iter().map(String::as_str).collect(),
        keys: keys(spec),
    }
}

fn soft_delete(catalog: &Catalog, purpose: &Purpose<'_>) -> Result<Option<SoftDelete>> {
    let Some((name, mark)) = purpose.soft_delete.zip(strategy::mark(catalog, purpose)) else {
        return Ok(None);
    };
    Ok(Some(SoftDelete { column: Ident::new(name)?, mark }))
}

fn privileges(
    spec: &TableSpec,
    catalog: &Catalog,
    (writers, by): (Writers, MergeBy),
    problems: &mut Vec<String>,
) {
    let merge = spec.mode == LoadMode::Merge;
    let needs = [
        (catalog.may_insert, true, "INSERT on it"),
        // A staging table is made by a SELECT from the target.
        (catalog.may_select, merge || writers.exactly_once, "SELECT on it"),
        (catalog.may_delete, merge && spec.soft_delete.is_none(), "DELETE on it"),
        (catalog.may_update, merge && by == MergeBy::Update, "UPDATE on it"),
        (catalog.may_create_temp, merge && !writers.exactly_once, "TEMPORARY on the database"),
    ];
    for (granted, needed, privilege) in needs {
        if needed && !granted {
            problems.push(format!("the user lacks the privilege {privilege}"));
        }
    }
}

fn columns(
    spec: &TableSpec,
    name: &TableName,
    catalog: &Catalog,
    writers: Writers,
    problems: &mut Vec<String>,
) -> Result<Columns> {
    let Columns { mut plan, mut staged, mut loaded } = Columns::default();
    let tells_apart = tells_rows_apart(spec, writers);
    for (index, column) in spec.columns.iter().enumerate() {
        let quoted = Ident::new(&column.name)?;
        let Some(target) = catalog.columns.iter().find(|c| c.name == column.name) else {
            let near = catalog.columns.iter().find(|c| c.name.eq_ignore_ascii_case(&column.name));
            let left_out = match spec.schema_change {
                SchemaChangeBehavior::Exception | SchemaChangeBehavior::Lenient => column.dropped,
                SchemaChangeBehavior::Ignore => true,
                SchemaChangeBehavior::LenientLater => column.dropped || near.is_none(),
            };
            if left_out && !spec.key.contains(&index) {
                plan.push(None);
                continue;
            }
            problems.push(match near {
                Some(near) => format!("column {:?} does not exist, but {:?} does", column.name, near.name),
                None if cut_off(&column.name).is_some() => {
                    format!("column {}", cut_off(&column.name).unwrap_or_default())
                }
                None => format!(
                    "column {:?} does not exist; ALTER TABLE {} ADD COLUMN {} {}{}",
                    column.name,
                    name.quoted(),
                    quoted.quoted(),
                    column.column_type.created(),
                    match spec.records {
                        RecordFormat::CdcRecord | RecordFormat::DebeziumJson(_)
                            if !spec.key.contains(&index) =>
                            ", or set 'schema.change.behavior' = 'lenient' or 'ignore'",
                        _ => "",
                    }
                ),
            });
            continue;
        };
        if target.generated {
            problems.push(format!("column {:?} is generated and takes no values", column.name));
        }
        let wider = match spec.schema_change {
            SchemaChangeBehavior::LenientLater => parse_created(&column.column_type.created()),
            _ => None,
        };
        let target_type =
            wider.filter(|wanted| widens(&target.target_type, wanted)).unwrap_or(target.target_type.clone());
        let codec = match column.column_type.codec(&target_type) {
            Ok(codec) if spec.records == RecordFormat::CdcRecord => codec.out_of_line(),
            Ok(codec) => codec,
            Err(reason) => {
                problems.push(format!("column {:?}: {reason}", column.name));
                continue;
            }
        };
        let equality = if target.deterministic { codec.key_equality() } else { KeyEquality::Server };
        if spec.mode == LoadMode::Merge && spec.key.contains(&index) {
            key_refusal(&column.name, equality, &target.target_type.formatted, writers.parallelism, problems);
        }
        let exact = equality == KeyEquality::Bytes;
        loaded.push(LoadedColumn {
            name: column.name.clone(),
            target_type: target.target_type.clone(),
            exact,
        });
        let text = if tells_apart { staged_as_text(&codec, &target_type, &target.base) } else { None };
        let (codec, read_as) = text.map_or((codec, None), |(text, read_as)| (text, Some(read_as)));
        plan.push(Some(PlanColumn {
            name: column.name.clone(),
            codec,
            not_null: target.not_null,
            exact_key: exact,
        }));
        let base = if read_as.is_some() { "text".to_owned() } else { target.base.clone() };
        staged.push(StagedColumn { name: quoted, base, read_as });
    }
    Ok(Columns { plan, staged, loaded })
}

/// True where rows that the server refuses are left out, so that no COPY may fail because of one.
pub(crate) fn tells_rows_apart(spec: &TableSpec, writers: Writers) -> bool {
    spec.error_rows != ErrorRowsAction::Fail && spec.mode == LoadMode::Merge && !writers.exactly_once
}

/// The codec of a column that is staged as text, and the type that it is read as later. A cast to a type with a
/// modifier may cut in silence, where an assignment does not: of those only the ones are staged so whose type has a
/// name without.
fn staged_as_text(codec: &Codec, target: &TargetType, base: &str) -> Option<(Codec, String)> {
    let read_as = match target.name.as_str() {
        _ if target.modifier == -1 => base.to_owned(),
        name @ ("bit" | "varbit") => format!("pg_catalog.\"{name}\""),
        _ => return None,
    };
    Some((codec.as_plain_text()?, read_as))
}

/// Two writers of one key double rows. Rows reach their writer by the key's bytes, so where the server calls other
/// bytes equal, only one writer is safe.
fn key_refusal(
    name: &str,
    equality: KeyEquality,
    formatted: &str,
    parallelism: u32,
    problems: &mut Vec<String>,
) {
    match equality {
        KeyEquality::Bytes => {}
        KeyEquality::Server if parallelism <= 1 => {}
        KeyEquality::Server => problems.push(format!(
            "key column {name:?} ({formatted}) has an equality that only the server knows; set 'sink.parallelism' = '1' \
             (in a Flink CDC pipeline, its 'parallelism')"
        )),
        KeyEquality::None => {
            problems.push(format!(
                "key column {name:?} ({formatted}) has a type without an equality that is known to the sink"
            ));
        }
    }
}

/// Where the columns of a spec are from, for messages.
fn origin(spec: &TableSpec) -> &'static str {
    match spec.records {
        RecordFormat::RowImage => "the Flink table",
        RecordFormat::CdcRecord | RecordFormat::DebeziumJson(_) => "the source table",
    }
}

#[cfg(test)]
#[path = "target_tests.rs"]
mod tests;
