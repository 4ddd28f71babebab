# shellcheck shell=bash
# What the soak's jobs may leave behind when they have ended, and nothing else. Sourced by soak.sh.
# shellcheck disable=SC2154  # what soak.sh sets

staging_tables=0

# Counts staging_tables. Ends the script, with what it is, if there is a session, thread, file, prepared transaction, lock or table too much.
nothing_is_left() {
    local kind left began sink
    await "no connection of the connector is left" 120 no_connection_is_left
    await "no thread of the connector is left" 120 no_thread_is_left
    [[ -z $(find "$state/tmp" -name '*pieclouddb*') ]] || die "temporary files are left: $(find "$state/tmp" -name '*pieclouddb*')"
    [[ $(target_sql -At -c 'SELECT count(*) FROM pg_prepared_xacts') == 0 ]] || die "a prepared transaction is left"
    [[ $(target_sql -At -c "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 0 ]] || die "a merge's lock is left"
    # By job: a fence, with exactly-once a ledger, and staging tables.
    left=$(target_sql -At -c "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relpersistence <> 't' AND oid >= 16384
        AND relname !~ '^(fence|ledger|stage)_' AND relnamespace <> 'churn'::regnamespace AND relname NOT IN ($(printf "'%s', " "${kinds[@]//-/_}")'')")
    [[ $left == 0 ]] || die "$left tables are left that nobody knows"
    left=$(target_sql -At -c "SELECT count(*) FILTER (WHERE relname ~ '^fence_'), count(*) FILTER (WHERE relname ~ '^ledger_')
        FROM pg_class WHERE relkind = 'r' AND relnamespace = 'pieclouddb_flink'::regnamespace")
    [[ $left == '4|2' ]] || die "fences and ledgers that are left: $left, not one of each sink"
    # Which job a sink is of, its name does not tell: the earliest of all jobs' last beginnings holds for each.
    began=$(for kind in "${kinds[@]}"; do last_beginning "${job[$kind]}"; done | sort -n | head -n 1)
    for sink in $(target_sql -At -c "SELECT substr(relname, 8) FROM pg_class WHERE relname ~ '^ledger_' AND relkind = 'r'"); do
        staging_is_tidy "$began" "$sink"
    done
}

no_thread_is_left() {
    local name
    for name in "${taskmanagers[@]}"; do
        [[ $(connector_threads "$(process_id "$name")") == 0 ]] || return 1
    done
}

# Of the attempts that ended well, empty tables. Of earlier ones, those with rows that were not yet beyond the retention when
# the last attempt cleaned up, which was after it began.
staging_is_tidy() {
    local began=$1 sink=$2 living name since rows
    living=$(target_sql -At -c "SELECT token FROM pieclouddb_flink.fence_$sink")
    while IFS='|' read -r name since; do
        rows=$(target_sql -At -c "SELECT count(*) FROM pieclouddb_flink.$name")
        # stage_<sink>_<16 digits of the attempt>
        if grep -q -x -F "${name:39:16}" <<<"$living"; then
            [[ $rows == 0 ]] || die "$name of the last attempt holds $rows rows that nobody published"
        else
            [[ $rows != 0 && -n $since ]] || die "$name of an earlier attempt is left, with $rows rows, nobody's since '$since'"
            ((since >= began - retention)) || die "$name was nobody's $((began - since)) s before the last attempt began"
        fi
        staging_tables=$((staging_tables + 1))
    done < <(target_sql -At -c "SELECT relname, substring(obj_description(oid, 'pg_class') FROM '^pieclouddb-flink: nobody''s since ([0-9]+)$')
        FROM pg_class WHERE relname ~ '^stage_${sink}_' AND relkind = 'r'")
}

# When the last attempt of a job began, in seconds since 1970.
last_beginning() { curl -sf "$rest/jobs/$1" | jq '[.vertices[]."start-time"] | min / 1000 | floor'; }
