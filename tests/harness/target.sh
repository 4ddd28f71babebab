# shellcheck shell=bash
# The sink's server of demo and tests: an embedded PostgreSQL (17, or the line that PIE_PG names) with a database `demo` and
# password log-in. Sourced; call `start_target` after `begin FOLDER`.

# shellcheck source=processes.sh
source "$(dirname "${BASH_SOURCE[0]}")/processes.sh"

# shellcheck disable=SC2034,SC2016  # for those who source this; a $ in a password is a $
target_port='' target_user=postgres target_password=target-password loader_user=loader loader_password='loader: password $2'

# Returns when it answers. Sets target_port.
start_target() {
    target_port=$(free_ports 1)
    run_target
    target_sql -d postgres -c 'CREATE DATABASE demo'
}

# On its data and port: also after kill_hard target. Returns when it answers.
run_target() {
    PIE_PG_AUTH=scram PIE_PG_PASSWORD=$target_password start target INT \
        "$harness/postgres" "${PIE_PG:-17}" "$state/target" "$target_port" -c log_connections=on
    await "the target answers" 180 target_sql -d postgres -c 'SELECT 1'
}

# create_loader SCHEMA...: whom a job logs in as, with the rights on database and schemas that docs/operations.md names for a
# job that creates its tables, and no more.
create_loader() {
    local schema
    target_sql -c "CREATE ROLE $loader_user LOGIN PASSWORD '$loader_password'" \
        -c 'REVOKE ALL ON DATABASE demo FROM PUBLIC' -c 'REVOKE ALL ON SCHEMA public FROM PUBLIC' \
        -c "GRANT CONNECT, TEMPORARY ON DATABASE demo TO $loader_user"
    for schema; do target_sql -c "GRANT USAGE, CREATE ON SCHEMA $schema TO $loader_user"; done
}

target_sql() {
    PGPASSWORD=$target_password psql -X -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$target_port" -U "$target_user" -d demo "$@"
}

# The connector's connections that the server has now.
connections_query="SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'pieclouddb%'"
connections() { target_sql -At -c "$connections_query"; }

# watch_connections NAME: asks for them ten times a second, as long as the server is there; each answer is a line of logs/NAME.log.
watch_connections() {
    printf '%s\n\\watch 0.1\n' "$connections_query" >"$state/$1.sql"
    PGPASSWORD=$target_password start "$1" TERM \
        psql -X -q -At -h 127.0.0.1 -p "$target_port" -U "$target_user" -d demo -f "$state/$1.sql"
}

no_connection_is_left() { [[ $(connections) == 0 ]]; }
