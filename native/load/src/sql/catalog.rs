//! Questions to the catalog about many target tables at once, in a form that PostgreSQL 9.4 (Greenplum 6) to 17 all answer.
//!
//! Columns that came with later versions (`attgenerated`, `attidentity`, `collisdeterministic`, `indnkeyatts`) are
//! read through `row_to_json`, which gives NULL where a server does not have them. It is slow for the columns of a thousand
//! tables, so it is asked only where the answer can be one: a generated column counts as one with a default, an identity is
//! an integer that is not NULL, and the collations "default", "C" and "POSIX" (100, 950, 951 everywhere) are deterministic.

/// `$1` schemas, `$2` tables, pair by pair → schema, table, oid, relkind, and what the session may do.
pub(crate) const RELATIONS: &str = "
SELECT n.nspname::text, c.relname::text, c.oid, c.relkind::text,
       pg_catalog.has_table_privilege(c.oid, 'INSERT'),
       pg_catalog.has_table_privilege(c.oid, 'SELECT'),
       pg_catalog.has_table_privilege(c.oid, 'DELETE'),
       pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMP')
FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS wanted(schema_name, table_name)
     JOIN pg_catalog.pg_namespace n ON n.nspname = wanted.schema_name
     JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.table_name";

/// `$1` oids → one row per table and column, domains resolved to their base type; the table's oid comes first, as in
/// all that follow.
pub(crate) const COLUMNS: &str = "
WITH RECURSIVE base AS (
  SELECT a.attrelid, a.attnum, t.oid, t.typname, t.typnamespace, t.typtype, t.typbasetype, t.typnotnull AS not_null,
         CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END AS modifier
  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  SELECT b.attrelid, b.attnum, t.oid, t.typname, t.typnamespace, t.typtype, t.typbasetype, b.not_null OR t.typnotnull,
         CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE b.modifier END
  FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.typbasetype WHERE b.typtype = 'd'
)
SELECT a.attrelid, a.attname::text, a.attnum::int4,
       CASE WHEN n.nspname = 'pg_catalog' OR b.typname = 'citext' OR b.typtype = 'e' THEN b.typname::text
            ELSE n.nspname || '.' || b.typname END,
       b.typtype::text, b.modifier::int4,
       pg_catalog.format_type(a.atttypid, a.atttypmod),
       pg_catalog.format_type(b.oid, b.modifier),
       b.oid <> a.atttypid,
       a.attnotnull OR b.not_null,
       a.atthasdef,
       CASE WHEN a.atthasdef THEN coalesce(pg_catalog.row_to_json(a)->>'attgenerated', '') <> '' ELSE false END,
       CASE WHEN a.attnotnull AND b.typname IN ('int2', 'int4', 'int8')
            THEN coalesce(pg_catalog.row_to_json(a)->>'attidentity', '') ELSE '' END,
       CASE WHEN a.attcollation IN (0, 100, 950, 951) THEN true
            ELSE coalesce((SELECT pg_catalog.row_to_json(l)->>'collisdeterministic' FROM pg_catalog.pg_collation l
                           WHERE l.oid = a.attcollation), 'true') = 'true' END
FROM base b JOIN pg_catalog.pg_attribute a ON a.attrelid = b.attrelid AND a.attnum = b.attnum
     JOIN pg_catalog.pg_namespace n ON n.oid = b.typnamespace
WHERE b.typtype <> 'd' ORDER BY a.attrelid, a.attnum";

/// `$1` oids → every unique index and exclusion constraint: table, name, column numbers (0 = an expression), how many of
/// them are key columns, whether it covers all rows.
pub(crate) const UNIQUE_INDEXES: &str = "
SELECT i.indrelid, c.relname::text, i.indkey::text,
       coalesce((pg_catalog.row_to_json(i)->>'indnkeyatts')::int4, i.indnatts::int4),
       i.indpred IS NULL AND NOT i.indisexclusion
FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = ANY ($1::oid[]) AND (i.indisunique OR i.indisexclusion) ORDER BY 1, 2";

/// `$1` oids → names of the foreign keys of other tables (or its own) that point at the table.
pub(crate) const REFERENCED_BY: &str = "
SELECT DISTINCT k.confrelid, k.conname::text || ' of ' || k.conrelid::pg_catalog.regclass::text
FROM pg_catalog.pg_constraint k WHERE k.confrelid = ANY ($1::oid[]) AND k.contype = 'f' ORDER BY 1, 2";

/// `$1` oids → names of the enabled row triggers that users made.
pub(crate) const ROW_TRIGGERS: &str = "
SELECT t.tgrelid, t.tgname::text FROM pg_catalog.pg_trigger t
WHERE t.tgrelid = ANY ($1::oid[]) AND NOT t.tgisinternal AND (t.tgtype & 1) = 1 AND t.tgenabled <> 'D'
ORDER BY 1, 2";

/// How many sessions the server lets this role have in this database, and which limit says so. A server that lacks
/// one of the settings does not limit by it.
pub(crate) const SESSION_LIMITS: &str = "
SELECT max_connections, reserved, nullif(r.rolconnlimit, -1)::int4, nullif(d.datconnlimit, -1)::int4
FROM (SELECT coalesce(sum(setting::int4) FILTER (WHERE name = 'max_connections'), 0)::int4 AS max_connections,
             coalesce(sum(setting::int4) FILTER (WHERE name <> 'max_connections'), 0)::int4 AS reserved
      FROM pg_catalog.pg_settings
      WHERE name IN ('max_connections', 'superuser_reserved_connections', 'reserved_connections')) AS settings
     CROSS JOIN pg_catalog.pg_roles r CROSS JOIN pg_catalog.pg_database d
WHERE r.rolname = current_user AND d.datname = pg_catalog.current_database()";

/// `$1` schema, `$2` table → does the schema exist, does the table?
pub(crate) const OWN_TABLE: &str = "
SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1::text),
       EXISTS (SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = $1::text AND c.relname = $2::text)";

/// `$1` schemas, `$2` tables, pair by pair → the names of those that exist.
pub(crate) const EXISTING: &str = "
SELECT c.relname::text
FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS wanted(schema_name, table_name)
     JOIN pg_catalog.pg_namespace n ON n.nspname = wanted.schema_name
     JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.table_name";

/// `$1` schema, `$2` what a table's name begins with, `$3` what its comment begins with before a number of seconds →
/// name, and how many seconds ago that was.
pub(crate) const STAGING_TABLES: &str = "
SELECT c.relname::text,
       CASE WHEN pg_catalog.obj_description(c.oid, 'pg_class') ~ ('^' || $3::text || '[0-9]+$')
            THEN extract(epoch FROM pg_catalog.clock_timestamp())::bigint
                 - pg_catalog.substr(pg_catalog.obj_description(c.oid, 'pg_class'), length($3::text) + 1)::bigint END
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1::text AND c.relkind = 'r' AND pg_catalog.left(c.relname, length($2::text)) = $2::text
ORDER BY 1";

/// Locks per session, and how many sessions share them. A server that lacks a setting does not limit by it.
pub(crate) const LOCK_LIMITS: &str = "
SELECT coalesce(sum(setting::int4) FILTER (WHERE name = 'max_locks_per_transaction'), 0)::int4,
       coalesce(sum(setting::int4) FILTER (WHERE name <> 'max_locks_per_transaction'), 0)::int4
FROM pg_catalog.pg_settings
WHERE name IN ('max_locks_per_transaction', 'max_connections', 'max_prepared_transactions')";

/// `$1` what a session's name begins with → the names of the other sessions of this database.
pub(crate) const SESSIONS_NAMED: &str = "
SELECT DISTINCT application_name::text FROM pg_catalog.pg_stat_activity
WHERE datname = pg_catalog.current_database() AND pid <> pg_catalog.pg_backend_pid()
      AND pg_catalog.left(application_name, length($1::text)) = $1::text ORDER BY 1";

/// `$1` schema, `$2` table → the leading columns of its indexes.
pub(crate) const INDEXED: &str = "
SELECT a.attname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_catalog.pg_index i ON i.indrelid = c.oid
     JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
WHERE n.nspname = $1::text AND c.relname = $2::text";

/// `$1` schema, `$2` the id of a sink, `$3` what a comment begins with → the tables of other sinks by sink: the sink, its
/// tables' names, and the comment of one of them, where one begins like that.
pub(crate) const OTHER_SINKS: &str = "
SELECT sink, pg_catalog.array_agg(name ORDER BY name), max(comment) FILTER (WHERE pg_catalog.left(comment, length($3::text)) = $3::text) FROM (
  SELECT pg_catalog.substr(c.relname, pg_catalog.strpos(c.relname, '_') + 1, 32) AS sink, c.relname::text AS name,
         pg_catalog.obj_description(c.oid, 'pg_class') AS comment
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1::text AND c.relkind = 'r'
        AND c.relname ~ '^((fence|ledger)_[0-9a-f]{32}|stage_[0-9a-f]{32}_[0-9a-f]{16}_[0-9]+)$') AS own
WHERE sink <> $2::text GROUP BY sink ORDER BY sink";

/// `$1` a text → the names of the sessions of this database that hold it.
pub(crate) const SESSIONS_WITH: &str = "
SELECT DISTINCT application_name::text FROM pg_catalog.pg_stat_activity
WHERE datname = pg_catalog.current_database() AND pg_catalog.strpos(application_name, $1::text) > 0";

/// `$1` schemas, `$2` tables, pair by pair → schema and name of those that exist.
pub(crate) const NAMED: &str = "
SELECT DISTINCT n.nspname::text, c.relname::text
FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS wanted(schema_name, table_name)
     JOIN pg_catalog.pg_namespace n ON n.nspname = wanted.schema_name
     JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.table_name";
