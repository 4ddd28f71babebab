# shellcheck shell=bash
# shellcheck disable=SC2154  # what ./demo sets
# The part of ./demo that syncs a whole database; sourced by it.

begin build/demo-database
checkpoint_seconds=3 parallelism=2

say "checking what this machine has"
tests/harness/install

say "building the connector (gradle jar)"
build_connector jar
add_cdc 1.18

say "starting MariaDB (source), PostgreSQL 17 (target) and Flink $flink_1_18"
start_source
start_target
start_cluster 1.18 "execution.checkpointing.interval: ${checkpoint_seconds}s"
echo "source 127.0.0.1:$source_port, target 127.0.0.1:$target_port, Flink $rest"

say "making the shop: tables with keys, types and names of all kinds, and their rows"
source_sql <tests/shop/tables.sql
run_in_source tests/shop/rows.sql orders 40000
create_sync_user shop
create_loader public
write_secrets
watch_connections connections

say "submitting the job"
mapfile -t words < <(sync_command --mysql-conf database-name=shop --excluding-tables 'tmp_.*')
echo "\$ flink run -d -p $parallelism ${jar##*/} ${words[*]}"
submitted=$SECONDS
"$FLINK_HOME/bin/flink" run -d -p "$parallelism" "$jar" "${words[@]}" 2>&1 | tee "$logs/submission.log" || die "the job was not accepted"
job=$(jobs .jid)
await "the job runs" 60 job_is "$job" RUNNING
equal shop public 120 --excluding 'tmp_.*'
echo "        $((SECONDS - submitted)) s after the submission"

# A new table that the source sees before it follows the log would be passed over: the log is followed when it tells this.
source_sql shop -e "INSERT INTO settings VALUES ('the log', 'is followed')"
equal shop public 60 --excluding 'tmp_.*'

for round in 1 2 3; do
    say "working in the shop while the job runs, round $round: many rows, keys that change, table \`New.$round\`"
    from=${EPOCHREALTIME/./}
    run_in_source tests/shop/changes.sql round "$round"
    equal shop public 60 --excluding 'tmp_.*'
    printf '        after %d ms\n' $(((${EPOCHREALTIME/./} - from) / 1000))
done
job_is "$job" RUNNING || die "the job does not run but is $(job_state "$job")"
memory=$(awk '/^VmHWM/ { print int($2 / 1024) }' "/proc/$(process_id taskmanager)/status")

if [[ $keep == true ]]; then
    where_to_look "$(source_login shop)"
    return
fi

say "cancelling the job"
cancel_job "$job"
await "no connection of the connector is left" 10 no_connection_is_left

say "comparing every table row by row, once more"
compare shop public --excluding 'tmp_.*' || die "the databases differ"
most=$(most_connections connections)
echo "connections to the target: at most $most; memory of the TaskManager, all in all: at most $memory MB; seconds: $((SECONDS - began))"
