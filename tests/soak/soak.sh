#!/usr/bin/env bash
# soak.sh [1.18|1.20] [MINUTES]: three jobs beside each other (merge at-least-once, merge exactly-once, append exactly-once),
# each with a random history at a steady rate, and mysql-sync-database from a MariaDB (source.sh), while something is killed
# every few seconds: the server, a TaskManager, connections; or the definition of a target or of a table of the source is
# changed. Promised: when the histories have ended, each table holds exactly what its history says, or its source has, and
# nothing of the connector is left that should not be.
#
# PIE_SEED repeats the histories and the order of faults of an earlier run; when a fault hits what, nobody can repeat.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=../harness/sync.sh
source tests/harness/sync.sh
# shellcheck source=left-over.sh
source tests/soak/left-over.sh
# shellcheck source=definitions.sh
source tests/soak/definitions.sh
# shellcheck source=source.sh
source tests/soak/source.sh

line=${1:-1.20} minutes=${2:-15} seed=${PIE_SEED:-$(date +%s)}
main=com.pieclouddb.flink.it.SoakJob
parallelism=2 keys=20000 per_second=1000 retention=30
# Mode and guarantee; the table is called so too.
kinds=(merge-at-least-once merge-exactly-once append-exactly-once)
# Longer than a fault and all that follows from it can take on a busy machine.
recovery=120

[[ $minutes =~ ^[1-9][0-9]*$ ]] || { echo "how many minutes? not '$minutes'" >&2 && exit 2; }
echo "soak: seed $seed, $minutes minutes, Flink $line"
# Only the main shell draws: a subshell's numbers would not follow from the seed.
RANDOM=$seed

begin "build/soak-$line"
build_connector jar jobJar
job_jar=$PWD/build/libs-test/jobs.jar
add_cdc "$line"
start_source
start_target
prepare_source
# Both TaskManagers are full: a lost one stops all until there is a new one. That it is lost is noticed in seconds.
# shellcheck disable=SC2034  # for cluster.sh
slots_of_taskmanager=$((parallelism * (${#kinds[@]} + 1) / 2))
# Where a job that has ended goes on: the checkpoint before is kept.
start_cluster "$line" 'heartbeat.interval: 1000' 'heartbeat.timeout: 10000' "state.checkpoints.dir: file://$state/checkpoints" \
    'execution.checkpointing.externalized-checkpoint-retention: RETAIN_ON_CANCELLATION'
start_taskmanager taskmanager-2
await_taskmanagers 2
taskmanagers=(taskmanager taskmanager-2) last_taskmanager=2

table() { echo "${1//-/_}"; }

# arguments KIND: the words that its job and its model are told, one a line.
arguments() {
    printf '%s\n' "mode=${1%%-*}" "guarantee=${1#*-}" "table=$(table "$1")" "seed=$((seed + ${#1}))" "start=$start" \
        "seconds=$((minutes * 60))" "per-second=$per_second" "keys=$keys" "parallelism=$parallelism"
}

# The histories do not depend on when they begin, so what they end in is known before.
start=0
for kind in "${kinds[@]}"; do
    mapfile -t words < <(arguments "$kind")
    java -cp "$job_jar:$jar:$FLINK_HOME/lib/*" "$main" "${words[@]}" expected="$state/$kind.unsorted" >"$logs/expected.log" 2>&1
    LC_ALL=C sort -z "$state/$kind.unsorted" >"$state/$kind.expected"
    rm "$state/$kind.unsorted"
    key=', PRIMARY KEY (id)'
    [[ $kind == merge-* ]] || key=''
    target_sql -c "CREATE TABLE $(table "$kind") (id bigint, name text, amount numeric(12,2), at timestamp$key)"
done

declare -A job completed
start=$(date +%s%3N) ends=$((SECONDS + minutes * 60))
# submit KIND OPTION...: options of `flink run`. Sets the job of KIND.
submit() {
    local kind=$1 words
    mapfile -t words < <(arguments "$kind")
    timeout 120 "$FLINK_HOME/bin/flink" run -d "${@:2}" -C "file://$jar" -c "$main" "$job_jar" "${words[@]}" \
        retention="$retention s" port="$target_port" user="$target_user" password="$target_password" >"$logs/submission-$kind.log" 2>&1
    job[$kind]=$(sed -n 's/^Job has been submitted with JobID //p' "$logs/submission-$kind.log")
}
for kind in "${kinds[@]}"; do submit "$kind"; done
submit_source
prepare_definitions

completed_checkpoints() { curl -sf "$rest/jobs/${job[$1]}/checkpoints" | jq .counts.completed; }
note_checkpoints() {
    local kind
    for kind in "${kinds[@]}" sync; do completed[$kind]=$(completed_checkpoints "$kind"); done
}
# Each job has completed a checkpoint since they were noted; one that has ended needs none, and is looked at then.
each_job_got_on() {
    local kind
    for kind in "${kinds[@]}" sync; do
        (($(completed_checkpoints "$kind") > completed[$kind])) || [[ $(job_state "${job[$kind]}") =~ FINISHED|FAILED ]] || return 1
    done
}
has_ended() { [[ $(job_state "${job[$1]}") =~ FINISHED|FAILED ]]; }
no_job_has_failed() {
    local kind
    for kind in "${kinds[@]}"; do
        ! job_is "${job[$kind]}" FAILED ||
            die "$kind failed for good: $(curl -sf "$rest/jobs/${job[$kind]}/exceptions" | jq -r '.["root-exception"]' | head -n 5)"
    done
}

pause() { sleep "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))"; }

server_kills=0 taskmanager_kills=0 cuts=0 cut_sessions=0

kill_server() {
    kill_hard target
    pause $((RANDOM % 2000))
    run_target
    server_kills=$((server_kills + 1))
}

kill_taskmanager() {
    local victim=$((RANDOM % 2))
    kill_hard "${taskmanagers[victim]}"
    pause $((RANDOM % 1000))
    last_taskmanager=$((last_taskmanager + 1))
    taskmanagers[victim]=taskmanager-$last_taskmanager
    start_taskmanager "${taskmanagers[victim]}"
    taskmanager_kills=$((taskmanager_kills + 1))
}

# Each session of the connector has one chance in two.
cut_connections() {
    local cut
    cut=$(target_sql -At -c "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE 'pieclouddb%' AND random() < 0.5")
    ((cut == 0)) || cuts=$((cuts + 1))
    cut_sessions=$((cut_sessions + cut))
}

note_checkpoints
await "each job completes its first checkpoint" $recovery each_job_got_on
while ((SECONDS < ends)); do
    note_checkpoints
    # Cutting is the most frequent, as it is in life.
    change_rows
    case $((RANDOM % 9)) in
        0) kill_server ;;
        1) kill_taskmanager ;;
        2 | 3) cut_connections ;;
        4 | 5 | 6) change_source ;;
        *) change_definition ;;
    esac
    # One fault in two hits what comes of the one before, the other a job that has got on.
    ((RANDOM % 2 == 0)) || await "each job completes a checkpoint after a fault" $recovery each_job_got_on
    go_on_where_a_commit_was_late
    no_job_has_failed
    go_on_with_source
    pause $((RANDOM % 5000))
done

for kind in "${kinds[@]}"; do
    await "the job of $kind ends" $((2 * recovery)) has_ended "$kind"
done
go_on_where_a_commit_was_late
for kind in "${kinds[@]}"; do
    await "the job of $kind ends" $((2 * recovery)) has_ended "$kind"
done
no_job_has_failed

rows=0
for kind in "${kinds[@]}"; do
    target_sql -At -0 -P null=null -c "SELECT id, name, amount, to_char(at, 'YYYY-MM-DD\"T\"HH24:MI:SS.US') FROM $(table "$kind")" |
        LC_ALL=C sort -z >"$state/$kind.rows"
    if ! cmp -s "$state/$kind.expected" "$state/$kind.rows"; then
        LC_ALL=C comm -z -3 "$state/$kind.expected" "$state/$kind.rows" | tr '\0' '\n' >"$state/$kind.differences"
        head -n 20 "$state/$kind.differences"
        die "the rows of $kind differ: see ${state#"$PWD"/}/$kind.differences (left what is missing, right what is too much)"
    fi
    rows=$((rows + $(tr -cd '\0' <"$state/$kind.rows" | wc -c)))
done
source_rests
note_checkpoints
cancel_job "${job[sync]}"
nothing_is_left

((${#stops[@]} == 0)) || printf 'soak: stopped by %s\n' "${stops[@]}"
echo "soak: $definitions definitions changed, ${#stops[@]} times a job ended by it and went on with its definition back"
echo "soak: $source_definitions definitions of the source changed in $source_rounds rounds of rows; $source_rows rows of $((${#source_tables[@]})) tables as there"
echo "soak: $server_kills times the server killed, $taskmanager_kills times a TaskManager, $cuts times connections cut ($cut_sessions of them);" \
    "$((3 * minutes * 60 * per_second)) changes, ${completed[*]} checkpoints, $rows rows exact in ${#kinds[@]} tables," \
    "$staging_tables staging tables within the retention (seed $seed)"
