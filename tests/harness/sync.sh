# shellcheck shell=bash
# The job mysql-sync-database on a real cluster: MariaDB, PostgreSQL, Flink with a CDC source in lib/, and the comparison of
# both databases. Sourced by ./demo database and by tests.

# shellcheck source=cluster.sh
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"
# shellcheck source=source.sh
source "$(dirname "${BASH_SOURCE[0]}")/source.sh"
# shellcheck source=target.sh
source "$(dirname "${BASH_SOURCE[0]}")/target.sh"
# shellcheck source=versions.sh
source "$(dirname "${BASH_SOURCE[0]}")/versions.sh"

# add_cdc 1.18|1.20: puts that line's CDC source, and its driver where it comes without, into lib/ of the cluster to be started.
add_cdc() {
    case $1 in
        1.18) libraries+=("$("$harness/download" "com.ververica:flink-sql-connector-mysql-cdc:$mysql_cdc")") ;;
        1.20)
            libraries+=("$("$harness/download" "org.apache.flink:flink-sql-connector-mysql-cdc:$mysql_cdc_3")"
                "$("$harness/download" "com.mysql:mysql-connector-j:$mysql_driver")")
            ;;
    esac
}

# write_secrets: both passwords as files, which the job's flags name, so that no list of processes shows them.
write_secrets() {
    (umask 077 && printf '%s\n' "$sync_password" >"$state/source.password" && printf '%s\n' "$loader_password" >"$state/target.password")
}

# sync_command FLAG...: prints the words of the job's command line, one a line.
sync_command() {
    printf '%s\n' mysql-sync-database --database demo \
        --mysql-conf hostname=127.0.0.1 --mysql-conf "port=$source_port" \
        --mysql-conf "username=$sync_user" --mysql-conf "password=file:$state/source.password" \
        --sink-conf hostname=127.0.0.1 --sink-conf "port=$target_port" \
        --sink-conf "username=$loader_user" --sink-conf "password=file:$state/target.password" "$@"
}

# equal DATABASE SCHEMA SECONDS [OPTION...]: ends the script unless the schema has what the source's database has, in SECONDS.
equal() {
    compare "$1" "$2" --within "$3" "${@:4}" || die "the databases differ"
}

compare() {
    MYSQL_PWD=$source_password PGPASSWORD=$target_password "$harness/compare" \
        --source "$source_port" "$source_user" "$1" --target "$target_port" "$target_user" demo --schema "$2" "${@:3}"
}

# most_connections NAME...: the largest number that watch_connections NAME... saw.
most_connections() {
    local name
    for name; do cat "$logs/$name.log"; done | grep -E '^[0-9]+$' | sort -n | tail -n 1
}
