#!/usr/bin/env bash
# many-tables.sh [1.18|1.20|2.3]: one job, one sink, many tables; in the middle a TaskManager is killed, and then the server.
# The job cannot end before, and has rows on their way each time: its sources go no further than they are let.
# Promised: every row of every table is exact; the connections on the server never exceed parallelism × pool; afterwards
# no thread, connection, temporary file or table of the connector is left.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=../harness/cluster.sh
source tests/harness/cluster.sh
# shellcheck source=../harness/target.sh
source tests/harness/target.sh

line=${1:-1.18}
tables=120 changes=60000 keys=20000 parallelism=4 checkpoints=40 pool=3
main=com.pieclouddb.flink.it.ManyTablesJob
arguments=("tables=$tables" "changes=$changes" "keys=$keys" "parallelism=$parallelism" "checkpoints=$checkpoints" "pool=$pool"
    guarantee=at-least-once)

begin "build/e2e/many-tables-$line"
build_connector jar jobJar
job_jar=$PWD/build/libs-test/jobs.jar
start_target
# The job needs both TaskManagers: whichever is lost, it also ends its tasks in the one that lives on. That one is lost is
# noticed in seconds.
slots_of_taskmanager=$((parallelism / 2))
start_cluster "$line" 'heartbeat.interval: 1000' 'heartbeat.timeout: 10000'
start_taskmanager survivor
java -cp "$job_jar:$jar:$FLINK_HOME/lib/*" "$main" "${arguments[@]}" expected="$state" >"$logs/expected.log" 2>&1
LC_ALL=C sort -z -o "$state/expected.rows" "$state/expected.rows"
target_sql -1 -f "$state/create.sql"
await_taskmanagers 2

# Rows hold line ends, so each is ended by a zero byte.
rows() { target_sql -At -0 -P null=null -f "$state/select.sql" | LC_ALL=C sort -z; }
count_rows() { tr -cd '\0' | wc -c; }
all=$(count_rows <"$state/expected.rows")
# How many rows are what they will be in the end: as the job goes on, this only grows.
final_rows() { LC_ALL=C comm -z -12 "$state/expected.rows" <(rows) | count_rows; }
has_final_rows() { (($(final_rows) >= $1)); }
rows_are_on_their_way() { [[ $(target_sql -At -c "$connections_query AND state = 'active' AND query LIKE 'COPY%'") -gt 0 ]]; }
restarts() {
    local vertex
    vertex=$(curl -sf "$rest/jobs/$job" | jq -r '.vertices[0].id')
    curl -sf "$rest/jobs/$job/vertices/$vertex" | jq '[.subtasks[].attempt] | max'
}
more_restarts_than() { (($(restarts) > $1)); }
job_has_ended() { [[ $(job_state "$job") =~ FINISHED|FAILED ]]; }
no_thread_is_left() {
    [[ $(connector_threads "$(process_id survivor)") == 0 && $(connector_threads "$(process_id successor)") == 0 ]]
}

# up_to PERCENT: of their changes, the sources tell so many.
up_to() { echo "$1" >"$state/limit"; }

watch_connections connections-1
up_to 50
"$FLINK_HOME/bin/flink" run -d -C "file://$jar" -c "$main" "$job_jar" "${arguments[@]}" \
    port="$target_port" user="$target_user" password="$target_password" limit="$state/limit" >"$logs/submission.log" 2>&1
submitted=$SECONDS
job=$(jobs .jid)

# in_the_middle PERCENT: returns when so many rows are final and the job, which runs, is sending more.
in_the_middle() {
    await "$1 % of the rows are there" 180 has_final_rows $((all * $1 / 100))
    job_is "$job" RUNNING || die "the job does not run but is $(job_state "$job")"
    restarts_before=$(restarts)
    await "the server receives rows" 120 rows_are_on_their_way
}

in_the_middle 10
kill_hard taskmanager
at_first_kill=$(final_rows)
((at_first_kill < all)) || die "the TaskManager was killed after the end"
start_taskmanager successor
up_to 80
await "the job restarts without the TaskManager" 180 more_restarts_than "$restarts_before"
await "the job goes on in the other TaskManagers" 180 has_final_rows $((at_first_kill + all / 20))

[[ $(connector_threads "$(process_id survivor)") != 0 ]] || die "no thread named pieclouddb is seen, so their end proves nothing"
in_the_middle 30
kill_hard target
# It stays away until the job has noticed: else a writer that has just committed all it had might connect again unharmed.
await "the job restarts without the server" 180 more_restarts_than "$restarts_before"
run_target
at_second_kill=$(final_rows)
watch_connections connections-2
((at_first_kill < at_second_kill && at_second_kill < all)) ||
    die "the server was killed with $at_second_kill of $all final rows, after $at_first_kill at the first kill"
up_to 100
await "the job ends" 180 job_has_ended
job_is "$job" FINISHED || die "the job ended $(job_state "$job"): $(curl -sf "$rest/jobs/$job/exceptions" | jq -r '.["root-exception"]' | head -n 5)"
took=$((SECONDS - submitted))

rows >"$state/got.rows"
if ! cmp -s "$state/expected.rows" "$state/got.rows"; then
    LC_ALL=C comm -z -3 "$state/expected.rows" "$state/got.rows" | tr '\0' '\n' >"$state/differences"
    head -n 20 "$state/differences"
    die "the rows differ: see ${state#"$PWD"/}/differences (left what is missing, right what is too much)"
fi
await "no thread of the connector is left" 120 no_thread_is_left
await "no connection of the connector is left" 120 no_connection_is_left
[[ -z $(find "$state/tmp" -name '*pieclouddb*') ]] || die "temporary files are left: $(find "$state/tmp" -name '*pieclouddb*')"
# Temporary tables of sessions that died with the server are the server's to drop. The fence's table stays, one of the sink.
left=$(target_sql -At -c "SELECT count(*), count(*) FILTER (WHERE relname LIKE 'fence\_%' AND relnamespace::regnamespace::text = 'pieclouddb_flink') FROM pg_class WHERE relkind = 'r' AND relpersistence <> 't' AND oid >= 16384")
[[ $left == "$((tables + 1))|1" ]] || die "the server has $left tables and fences among them, made were $tables and one fence"
grep -hE '^[0-9]+$' "$logs"/connections-?.log >"$state/samples"
samples=$(wc -l <"$state/samples")
most=$(sort -n "$state/samples" | tail -n 1)
((most > 0 && most <= parallelism * pool)) || die "$most connections at a time, allowed are $((parallelism * pool))"
echo "$all rows in $tables tables exact after $took s; TaskManager killed at $at_first_kill, server at $at_second_kill final rows;" \
    "$(restarts) restarts; at most $most of $((parallelism * pool)) connections in $samples samples"
