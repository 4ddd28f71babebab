//! Questions to the catalog about many target tables at once, in a form that PostgreSQL 9.4 (Greenplum 6) to 18 all
//! answer.
//!
//! Columns that came with later versions (`attgenerated`, `attidentity`, `collisdeterministic`, `indnkeyatts`) are read
//! through `row_to_json`, which gives NULL where a server does not have them. That is slow for the columns of a
//! thousand tables, so it is read only for columns where it can tell something: a generated column has a default, an
//! identity column is an integer that is not NULL, and the collations "default", "C" and "POSIX" (100, 950, 951
//! everywhere) are deterministic.
//!
//! A session's search path begins with `pg_catalog`, but a server prefers an operator or function of exactly the
//! arguments' types, wherever in the path it stands, to one that wants a conversion. So arguments have the very types
//! that `pg_catalog` has one for, by a cast where a column has another, and nobody's own takes its place.

/// `$1` schemas, `$2` tables, pair by pair → schema, table, oid, relkind, relpersistence, what the session may do,
/// whether row-level security holds for it, whether the table stands for an external one, whether its children are
/// partitions, whether the server knows publications, and whether the session may update.
///
/// Row-level security passes over superusers, roles with BYPASSRLS, and the owner unless it is forced
/// (`check_enable_rls`).
pub(crate) const RELATIONS: &str = "
SELECT n.nspname::text, c.relname::text, c.oid, c.relkind::text, c.relpersistence::text,
       pg_catalog.has_table_privilege(c.oid, 'INSERT'),
       pg_catalog.has_table_privilege(c.oid, 'SELECT'),
       pg_catalog.has_table_privilege(c.oid, 'DELETE'),
       pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMP'),
       coalesce((j.relation->>'relrowsecurity'::text)::bool, false)
         AND NOT (pg_catalog.pg_has_role(c.relowner, 'USAGE') AND NOT (j.relation->>'relforcerowsecurity'::text)::bool)
         AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
                         AND (r.rolsuper OR (pg_catalog.row_to_json(r)->>'rolbypassrls'::text)::bool)),
       coalesce(j.relation->>'relstorage'::text, '') = 'x',
       c.relkind = 'p' OR pg_catalog.to_regclass('pg_catalog.pg_partition') IS NOT NULL,
       pg_catalog.to_regclass('pg_catalog.pg_publication') IS NOT NULL,
       pg_catalog.has_table_privilege(c.oid, 'UPDATE')
FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS wanted(schema_name, table_name)
     JOIN pg_catalog.pg_namespace n ON n.nspname = wanted.schema_name::name
     JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.table_name::name
     CROSS JOIN LATERAL (SELECT pg_catalog.row_to_json(c) AS relation) j";

/// `$1` oids → the table itself and all its partitions or inheritance children, at any depth: table, oid, name (empty
/// for the table itself), relkind, relpersistence.
pub(crate) const MEMBERS: &str = "
WITH RECURSIVE tree AS (
  SELECT root, root AS member FROM pg_catalog.unnest($1::oid[]) AS wanted(root)
  UNION SELECT t.root, i.inhrelid FROM tree t JOIN pg_catalog.pg_inherits i ON i.inhparent = t.member
)
SELECT t.root, c.oid, CASE WHEN t.root = t.member THEN '' ELSE c.oid::pg_catalog.regclass::text END,
       c.relkind::text, c.relpersistence::text
FROM tree t JOIN pg_catalog.pg_class c ON c.oid = t.member ORDER BY 1, 3";

/// `$1` oids → one row per table and column, domains resolved to their base type, and of an array what it is made of,
/// NULL for others; last the operator of the type's own equality (that of its default B-tree operator class) with its
/// schema, where that is none of pg_catalog; the table's oid comes first, as in all that follow. Beside true arrays
/// there are types that have elements and are none's array.
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
), element AS (
  SELECT b.attrelid, b.attnum, t.oid AS sent, t.typdelim, t.oid, t.typname, t.typnamespace, t.typtype, t.typbasetype,
         CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE b.modifier END AS modifier
  FROM base b JOIN pg_catalog.pg_type r ON r.oid = b.oid
       JOIN pg_catalog.pg_type t ON t.oid = r.typelem AND t.typarray = r.oid
  WHERE b.typtype <> 'd'
  UNION ALL
  SELECT e.attrelid, e.attnum, e.sent, e.typdelim, t.oid, t.typname, t.typnamespace, t.typtype, t.typbasetype,
         CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE e.modifier END
  FROM element e JOIN pg_catalog.pg_type t ON t.oid = e.typbasetype WHERE e.typtype = 'd'
), equality AS (
  SELECT c.opcintype, pg_catalog.quote_ident(n.nspname) || '.' || o.oprname::text AS operator
  FROM pg_catalog.pg_opclass c
       JOIN pg_catalog.pg_amop m ON m.amopfamily = c.opcfamily AND m.amoplefttype = c.opcintype
                                    AND m.amoprighttype = c.opcintype AND m.amopstrategy = 3
       JOIN pg_catalog.pg_operator o ON o.oid = m.amopopr JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
  WHERE c.opcdefault AND c.opcmethod::int8 = 403 AND n.nspname <> 'pg_catalog'
)
SELECT a.attrelid, a.attname::text,
       CASE WHEN n.nspname = 'pg_catalog' OR b.typname = 'citext' OR b.typtype = 'e' THEN b.typname::text
            ELSE n.nspname::text || '.' || b.typname::text END,
       b.typtype::text, b.modifier::int4,
       pg_catalog.format_type(a.atttypid, a.atttypmod),
       pg_catalog.format_type(b.oid, b.modifier),
       a.attnotnull OR b.not_null,
       a.atthasdef,
       CASE WHEN a.atthasdef THEN coalesce(pg_catalog.row_to_json(a)->>'attgenerated'::text, '') <> '' ELSE false END,
       CASE WHEN a.attnotnull AND b.typname IN ('int2', 'int4', 'int8')
            THEN coalesce(pg_catalog.row_to_json(a)->>'attidentity'::text, '') ELSE '' END,
       CASE WHEN a.attcollation::int8 IN (0, 100, 950, 951) THEN true
            ELSE coalesce((SELECT pg_catalog.row_to_json(l)->>'collisdeterministic'::text FROM pg_catalog.pg_collation l
                           WHERE l.oid = a.attcollation), 'true') = 'true' END,
       e.sent, e.typdelim::text,
       CASE WHEN m.nspname = 'pg_catalog' OR e.typname = 'citext' OR e.typtype = 'e' THEN e.typname::text
            ELSE m.nspname::text || '.' || e.typname::text END,
       e.typtype::text, e.modifier::int4, pg_catalog.format_type(e.oid, e.modifier),
       (SELECT q.operator FROM equality q WHERE q.opcintype = b.oid)
FROM base b JOIN pg_catalog.pg_attribute a ON a.attrelid = b.attrelid AND a.attnum = b.attnum
     JOIN pg_catalog.pg_namespace n ON n.oid = b.typnamespace
     LEFT JOIN element e ON e.attrelid = b.attrelid AND e.attnum = b.attnum AND e.typtype <> 'd'
     LEFT JOIN pg_catalog.pg_namespace m ON m.oid = e.typnamespace
WHERE b.typtype <> 'd' ORDER BY a.attrelid, a.attnum";

/// `$1` oids → every unique index and exclusion constraint: table, name, the key columns' names (empty = an
/// expression), whether it covers all rows and calls equal what its columns call equal; and whether it is of use
/// already and calls nothing different that its columns call equal; and whether it may be checked later.
pub(crate) const UNIQUE_INDEXES: &str = "
SELECT i.indrelid, c.relname::text,
       ARRAY(SELECT coalesce(a.attname::text, '')
             FROM pg_catalog.generate_series(0, coalesce((pg_catalog.row_to_json(i)->>'indnkeyatts'::text)::int4,
                                                         i.indnatts::int4) - 1) AS k(position)
                  LEFT JOIN pg_catalog.pg_attribute a
                    ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.position] AND a.attnum <> 0
             ORDER BY k.position),
       i.indpred IS NULL AND NOT i.indisexclusion
         AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_collation l
                         WHERE l.oid = ANY (i.indcollation::oid[]) AND l.oid::int8 NOT IN (100, 950, 951)
                               AND pg_catalog.row_to_json(l)->>'collisdeterministic'::text = 'false'),
       i.indisunique AND i.indisvalid AND i.indisready AND i.indpred IS NULL AND i.indexprs IS NULL
         AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_opclass o WHERE o.oid = ANY (i.indclass::oid[]) AND NOT o.opcdefault)
         AND NOT EXISTS (SELECT 1 FROM pg_catalog.generate_series(0, pg_catalog.array_upper(i.indcollation::oid[], 1)) AS k(position)
                         JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.position]
                         WHERE a.attcollation <> i.indcollation[k.position]),
       NOT i.indimmediate
FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = ANY ($1::oid[]) AND (i.indisunique OR i.indisexclusion) AND i.indislive ORDER BY 1, 2";

/// `$1` oids → names of the foreign keys of other tables (or its own) that point at the table.
pub(crate) const REFERENCED_BY: &str = "
SELECT DISTINCT k.confrelid, k.conname::text || ' of ' || k.conrelid::pg_catalog.regclass::text
FROM pg_catalog.pg_constraint k WHERE k.confrelid = ANY ($1::oid[]) AND k.contype = 'f' ORDER BY 1, 2";

/// `$1` oids → names of the triggers that fire in this session and see rows, and whether they can keep a row from being
/// deleted. Versions 11 to 14 call the triggers that partitions have from their parent internal; so constraints' own
/// are known by their functions.
pub(crate) const TRIGGERS: &str = "
SELECT t.tgrelid, t.tgname::text, (t.tgtype::int4 & 11) = 11
FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
WHERE t.tgrelid = ANY ($1::oid[])
      AND NOT (t.tgisinternal AND (p.proname::text LIKE 'RI\\_FKey\\_%' OR p.proname = 'unique_key_recheck'))
      AND ((t.tgtype::int4 & 1) = 1 OR pg_catalog.row_to_json(t)->>'tgoldtable'::text IS NOT NULL
           OR pg_catalog.row_to_json(t)->>'tgnewtable'::text IS NOT NULL)
      AND (t.tgenabled = 'A' OR t.tgenabled = CASE pg_catalog.current_setting('session_replication_role')
                                              WHEN 'replica' THEN 'R' ELSE 'O' END::\"char\")
ORDER BY 1, 2";

/// `$1` oids → names of the rules that rewrite a statement of this session, and the digit of INSERT, UPDATE or DELETE.
pub(crate) const RULES: &str = "
SELECT r.ev_class, r.rulename::text, r.ev_type::text
FROM pg_catalog.pg_rewrite r
WHERE r.ev_class = ANY ($1::oid[]) AND r.ev_type IN ('2', '3', '4')
      AND (r.ev_enabled = 'A' OR r.ev_enabled = CASE pg_catalog.current_setting('session_replication_role')
                                              WHEN 'replica' THEN 'R' ELSE 'O' END::\"char\")
ORDER BY 1, 2";

/// `$1` oids of tables, `$2` oids of their members, pair by pair → the member that changes are refused in, because it
/// is published and nothing identifies its rows: the member's oid, the publication's name, whether that publishes
/// deletes, and updates. Only for servers that know
/// publications; one that publishes partitions as their root lists the root.
pub(crate) const UNIDENTIFIED: &str = "
SELECT DISTINCT c.oid, p.pubname::text, p.pubdelete, p.pubupdate
FROM ROWS FROM (pg_catalog.unnest($1::oid[]), pg_catalog.unnest($2::oid[])) AS wanted(root, member)
     JOIN pg_catalog.pg_class c ON c.oid = wanted.member AND c.relkind = 'r' AND c.relpersistence = 'p'
     JOIN pg_catalog.pg_publication p ON p.pubdelete OR p.pubupdate
     JOIN pg_catalog.pg_publication_tables l ON l.pubname = p.pubname
     JOIN pg_catalog.pg_namespace n ON n.nspname = l.schemaname
     JOIN pg_catalog.pg_class listed ON listed.relnamespace = n.oid AND listed.relname = l.tablename
                                        AND listed.oid IN (wanted.root, wanted.member)
WHERE c.relreplident = 'n'
   OR c.relreplident = 'd' AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_index i
                                           WHERE i.indrelid = c.oid AND i.indisprimary)
   OR c.relreplident = 'i' AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_index i
                                           WHERE i.indrelid = c.oid AND i.indisreplident)
ORDER BY 1, 2";

/// `$1` oids → of those that are divided into partitions the columns by which they are; empty = an expression.
pub(crate) const DIVIDED_BY: &str = "
SELECT p.partrelid, coalesce(a.attname::text, '')
FROM pg_catalog.pg_partitioned_table p CROSS JOIN LATERAL pg_catalog.unnest(p.partattrs::int2[]) AS k(attnum)
     LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = k.attnum AND a.attnum <> 0
WHERE p.partrelid = ANY ($1::oid[]) ORDER BY 1, 2";

/// `$1` schemas, `$2` tables, pair by pair → the pair's number from 1, and a stamp: it is another one when anything was
/// changed that the questions above are about, and its last part is the table's oid. Pairs without a table give no row.
///
/// What is known to matter is in it as it is, and `xmin` stands for the rest of each catalog row, in which every
/// version has more. Of partitions `pg_class` is in it without `xmin`, which a TRUNCATE changes. A foreign key shows by
/// the triggers that it has on the table it points at, which unlike `pg_constraint` are found by an index. No type
/// below 10,000 is a domain. `hashtext` is there on every version, also where MD5 is forbidden. Subqueries and not
/// joins: the planner thinks of few tables, and would read whole catalogs for fifty.
pub(crate) const STAMPS: &str = "
WITH RECURSIVE wanted AS (
  SELECT w.number, c.oid, c.xmin::text AS version, c.relowner
  FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[]))
         WITH ORDINALITY AS w(schema_name, table_name, number)
       JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema_name::name
       JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.table_name::name
), tree AS (
  SELECT number, oid FROM wanted
  UNION SELECT t.number, i.inhrelid FROM tree t JOIN pg_catalog.pg_inherits i ON i.inhparent = t.oid
), domains AS (
  SELECT w.number, t.oid, t.typtype, t.typbasetype, t.typnotnull
  FROM wanted w JOIN pg_catalog.pg_attribute a ON a.attrelid = w.oid AND a.attnum > 0 AND a.atttypid::int8 > 9999
       JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  UNION SELECT d.number, t.oid, t.typtype, t.typbasetype, t.typnotnull
  FROM domains d JOIN pg_catalog.pg_type t ON t.oid = d.typbasetype WHERE d.typtype = 'd'
), facts AS (
  SELECT w.number, pg_catalog.concat_ws(' ', 'table', w.version, pg_catalog.pg_has_role(w.relowner, 'USAGE'),
           (SELECT pg_catalog.concat_ws(' ', r.rolsuper, pg_catalog.row_to_json(r)->>'rolbypassrls'::text)
            FROM pg_catalog.pg_roles r WHERE r.rolname = current_user),
           (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', a.attnum, a.attname, a.atttypid, a.atttypmod,
                     a.attnotnull, a.atthasdef, a.attisdropped, a.attcollation, a.xmin), ',' ORDER BY a.attnum)
            FROM pg_catalog.pg_attribute a WHERE a.attrelid = w.oid AND a.attnum > 0),
           (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', r.oid, r.ev_type, r.is_instead, r.ev_enabled), ','
                                         ORDER BY r.oid)
            FROM pg_catalog.pg_rewrite r WHERE r.ev_class = w.oid)) AS fact
  FROM wanted w
  UNION ALL
  SELECT t.number, pg_catalog.concat_ws(' ', 'relation', c.oid, c.relkind, c.relpersistence, c.relreplident,
           (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', i.indexrelid, i.indkey, i.xmin), ','
                                         ORDER BY i.indexrelid)
            FROM pg_catalog.pg_index i WHERE i.indrelid = t.oid AND (i.indisunique OR i.indisexclusion)),
           (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', g.oid, g.tgtype, g.tgenabled, g.tgfoid, g.xmin), ','
                                         ORDER BY g.oid)
            FROM pg_catalog.pg_trigger g WHERE g.tgrelid = t.oid))
  FROM tree t JOIN pg_catalog.pg_class c ON c.oid = t.oid
  UNION ALL
  SELECT number, pg_catalog.concat_ws(' ', 'domain', oid, typbasetype, typnotnull) FROM domains WHERE typtype = 'd'
)
SELECT number::int4, pg_catalog.hashtext('a' || facts)::text || '/' || pg_catalog.hashtext('b' || facts)::text || '/'
         || (SELECT w.oid::text FROM wanted w WHERE w.number = all_facts.number)
FROM (SELECT number, pg_catalog.string_agg(fact, ',' ORDER BY fact COLLATE \"C\") AS facts
      FROM facts GROUP BY number) AS all_facts";

/// `$1` oids → those that this transaction has written to, or locked as writers do.
pub(crate) const WRITTEN: &str = "
SELECT DISTINCT l.relation FROM pg_catalog.pg_locks l
WHERE l.locktype = 'relation' AND l.granted AND l.pid = pg_catalog.pg_backend_pid()
      AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
      AND l.mode NOT IN ('AccessShareLock', 'RowShareLock') AND l.relation = ANY ($1::oid[])";

/// How many sessions the server lets the role that logged in have in this database, and which limit says so. A server
/// that lacks one of the settings does not limit by it.
pub(crate) const SESSION_LIMITS: &str = "
SELECT max_connections, reserved, nullif(r.rolconnlimit, -1)::int4, nullif(d.datconnlimit, -1)::int4
FROM (SELECT coalesce(pg_catalog.sum(setting::int4) FILTER (WHERE name = 'max_connections'), 0)::int4 AS max_connections,
             coalesce(pg_catalog.sum(setting::int4) FILTER (WHERE name <> 'max_connections'), 0)::int4 AS reserved
      FROM pg_catalog.pg_settings
      WHERE name IN ('max_connections', 'superuser_reserved_connections', 'reserved_connections')) AS settings
     CROSS JOIN pg_catalog.pg_roles r CROSS JOIN pg_catalog.pg_database d
WHERE r.rolname = session_user AND d.datname = pg_catalog.current_database()";

/// In front of a statement that is about the own sessions: the server shows them to, and lets them be ended by, the
/// role that logged in, which a role that was assumed at login (`ALTER ROLE … SET role`) need be no member of. Until
/// the statement ends.
pub(crate) const AS_LOGGED_IN: &str = "SET LOCAL ROLE NONE; ";

/// `$1` schema, `$2` table → does the schema exist, does the table?
pub(crate) const OWN_TABLE: &str = "
SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1::name),
       EXISTS (SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = $1::name AND c.relname = $2::name)";

/// `$1` schemas, `$2` tables, pair by pair → the names of those that exist.
pub(crate) const EXISTING: &str = "
SELECT c.relname::text
FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS wanted(schema_name, table_name)
     JOIN pg_catalog.pg_namespace n ON n.nspname = wanted.schema_name::name
     JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.table_name::name";

/// Comments are read from their table: before PostgreSQL 14 the body of `obj_description` takes operators by the
/// caller's search path.
///
/// `$1` schema, `$2` what a table's name begins with, `$3` what its comment begins with before a number of seconds →
/// name, and how many seconds ago that was.
pub(crate) const STAGING_TABLES: &str = "
SELECT c.relname::text,
       CASE WHEN d.description ~ ('^' || $3::text || '[0-9]+$')
            THEN extract(epoch FROM pg_catalog.clock_timestamp())::bigint
                 - pg_catalog.substr(d.description, pg_catalog.length($3::text) + 1)::bigint END
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     LEFT JOIN pg_catalog.pg_description d
       ON d.objoid = c.oid AND d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass::oid AND d.objsubid = 0
WHERE n.nspname = $1::name AND c.relkind = 'r' AND pg_catalog.left(c.relname, pg_catalog.length($2::text)) = $2::text
ORDER BY 1";

/// Locks per session, and how many sessions share them. A server that lacks a setting does not limit by it.
pub(crate) const LOCK_LIMITS: &str = "
SELECT coalesce(pg_catalog.sum(setting::int4) FILTER (WHERE name = 'max_locks_per_transaction'), 0)::int4,
       coalesce(pg_catalog.sum(setting::int4) FILTER (WHERE name <> 'max_locks_per_transaction'), 0)::int4
FROM pg_catalog.pg_settings
WHERE name IN ('max_locks_per_transaction', 'max_connections', 'max_prepared_transactions')";

/// `$1` what a session's name begins with → the names of the other sessions of this database.
pub(crate) const SESSIONS_NAMED: &str = "
SELECT DISTINCT application_name::text FROM pg_catalog.pg_stat_activity
WHERE datname = pg_catalog.current_database() AND pid <> pg_catalog.pg_backend_pid()
      AND pg_catalog.left(application_name, pg_catalog.length($1::text)) = $1::text ORDER BY 1";

/// `$1` schema, `$2` table → the leading columns of its indexes.
pub(crate) const INDEXED: &str = "
SELECT a.attname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_catalog.pg_index i ON i.indrelid = c.oid
     JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
WHERE n.nspname = $1::name AND c.relname = $2::name";

/// `$1` schema, `$2` the id of a sink, `$3` what a comment begins with → the tables of other sinks by sink: the sink,
/// its tables' names, and the comment of one of them, where one begins like that.
pub(crate) const OTHER_SINKS: &str = "
SELECT sink, pg_catalog.array_agg(name ORDER BY name), pg_catalog.max(comment) FILTER (WHERE pg_catalog.left(comment, pg_catalog.length($3::text)) = $3::text) FROM (
  SELECT pg_catalog.substr(c.relname, pg_catalog.strpos(c.relname, '_') + 1, 32) AS sink, c.relname::text AS name,
         d.description AS comment
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       LEFT JOIN pg_catalog.pg_description d
         ON d.objoid = c.oid AND d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass::oid AND d.objsubid = 0
  WHERE n.nspname = $1::name AND c.relkind = 'r'
        AND c.relname::text ~ '^((fence|ledger)_[0-9a-f]{32}|stage_[0-9a-f]{32}_[0-9a-f]{16}_[0-9]+)$') AS own
WHERE sink <> $2::text GROUP BY sink ORDER BY pg_catalog.random()";

/// `$1` a text → the names of the sessions of this database that hold it.
pub(crate) const SESSIONS_WITH: &str = "
SELECT DISTINCT application_name::text FROM pg_catalog.pg_stat_activity
WHERE datname = pg_catalog.current_database() AND pg_catalog.strpos(application_name, $1::text) > 0";

/// `$1` schemas, `$2` tables, pair by pair → schema and name of those that exist.
pub(crate) const NAMED: &str = "
SELECT DISTINCT n.nspname::text, c.relname::text
FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS wanted(schema_name, table_name)
     JOIN pg_catalog.pg_namespace n ON n.nspname = wanted.schema_name::name
     JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.table_name::name";

/// `$1` schema, `$2` table → the other sessions that hold locks on it: pid, user, application, state, seconds since
/// their transaction began. A server of several nodes tells a session once for each.
pub(crate) const LOCK_HOLDERS: &str = "
SELECT DISTINCT l.pid, coalesce(a.usename::text, ''), coalesce(a.application_name, ''), coalesce(a.state, ''),
       coalesce(extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start), 0)::int8
FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class c ON c.oid = l.relation
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'relation' AND l.granted AND l.pid <> pg_catalog.pg_backend_pid()
      AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
      AND n.nspname = $1::name AND c.relname = $2::name
ORDER BY 1";

/// `$1` schema, `$2` table → the columns with another collation than their type's, and that collation, quoted.
pub(crate) const COLLATIONS: &str = "
SELECT a.attname::text, pg_catalog.quote_ident(m.nspname) || '.' || pg_catalog.quote_ident(l.collname)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     JOIN pg_catalog.pg_type t ON t.oid = a.atttypid AND t.typcollation <> a.attcollation
     JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
     JOIN pg_catalog.pg_namespace m ON m.oid = l.collnamespace
WHERE n.nspname = $1::name AND c.relname = $2::name";
