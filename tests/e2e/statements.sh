#!/usr/bin/env bash
# statements.sh [1.18|1.20|2.3]: the SQL of README's first screen, as a newcomer gives it to the SQL client: word for word, but for the
# server's port and a table of its own for each mode and guarantee. Promised: in streaming and BATCH, with both guarantees,
# the target holds what was inserted, exactly.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=../harness/cluster.sh
source tests/harness/cluster.sh
# shellcheck source=../harness/target.sh
source tests/harness/target.sh

line=${1:-1.18}

begin "build/e2e/statements-$line"
build_connector jar
start_target
start_cluster "$line"
statements=$(awk '/^<!-- test: sql -->$/ { found = 1 } found && /^```$/ { exit } found && inside { print } found && /^```sql$/ { inside = 1 }' README.md)
[[ $statements == *'INSERT INTO student VALUES'* ]] || die "README has no such statements: $statements"
target_sql -c "CREATE ROLE loader LOGIN PASSWORD 'secret'"

tables=()
{
    echo "ADD JAR '$jar';"
    echo "SET 'table.dml-sync' = 'true';"
    echo "SET 'execution.checkpointing.interval' = '500ms';"
    for mode in streaming batch; do
        echo "SET 'execution.runtime-mode' = '$mode';"
        for guarantee in at-least-once exactly-once; do
            table=student_${mode}_${guarantee//-/_}
            tables+=("$table")
            sed "s/\bstudent\b/$table/; s/'5432'/'$target_port'/; s/'load_mode' = 'merge'/&, 'sink.delivery-guarantee' = '$guarantee'/" <<<"$statements"
        done
    done
} >"$state/statements.sql"
for table in "${tables[@]}"; do
    target_sql -c "CREATE TABLE $table (id int PRIMARY KEY, name text, score int)" \
        -c "INSERT INTO $table VALUES (1, 'old', 0), (3, 'kept', 3)" -c "GRANT SELECT, INSERT, DELETE ON $table TO loader"
done
target_sql -c 'GRANT CREATE, TEMPORARY ON DATABASE demo TO loader'

sql_client "$state/statements.sql" >"$logs/sql-client.log" || die "a statement failed"
for table in "${tables[@]}"; do
    got=$(target_sql -At -c "SELECT * FROM $table ORDER BY id" | paste -sd ' ')
    [[ $got == '1|Ada|65 2|Grace|75 3|kept|3' ]] || die "$table holds: $got"
    echo "$table: $got"
done
await "no connection of the connector is left" 120 no_connection_is_left
