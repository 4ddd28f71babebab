#!/usr/bin/env bash
# student.sh 2.3: the statements of ./demo on a Flink that no Flink CDC runs on, in streaming and BATCH, with both guarantees,
# each to its end. In streaming the source is the recorded changelog with all its changes; in BATCH, where Flink reads no
# changelog and says so, it is the rows that those changes end in.
# Promised: the target holds the source's rows, exactly, also where it held others before.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=../harness/cluster.sh
source tests/harness/cluster.sh
# shellcheck source=../harness/target.sh
source tests/harness/target.sh
line=${1:-2.3}
# shellcheck source=../shop/student.sh
source tests/shop/student.sh

begin "build/e2e/student-$line"
build_connector jar
start_students
start_target
start_cluster "$line"
create_students
for each in "${changes[@]}"; do make_change "$each"; done
mkdir "$state/rows"
source_rows >"$state/rows/student.csv"
[[ $(wc -l <"$state/rows/student.csv") == 4 ]] || die "the source has other rows: $(source_rows)"

# Whole from the beginning, in one file: Flink reads several that are there at once in any order. And without what keeps it
# waiting for further ones.
mkdir "$state/whole"
mapfile -t parts < <(find "$state/changelog" -type f | sort -V)
cat "${parts[@]}" >"$state/whole/changelog.json"
changelog=$(student_options | sed "s/,'source.monitor-interval'='1s'//; s#/changelog'#/whole'#")
rows="'connector'='filesystem','path'='file://$state/rows','format'='csv','csv.field-delimiter'='\\t','csv.null-literal'='NULL'"

# statements MODE GUARANTEE TABLE SOURCE: those of ./demo.
statements() {
    cat <<SQL
SET 'execution.runtime-mode' = '$1';
CREATE TABLE source_student_mysql (id INT, name STRING, score INT, sex CHAR(1), PRIMARY KEY(id) NOT ENFORCED) WITH ($4);
CREATE TABLE sink_student_pdb (id INT, name STRING, score INT, sex CHAR(1), PRIMARY KEY(id) NOT ENFORCED) WITH
  ('connector'='pieclouddb','hostname'='127.0.0.1','port'='$target_port','username'='$target_user','password'='$target_password','pdb_warehouse'='demo_warehouse',
   'database-name'='demo','table-name'='$3','load_mode'='merge','sink.delivery-guarantee'='$2');
INSERT INTO sink_student_pdb SELECT * FROM source_student_mysql;
DROP TABLE source_student_mysql;
DROP TABLE sink_student_pdb;
SQL
}

session="ADD JAR '$jar';
SET 'table.dml-sync' = 'true';
SET 'execution.checkpointing.interval' = '500ms';"
tables=()
{
    echo "$session"
    for mode in streaming batch; do
        from=$changelog
        [[ $mode == streaming ]] || from=$rows
        for guarantee in at-least-once exactly-once; do
            tables+=("student_${mode}_${guarantee//-/_}")
            statements "$mode" "$guarantee" "${tables[-1]}" "$from"
        done
    done
} >"$state/statements.sql"
for table in "${tables[@]}"; do
    target_sql -c "${student/student/$table}" -c "INSERT INTO $table VALUES (1, 'old', 0, '0'), (5, 'old', 0, '0')"
done

sql_client "$state/statements.sql" >"$logs/sql-client.log" || die "a statement failed"
for table in "${tables[@]}"; do
    diff <(source_rows) <(target_sql -At -F $'\t' -P null=NULL -c "SELECT id, name, score, sex FROM $table ORDER BY id") ||
        die "$table differs from the source (source <, target >)"
    echo "$table: exact"
done

{ echo "$session" && statements batch at-least-once "${tables[0]}" "$changelog"; } >"$state/changelog-in-batch.sql"
! sql_client "$state/changelog-in-batch.sql" >"$logs/changelog-in-batch.log" || die "Flink reads a changelog in BATCH now: say so in docs/"
grep -q 'only possible for INSERT-only table sources' "$logs/changelog-in-batch.log" || die "Flink says something else of a changelog in BATCH"
await "no connection of the connector is left" 120 no_connection_is_left
