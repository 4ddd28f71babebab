#!/usr/bin/env bash
# crash-matrix.sh [1.18|1.20|2.3] [WORDS]: the TaskManager is killed at the points of a checkpoint, each in a job of its own that stands
# still exactly there; its sources go no further than three of eight portions before the point is armed. BATCH jobs are held there
# from their start. Promised: with a new TaskManager the job ends by itself in 60 s with what docs/delivery.md has in the column
# "TaskManager killed"; afterwards no session, transaction, thread or temporary file is left, and of BATCH no table but the
# shared one of its user.
# A few of the points; with PIE_LONG=true all. With WORDS only those in whose line of the table they stand (BATCH: those of BATCH).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=../harness/cluster.sh
source tests/harness/cluster.sh
# shellcheck source=../harness/target.sh
source tests/harness/target.sh

line=${1:-1.18} wanted=${2:-}
main=com.pieclouddb.flink.it.CrashMatrixJob
recovery=60
cells=some
[[ ${PIE_LONG:-false} == false ]] || cells=all

begin "build/e2e/crash-matrix-$line"
build_connector jar jobJar nativeTesting
job_jar=$PWD/build/libs-test/jobs.jar
# The points are in the testing library only.
cp "$jar" "$state/connector.jar"
jar uf "$state/connector.jar" -C build/native-testing native
export PIECLOUDDB_FAILPOINTS=$state/failpoints
mkdir "$PIECLOUDDB_FAILPOINTS"
start_target
slots_of_taskmanager=2
start_cluster "$line" 'heartbeat.interval: 500' 'heartbeat.timeout: 5000'
tell() { java -cp "$job_jar:$state/connector.jar:$FLINK_HOME/lib/*" "$main" "$@" 2>>"$logs/tell.log"; }
tell "cells=$cells" | grep -F -- "$wanted" >"$state/cells"
tell "expected=$state"
for kind in append merge batch; do LC_ALL=C sort -z -o "$state/$kind.rows" "$state/$kind.rows"; done

# rows KIND: those of the table of a job of that kind.
rows() { target_sql -At -0 -P null=null -f "$state/$1.select" | LC_ALL=C sort -z; }
count_rows() { tr -cd '\0' | wc -c; }
has_rows() { [[ $(target_sql -At -c 'SELECT count(*) FROM t') -gt 0 ]]; }
was_hit() { [[ -e $PIECLOUDDB_FAILPOINTS/$1.hit ]]; }
job_has_ended() { [[ $(job_state "$job") =~ FINISHED|FAILED ]]; }
no_thread_is_left() { [[ $(connector_threads "$(process_id taskmanager)") == 0 ]]; }
transactions_query="SELECT (SELECT count(*) FROM pg_stat_activity WHERE xact_start IS NOT NULL AND pid <> pg_backend_pid() AND client_addr IS NOT NULL) + (SELECT count(*) FROM pg_prepared_xacts)"
# What exactly-once staged for an attempt that is gone is marked; nothing else may be staged.
staging_query="SELECT format('SELECT count(*) FROM %s;', oid::regclass) FROM pg_class WHERE relnamespace = to_regnamespace('pieclouddb_flink') AND relkind = 'r' AND relname LIKE 'stage\\_%' AND coalesce(obj_description(oid, 'pg_class'), '') NOT LIKE 'pieclouddb-flink: nobody%'"
nothing_is_staged() {
    local counts
    counts=$(target_sql -At -c "$staging_query" | target_sql -At)
    [[ ! $counts =~ [1-9] ]]
}
batch_tables_query="SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace('pieclouddb_flink') AND relkind = 'r' AND relname <> 'batches_$target_user'"
no_table_is_left() { [[ $(target_sql -At -c "$batch_tables_query") == 0 ]]; }
no_transaction_is_left() { [[ $(target_sql -At -c "$transactions_query") == 0 ]]; }

replace_taskmanager() {
    kill_hard taskmanager
    start_taskmanager taskmanager
}

aborted() { curl -sf "$rest/jobs/$job/checkpoints" | jq .counts.failed; }
has_aborted() { [[ $(aborted) -gt 0 ]]; }

# crash JOB GUARANTEE MODE MOMENT CHECKPOINT-TIMEOUT FAILPOINT PROMISE: one cell. Sets repeated and took.
crash() {
    local kind=$1 moment=$4 point=$6 promise=$7 from
    rm -f "$PIECLOUDDB_FAILPOINTS"/*
    target_sql -c 'DROP TABLE IF EXISTS t' -c 'DROP SCHEMA IF EXISTS pieclouddb_flink CASCADE' -f "$state/$kind.sql" 2>/dev/null
    echo 37 >"$state/limit"
    [[ $moment != START ]] || echo stall >"$PIECLOUDDB_FAILPOINTS/$point"
    "$FLINK_HOME/bin/flink" run -d -C "file://$state/connector.jar" -c "$main" "$job_jar" "job=$kind" "guarantee=$2" "mode=$3" "timeout=$5" \
        "limit=$state/limit" "port=$target_port" "user=$target_user" "password=$target_password" >"$logs/submission.log" 2>&1
    job=$(sed -n 's/^Job has been submitted with JobID //p' "$logs/submission.log")
    if [[ $moment != START ]]; then
        await "the job's first rows" 120 has_rows
        echo stall >"$PIECLOUDDB_FAILPOINTS/$point"
    fi
    [[ $moment != RESTORED ]] || replace_taskmanager
    echo 100 >"$state/limit"
    await "failpoint $point" 180 was_hit "$point"
    [[ $moment != ABORTED ]] || await "the checkpoint is given up" 120 has_aborted
    job_is "$job" RUNNING || die "the job was killed when it was $(job_state "$job")"
    kill_hard taskmanager
    rm "$PIECLOUDDB_FAILPOINTS/$point"
    start_taskmanager taskmanager
    from=$SECONDS
    await "the job ends" "$recovery" job_has_ended
    took=$((SECONDS - from))
    job_is "$job" FINISHED || die "the job ended $(job_state "$job"): $(curl -sf "$rest/jobs/$job/exceptions" | jq -r '.["root-exception"]' | head -n 5)"
    rows "$kind" >"$state/got.rows"
    repeated=0
    if [[ $promise == exact ]]; then
        cmp "$state/$kind.rows" "$state/got.rows" >&2 || die "the rows of $kind are not exact at $point"
    else
        uniq -z "$state/got.rows" >"$state/different.rows"
        cmp "$state/$kind.rows" "$state/different.rows" >&2 || die "rows of $kind were lost at $point"
        repeated=$(($(count_rows <"$state/got.rows") - $(count_rows <"$state/different.rows")))
    fi
    await "no thread of the connector is left" 120 no_thread_is_left
    await "no connection of the connector is left" 120 no_connection_is_left
    await "no transaction is left" 120 no_transaction_is_left
    [[ $kind != batch ]] || await "no table of the BATCH job is left" 120 no_table_is_left
    nothing_is_staged || die "rows stay staged at $point"
    [[ -z $(find "$state/tmp" -name '*pieclouddb*') ]] || die "temporary files are left: $(find "$state/tmp" -name '*pieclouddb*')"
}

results=()
while IFS=$'\t' read -r kind guarantee mode moment timeout point promise words; do
    crash "$kind" "$guarantee" "$mode" "$moment" "$timeout" "$point" "$promise"
    results+=("| $guarantee | $words | $mode | $promise, $took s, $repeated repeated |")
    echo "${results[-1]}"
done <"$state/cells"
((${#results[@]} > 0)) || die "there was no cell"
printf '%s\n' '| guarantee | crash point | load_mode | TaskManager killed |' '|---|---|---|---|' "${results[@]}"
