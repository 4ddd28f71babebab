"""The schema and the statements of the server's own side, and the spec texts for the loader without Java.

Tables: `plain` has no key and takes appends, `keyed` has the primary key and takes merges, `reference` holds what the
ready file holds, to compare with. Pure text: nothing here talks to a server.
"""

COLUMNS = [
    # name, type of the server, type of Flink
    ("l_orderkey", "bigint", "BIGINT"),
    ("l_partkey", "bigint", "BIGINT"),
    ("l_suppkey", "bigint", "BIGINT"),
    ("l_linenumber", "integer", "INT"),
    ("l_quantity", "numeric(15,2)", "DECIMAL(15, 2)"),
    ("l_extendedprice", "numeric(15,2)", "DECIMAL(15, 2)"),
    ("l_discount", "numeric(15,2)", "DECIMAL(15, 2)"),
    ("l_tax", "numeric(15,2)", "DECIMAL(15, 2)"),
    ("l_returnflag", "char(1)", "CHAR(1)"),
    ("l_linestatus", "char(1)", "CHAR(1)"),
    ("l_shipdate", "date", "DATE"),
    ("l_commitdate", "date", "DATE"),
    ("l_receiptdate", "date", "DATE"),
    ("l_shipinstruct", "char(25)", "CHAR(25)"),
    ("l_shipmode", "char(10)", "CHAR(10)"),
    ("l_comment", "varchar(44)", "VARCHAR(44)"),
]
KEY = "l_orderkey, l_linenumber"
KEY_INDEXES = "0,3"

_BODY = ", ".join(f"{name} {sql} NOT NULL" for name, sql, _ in COLUMNS)
CREATE = [
    f"CREATE TABLE plain ({_BODY})",
    f"CREATE TABLE reference ({_BODY})",
    f"CREATE TABLE keyed ({_BODY}, PRIMARY KEY ({KEY}))",
]


def copy(table, file):
    """The server reads the ready file itself: no client, no socket."""
    return f"COPY {table} FROM '{file}' (FORMAT binary)"


def copy_streamed(table, file):
    """psql reads the ready file and streams it."""
    return f"\\copy {table} FROM '{file}' (FORMAT binary)"


def merge_by_hand(file, form):
    """COPY into a temp table and the merge that one would write by hand, in the form that a contestant is named after."""
    distinct = form == "server_distinct"
    newest = f"DISTINCT ON ({KEY}) " if distinct else ""
    order = f" ORDER BY {KEY}" if distinct else ""
    staged = f"SELECT {KEY} FROM stage"
    equal = " AND ".join(f"k.{column} = s.{column}" for column in KEY.split(", "))
    delete = (f"DELETE FROM keyed k USING ({staged}) s WHERE {equal}" if form == "server_using"
              else f"DELETE FROM keyed WHERE ({KEY}) IN ({staged})")
    return [
        "CREATE TEMP TABLE stage AS SELECT * FROM keyed WITH NO DATA",
        copy("stage", file),
        "BEGIN",
        delete,
        f"INSERT INTO keyed SELECT {newest}* FROM stage{order}",
        "COMMIT",
    ]


def spread(count):
    """The names of that many keyed tables, over which the same rows are spread."""
    return [f"spread{count}_{number}" for number in range(count)]


def create_spread(count):
    """One statement that creates them."""
    return (f"DO $$ BEGIN FOR number IN 0..{count - 1} LOOP EXECUTE format('CREATE TABLE spread{count}_%s "
            f"({_BODY}, PRIMARY KEY ({KEY}))', number); END LOOP; END $$")


def content_of_all(names):
    """As `content`, over all rows of several tables."""
    return content("(" + " UNION ALL ".join(f"SELECT * FROM {name}" for name in names) + ")")


def content(table):
    """One line that is equal for equal contents, whatever the order."""
    return f"SELECT count(*), sum(hash_record_extended(t, 0)::numeric) FROM {table} t"


def session_spec(port, pool=1):
    """What the Java half sends for a session, with its defaults; `pool` is its connection.pool.max-size."""
    return _lines({
        "hostname": "127.0.0.1",
        "port": port,
        "username": "postgres",
        "database-name": "postgres",
        "pdb_warehouse.statement": "SET pdb_warehouse TO '<name>'",
        "connection.timeout": 30000,
        "connection.max-retries": 3,
        "connection.ssl.mode": "prefer",
        "sink.stall-timeout": 600000,
        "sink.buffer.memory-size": (64 << 20) - (64 << 10),
        "lock-timeout": 600000,
        "application-name": "bench",
        "sink.id": "00000000-0000-4000-8000-000000000001",
        "sink.parallelism": 1,
        "writer.subtask": 0,
        "sink.fence": "auto",
        "sink.staging-schema": "pieclouddb_flink",
        "sink.delivery-guarantee": "at-least-once",
        "sink.copy.max-duration": 5000,
        "connection.pool.max-size": pool,
        "connection.pool.idle-timeout": 300000,
        "sink.metrics.max-tables": 200,
    })


# Rows of new keys go straight into an empty table.
FILLING = {"sink.merge.initial-load": "direct"}


def table_spec(table, mode, options=()):
    """What the Java half sends for a table."""
    entries = {
        "schema-name": "public",
        "table-name": table,
        "record.format": "row-image",
        "load_mode": mode,
        "sink.copy.format": "auto",
        "sink.merge.allow-replace": "false",
        "sink.append.allow-unique": "false",
        "schema.change.behavior": "exception",
        "sink.create-table.enabled": "false",
        "key": KEY_INDEXES if mode == "merge" else "",
        **dict(options),
    }
    for index, (name, _, flink) in enumerate(COLUMNS):
        entries[f"column.{index}.name"] = name
        entries[f"column.{index}.type"] = f"{flink} NOT NULL"
    return _lines(entries)


def _lines(entries):
    return "".join(f"{key}={value}\n" for key, value in entries.items())
