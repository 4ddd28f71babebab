# shellcheck shell=bash
# What the soak does to the definitions of its targets while jobs load them and other faults happen. Sourced by soak.sh.
#
# Promised of each change: the job goes on, or it ends for good with a reason that names its table. One that ended gets the
# definition back and goes on from its last checkpoint. The end of a change is a change too, and a commit may come to it late:
# a job that had staged rows under what was ended gets that again, and keeps it. Never is a value wrong, which soak.sh sees in
# the end.
# shellcheck disable=SC2154  # what soak.sh sets

changes=(add rename widen narrow shorten swap index trigger)
definitions=0 stops=()
declare -A last_change

# What the changes need of the server.
prepare_definitions() {
    # shellcheck disable=SC2016  # a $ of the server's
    target_sql -c 'CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$'
}

# statements CHANGE TABLE, and what undoes them. No value that is there is lost by any of them.
statements() {
    case $1 in
        add) echo "ALTER TABLE $2 ADD COLUMN extra int DEFAULT 7" ;;
        rename) echo "ALTER TABLE $2 RENAME COLUMN name TO old_name" ;;
        widen) echo "ALTER TABLE $2 ALTER COLUMN amount TYPE numeric(14,2)" ;;
        narrow) echo "ALTER TABLE $2 ALTER COLUMN amount TYPE numeric(9,2)" ;;
        shorten) echo "ALTER TABLE $2 ALTER COLUMN id TYPE int" ;;
        swap)
            echo "LOCK TABLE $2; CREATE TABLE other (LIKE $2 INCLUDING ALL); INSERT INTO other SELECT * FROM $2;
                ALTER TABLE $2 RENAME TO former; ALTER TABLE other RENAME TO $2; DROP TABLE former"
            ;;
        index) echo "CREATE INDEX an_index ON $2 (name)" ;;
        trigger) echo "CREATE TRIGGER a_trigger AFTER INSERT ON $2 FOR EACH ROW EXECUTE PROCEDURE nothing()" ;;
    esac
}
undoing() {
    case $1 in
        add) echo "ALTER TABLE $2 DROP COLUMN extra" ;;
        rename) echo "ALTER TABLE $2 RENAME COLUMN old_name TO name" ;;
        widen | narrow) echo "ALTER TABLE $2 ALTER COLUMN amount TYPE numeric(12,2)" ;;
        shorten) echo "ALTER TABLE $2 ALTER COLUMN id TYPE bigint" ;;
        swap) echo "SELECT 1" ;;
        index) echo "DROP INDEX an_index" ;;
        trigger) echo "DROP TRIGGER a_trigger ON $2" ;;
    esac
}

# In one transaction, as soon as it gets its locks.
define() { await "definition of $1" "$recovery" target_sql -o /dev/null -1 -c "SET lock_timeout = '10s'" -c "$2"; }

# Two checkpoints have completed since they were noted: the first may have been under way. Or the job has ended.
has_shown_itself() { (($(completed_checkpoints "$1") > completed[$1] + 1)) || has_ended "$1"; }

# What the job of KIND ended by, in the connector's words.
reason_of() { curl -sf "$rest/jobs/${job[$1]}/exceptions" | jq -r '.["root-exception"]' | grep 'PieCloudDBException.*: ' || :; }

# goes_on KIND WORDS: fails where the job ended for good; then it is noted why.
goes_on() {
    await "the job of $1 goes on or ends, after $2" "$recovery" has_shown_itself "$1"
    job_is "${job[$1]}" FAILED || return 0
    note_stop "$1" "$2"
    return 1
}
note_stop() {
    local kind=$1 reason
    reason=$(reason_of "$kind")
    [[ $reason == *"$(table "$kind")"* ]] || die "$kind ended after $2, and the reason names no table: '$reason'"
    stops+=("$2, $kind: $(head -n 1 <<<"$reason" | sed 's/.*PieCloudDBException[^:]*: //' | cut -c -200)")
}

# Of one of the tables, with or without another fault right after it.
change_definition() {
    local kind=${kinds[RANDOM % ${#kinds[@]}]} change=${changes[RANDOM % ${#changes[@]}]} other=$((RANDOM % 4)) stopped=false
    go_on_where_a_commit_was_late
    definitions=$((definitions + 1))
    last_change[$kind]=$change
    define "$kind" "$(statements "$change" "$(table "$kind")")"
    note_checkpoints
    case $other in
        0) kill_server ;;
        1) cut_connections ;;
    esac
    goes_on "$kind" "$change" || stopped=true
    define "$kind" "$(undoing "$change" "$(table "$kind")")"
    if [[ $stopped == true ]]; then
        go_on_from_checkpoint "$kind"
    else
        note_checkpoints
        goes_on "$kind" "the end of $change" || go_on_as_before_the_end "$kind"
    fi
}

# Where the reason is that rows are staged under the definition of the last change.
go_on_as_before_the_end() {
    [[ $(reason_of "$1") != *"change it back until the job has published"* ]] ||
        define "$1" "$(statements "${last_change[$1]}" "$(table "$1")")"
    go_on_from_checkpoint "$1"
}

# Of jobs that have ended since: a commit came late to the end of a change.
go_on_where_a_commit_was_late() {
    local kind
    for kind in "${kinds[@]}"; do
        [[ -n ${last_change[$kind]:-} ]] || continue
        job_is "${job[$kind]}" FAILED || continue
        note_stop "$kind" "the end of ${last_change[$kind]}, late"
        go_on_as_before_the_end "$kind"
    done
}

# The last checkpoint that the job of KIND, which has failed, left. What Flink's page tells of it may be seconds old.
last_checkpoint() { find "$state/checkpoints/${job[$1]}" -path '*/chk-*/_metadata' -printf '%h\n' | sort -V | tail -n 1; }

go_on_from_checkpoint() {
    submit "$1" -s "$(last_checkpoint "$1")"
    completed[$1]=0
    await "the job of $1 completes a checkpoint with its definition back" "$recovery" has_shown_itself "$1"
    no_job_has_failed
}
