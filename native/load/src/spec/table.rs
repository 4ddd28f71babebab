//! What one table needs: where rows go, how, and which columns they have.

use super::column::{ColumnSpec, ColumnType, columns, comment};
use super::entries::{Entries, config};
use super::error_rows::ErrorRowsAction;
use super::record_format::{RecordFormat, records};
use crate::error::Result;
use crate::types::{FlinkType, NullChars};

/// How rows become visible rows of the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadMode {
    /// Every row is added.
    Append,
    /// The last operation of each key wins.
    Merge,
}

/// How a merge changes rows that are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MergeStrategy {
    /// By DELETE and INSERT, always.
    Replace,
    /// By UPDATE, always.
    Update,
    /// By DELETE and INSERT where the target's definition allows it, else by UPDATE.
    Auto,
}

/// How rows of keys that were never there reach a target that was empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InitialLoad {
    /// By way of a staging table, as all others.
    Staged,
    /// Straight into it.
    Direct,
}

/// The COPY format asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyFormat {
    /// Binary on PostgreSQL, text on any other server.
    Auto,
    /// Always binary.
    Binary,
    /// Always text.
    Text,
}

/// What becomes of a target that lacks what its rows have: a column, or room in one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemaChangeBehavior {
    /// It is refused.
    Exception,
    /// The values of columns that it lacks are left out.
    Ignore,
    /// It is enlarged when the table opens, see [`crate::ddl`].
    Lenient,
    /// It will be, by those who bring the first rows; until then nothing is altered.
    LenientLater,
}

/// How a target is created that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateSpec {
    /// Columns to distribute by, on servers that distribute; empty = the key's.
    pub distributed_by: Vec<String>,
    /// Storage parameters, for `WITH (…)`.
    pub properties: Vec<(String, String)>,
    /// What the table is commented with.
    pub comment: Option<String>,
    /// The option that asks for it.
    pub option: &'static str,
}

/// One target table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSpec {
    /// Schema of the target.
    pub schema: String,
    /// Name of the target, literal: a dot is part of it.
    pub table: String,
    /// What its rows are.
    pub records: RecordFormat,
    /// Load mode.
    pub mode: LoadMode,
    /// COPY format.
    pub format: CopyFormat,
    /// How a merge changes rows that are there.
    pub merge_strategy: MergeStrategy,
    /// How rows of new keys reach an empty target in a merge.
    pub initial_load: InitialLoad,
    /// The target's column that a merge sets instead of deleting a row.
    pub soft_delete: Option<String>,
    /// Let a merge reset columns that Flink does not have, and fire row triggers.
    pub allow_replace: bool,
    /// Let append load a target whose unique index a replay would hit.
    pub allow_unique: bool,
    /// What becomes of a target that lacks what its rows have.
    pub schema_change: SchemaChangeBehavior,
    /// What becomes of rows with values that the target cannot store.
    pub error_rows: ErrorRowsAction,
    /// What becomes of U+0000 in text.
    pub null_chars: NullChars,
    /// Leave out rows that were deleted.
    pub ignore_deletes: bool,
    /// Leave out rows as they were before an update.
    pub ignore_before_updates: bool,
    /// Create the target if it does not exist.
    pub create: Option<CreateSpec>,
    /// The columns; those of row images in the order of their fields.
    pub columns: Vec<ColumnSpec>,
    /// Indexes of the key columns; empty only in append.
    pub key: Vec<usize>,
    /// The columns are some of the target's, and no row comes: the table is opened to give it what it lacks.
    pub partial: bool,
    /// A target that is not there is given nothing, and that is no error; no row comes then either.
    pub may_be_absent: bool,
    /// Columns that the source has added behind these rows: a merge may leave them at their default in the target, as
    /// the source did.
    pub added: Vec<String>,
}

impl TableSpec {
    /// Reads the spec text.
    ///
    /// # Errors
    /// Kind `Config`, naming the option or column that is unknown, missing, repeated or bad.
    pub fn parse(text: &str) -> Result<Self> {
        let mut entries = Entries::parse(text)?;
        let records = records(&mut entries)?;
        let (schema, table) = (entries.required("schema-name")?, entries.required("table-name")?);
        let columns = columns(&mut entries, records)
            .map_err(|error| error.context(&format!("table {schema:?}.{table:?}")))?;
        let ignore_deletes = entries.present("sink.ignore-delete")?;
        let spec = TableSpec {
            records,
            schema,
            table,
            mode: entries.one_of("load_mode", &[("append", LoadMode::Append), ("merge", LoadMode::Merge)])?,
            format: entries.one_of(
                "sink.copy.format",
                &[("auto", CopyFormat::Auto), ("binary", CopyFormat::Binary), ("text", CopyFormat::Text)],
            )?,
            merge_strategy: merge_strategy(&mut entries)?,
            initial_load: initial_load(&mut entries)?,
            soft_delete: entries.optional("sink.soft-delete.column"),
            allow_replace: entries.flag("sink.merge.allow-replace")?,
            allow_unique: entries.flag("sink.append.allow-unique")?,
            schema_change: schema_change(&mut entries)?,
            error_rows: error_rows(&mut entries)?,
            null_chars: null_chars(&mut entries)?,
            ignore_deletes,
            ignore_before_updates: entries.present("sink.ignore-update-before")? || ignore_deletes,
            create: create(&mut entries)?,
            columns,
            key: key(&entries.required("key")?)?,
            partial: entries.present("columns.partial")?,
            may_be_absent: entries.present("columns.if-exists")?,
            added: added(&mut entries),
        };
        entries.nothing_left()?;
        spec.check()?;
        Ok(spec)
    }

    /// A table of our own, made by `create` where it is missing, that rows are appended to. What its texts cannot hold
    /// is replaced.
    pub(crate) fn of_own<'c>(
        (schema, table): (&str, &str),
        columns: impl Iterator<Item = (&'c str, FlinkType)>,
        create: CreateSpec,
    ) -> Self {
        let column = |(name, flink_type): (&str, FlinkType)| ColumnSpec {
            name: name.to_owned(),
            column_type: ColumnType::Flink(flink_type),
            nullable: true,
            comment: None,
            default: None,
            dropped: false,
        };
        TableSpec {
            schema: schema.to_owned(),
            table: table.to_owned(),
            records: RecordFormat::RowImage,
            mode: LoadMode::Append,
            format: CopyFormat::Auto,
            merge_strategy: MergeStrategy::Replace,
            initial_load: InitialLoad::Staged,
            soft_delete: None,
            allow_replace: false,
            allow_unique: false,
            schema_change: SchemaChangeBehavior::Exception,
            ignore_deletes: false,
            ignore_before_updates: false,
            error_rows: ErrorRowsAction::Fail,
            null_chars: NullChars::Replace,
            create: Some(create),
            columns: columns.map(column).collect(),
            key: Vec::new(),
            partial: false,
            may_be_absent: false,
            added: Vec::new(),
        }
    }

    /// Its form: the spec without what only a table that is created has of it, comments and where NULL is forbidden,
    /// and with one type for all that are read alike. Rows of tables of one form are read, checked and loaded alike.
    /// Where targets are enlarged, how long a text is and whether NULL is forbidden is part of it.
    #[must_use]
    pub fn form(&self) -> Self {
        let mut form = TableSpec { create: None, ..self.clone() };
        for column in &mut form.columns {
            if self.schema_change != SchemaChangeBehavior::Lenient {
                column.column_type = column.column_type.reading();
                column.nullable = true;
            }
            column.comment = None;
            column.default = None;
        }
        form
    }

    fn check(&self) -> Result<()> {
        if self.columns.is_empty() {
            return Err(config("the table has no columns".to_owned()));
        }
        let by = self.create.iter().flat_map(|create| &create.distributed_by);
        for name in by {
            if self.columns.iter().all(|column| column.name != *name) {
                return Err(config(format!(
                    "option 'table.create.distributed-by' names column {name:?}, which table {:?} does not have",
                    self.table
                )));
            }
        }
        if self.soft_delete.is_some()
            && (self.merge_strategy == MergeStrategy::Replace || self.ignore_deletes)
        {
            return Err(config(
                "option 'sink.soft-delete.column' needs 'sink.merge.strategy' = 'update' or 'auto' and not 'sink.ignore-delete'"
                    .to_owned(),
            ));
        }
        if self.key.iter().any(|index| *index >= self.columns.len()) {
            return Err(config("option 'key' names a column that is not there".to_owned()));
        }
        if self.mode == LoadMode::Merge && self.key.is_empty() {
            return Err(config(
                "option 'load_mode' = 'merge' needs a primary key; declare one or use 'append'".to_owned(),
            ));
        }
        Ok(())
    }
}

fn schema_change(entries: &mut Entries) -> Result<SchemaChangeBehavior> {
    entries.one_of(
        "schema.change.behavior",
        &[
            ("exception", SchemaChangeBehavior::Exception),
            ("ignore", SchemaChangeBehavior::Ignore),
            ("lenient", SchemaChangeBehavior::Lenient),
            ("lenient-later", SchemaChangeBehavior::LenientLater),
        ],
    )
}

fn create(entries: &mut Entries) -> Result<Option<CreateSpec>> {
    let wanted = entries.flag("sink.create-table.enabled")?;
    let by = entries.optional("table.create.distributed-by").unwrap_or_default();
    let create = CreateSpec {
        distributed_by: by
            .split(',')
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty())
            .collect(),
        properties: entries.with_prefix("table.create.properties."),
        comment: comment(entries, "table.comment")?,
        option: "sink.create-table.enabled",
    };
    Ok(wanted.then_some(create))
}

fn error_rows(entries: &mut Entries) -> Result<ErrorRowsAction> {
    match entries.optional("sink.error-rows.action").as_deref() {
        None => Ok(ErrorRowsAction::Fail),
        Some("skip") => Ok(ErrorRowsAction::Skip),
        Some("table") => Ok(ErrorRowsAction::Table),
        Some(_) => Err(config("option 'sink.error-rows.action' must be skip, table or left out".to_owned())),
    }
}

fn null_chars(entries: &mut Entries) -> Result<NullChars> {
    match entries.optional("sink.null-char.handling").as_deref() {
        None => Ok(NullChars::Fail),
        Some("strip") => Ok(NullChars::Strip),
        Some("replace") => Ok(NullChars::Replace),
        Some(_) => {
            Err(config("option 'sink.null-char.handling' must be strip, replace or left out".to_owned()))
        }
    }
}

fn merge_strategy(entries: &mut Entries) -> Result<MergeStrategy> {
    match entries.optional("sink.merge.strategy").as_deref() {
        None => Ok(MergeStrategy::Replace),
        Some("update") => Ok(MergeStrategy::Update),
        Some("auto") => Ok(MergeStrategy::Auto),
        Some(_) => Err(config("option 'sink.merge.strategy' must be update, auto or left out".to_owned())),
    }
}

fn initial_load(entries: &mut Entries) -> Result<InitialLoad> {
    match entries.optional("sink.merge.initial-load").as_deref() {
        None => Ok(InitialLoad::Staged),
        Some("direct") => Ok(InitialLoad::Direct),
        Some(_) => Err(config("option 'sink.merge.initial-load' must be direct or left out".to_owned())),
    }
}

fn added(entries: &mut Entries) -> Vec<String> {
    (0_usize..).map_while(|index| entries.optional(&format!("added.{index}.name"))).collect()
}

fn key(text: &str) -> Result<Vec<usize>> {
    text.split(',')
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().map_err(|_| config("option 'key' must be column indexes".to_owned())))
        .collect()
}
