# shellcheck shell=bash
# The source's server of demo and tests: a private MariaDB with a binary log. Sourced; call `start_source` after `begin FOLDER`.

# shellcheck source=processes.sh
source "$(dirname "${BASH_SOURCE[0]}")/processes.sh"

# shellcheck disable=SC2034,SC2016  # for those who source this; a $ in a password is a $
source_port='' source_user=demo source_password=source-password sync_user=sync sync_password='sync: password $1'

# Returns when it answers. Sets source_port. The user may do everything.
start_source() {
    source_port=$(free_ports 1)
    PIE_MARIADB_USER=$source_user PIE_MARIADB_PASSWORD=$source_password \
        start source TERM "$harness/mariadb" "$state/source" "$source_port"
    await "the source answers" 180 source_sql -e 'SELECT 1'
}

source_sql() {
    MYSQL_PWD=$source_password mariadb --no-defaults --default-character-set=utf8mb4 -h 127.0.0.1 -P "$source_port" -u "$source_user" "$@"
}

# source_login DATABASE: the command that a person looks at it with.
source_login() {
    echo "MYSQL_PWD=$source_password mariadb --default-character-set=utf8mb4 -h 127.0.0.1 -P $source_port -u $source_user $1"
}

# run_in_source FILE NAME VALUE: the statements of FILE, with the number VALUE as @NAME.
run_in_source() { source_sql --init-command="SET @$2 = $3" <"$1"; }

# create_sync_user DATABASE...: whom the sync job logs in as, with the rights that docs/operations.md names and no more.
create_sync_user() {
    local host database
    for host in % localhost; do
        source_sql -e "CREATE USER '$sync_user'@'$host' IDENTIFIED BY '$sync_password';
            GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO '$sync_user'@'$host'"
        for database; do source_sql -e "GRANT SELECT ON \`$database\`.* TO '$sync_user'@'$host'"; done
    done
}
