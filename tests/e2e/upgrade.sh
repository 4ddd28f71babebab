#!/usr/bin/env bash
# upgrade.sh [1.18|1.20] [GUARANTEE] [direct]: a job of many tables, exactly-once unless told otherwise, is stopped with a
# savepoint and goes on in a cluster of Flink 2.3, from 1.18 by way of 1.20 unless it is to go there directly: Flink 2 does
# not read what the committer of 1.18 has finished (docs/flink-versions.md), and at-least-once has no committer. It cannot
# end before, and has rows on their way when it is stopped: its sources go no further than their part of the way.
# Promised: each newer Flink restores what the older one left, and in the end every row of every table is exact.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=../harness/cluster.sh
source tests/harness/cluster.sh
# shellcheck source=../harness/target.sh
source tests/harness/target.sh

lines=("${1:-1.18}" 2.3) guarantee=${2:-exactly-once} way=${3:-}
[[ ${lines[0]}$way != 1.18 ]] || lines=(1.18 1.20 2.3)
main=com.pieclouddb.flink.it.ManyTablesJob
arguments=(tables=20 changes=40000 keys=10000 parallelism=2 checkpoints=20 pool=2 guarantee="$guarantee")

begin "build/e2e/upgrade-${lines[0]}-$guarantee${way:+-$way}"
build_connector jar jobJar
job_jar=$PWD/build/libs-test/jobs.jar
start_target
start_cluster "${lines[0]}"
java -cp "$job_jar:$jar:$FLINK_HOME/lib/*" "$main" "${arguments[@]}" expected="$state" >"$logs/expected.log" 2>&1
LC_ALL=C sort -z -o "$state/expected.rows" "$state/expected.rows"
target_sql -1 -f "$state/create.sql"

# submit OPTION...: options of `flink run`. Sets job.
submit() {
    "$FLINK_HOME/bin/flink" run -d "$@" -C "file://$jar" -c "$main" "$job_jar" "${arguments[@]}" \
        port="$target_port" user="$target_user" password="$target_password" limit="$state/limit" >"$logs/submission.log" 2>&1 ||
        die "the job was not accepted: $(tail -n 5 "$logs/submission.log")"
    job=$(jobs .jid)
}
rows() { target_sql -At -0 -P null=null -f "$state/select.sql" | LC_ALL=C sort -z; }
rows_are_others() { [[ $(rows | cksum) != "$1" ]]; }
rows_are_exact() { cmp -s "$state/expected.rows" <(rows); }

savepoint=()
for step in "${!lines[@]}"; do
    line=${lines[step]}
    echo "-- Flink $line, $guarantee"
    ((step == 0)) || start_cluster "$line"
    echo $((100 * (step + 1) / ${#lines[@]})) >"$state/limit"
    before=$(rows | cksum)
    submit "${savepoint[@]}"
    ((step + 1 < ${#lines[@]})) || break
    await "rows are published" 180 rows_are_others "$before"
    "$FLINK_HOME/bin/flink" stop -p "$state/savepoints" "$job" >"$logs/stop.log" 2>&1 || die "the job did not stop"
    savepoint=(-s "$(sed -n 's/.*Savepoint completed. Path: //p' "$logs/stop.log")")
    ! rows_are_exact || die "a part of the changes makes all rows"
    kill_hard taskmanager
    kill_hard jobmanager
done
await "the job has ended" 300 job_is "$job" FINISHED
rows_are_exact || die "the tables are not exact"
await "no connection of the connector is left" 120 no_connection_is_left
