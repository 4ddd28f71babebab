#!/usr/bin/env bash
# errors.sh [1.18|1.20|2.3]: what a user of the SQL client sees of a mistake. Promised: one message that names the option,
# table or column, a job that ends instead of restarting for ever, and the password in no log, exception or plan.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=../harness/cluster.sh
source tests/harness/cluster.sh
# shellcheck source=../harness/target.sh
source tests/harness/target.sh

line=${1:-1.18}
secret=never-to-be-seen-7261

begin "build/e2e/errors-$line"
build_connector jar
start_target
start_cluster "$line"
target_sql -c 'CREATE TABLE student (id int primary key, name text)' \
    -c "CREATE ROLE student_writer LOGIN PASSWORD '$secret'" -c 'GRANT ALL ON student TO student_writer'

# mistake NAME EXPECTED COLUMNS ROW OPTION...: a job that writes ROW into a sink with these options; EXPECTED is a
# regular expression that the client's message must match. A restart is allowed, so that a job that restarts for ever is seen.
mistake() {
    local name=$1 expected=$2 columns=$3 row=$4 options="'connector'='pieclouddb'" option words
    shift 4
    for option in hostname=127.0.0.1 port="$target_port" username=student_writer password="$secret" \
        database-name=demo table-name=student "$@"; do
        given["${option%%=*}"]=${option#*=}
    done
    for option in "${!given[@]}"; do options+=",'$option'='${given[$option]}'"; done
    given=()
    cat >"$state/mistake.sql" <<SQL
ADD JAR '$jar';
SET 'table.dml-sync' = 'true';
SET 'table.exec.sink.require-on-conflict' = 'false';
SET 'restart-strategy' = 'fixed-delay';
SET 'restart-strategy.type' = 'fixed-delay';
SET 'restart-strategy.fixed-delay.attempts' = '1000';
SET 'restart-strategy.fixed-delay.delay' = '1s';
CREATE TEMPORARY TABLE sink_student ($columns) WITH ($options);
INSERT INTO sink_student VALUES ($row);
SQL
    if words=$(sql_client "$state/mistake.sql" 180); then
        die "$name: no error was shown"
    fi
    echo "$words" >"$state/words.$name"
    # From the error on: the statements that the client repeats hold the password, as the user wrote it.
    words=$(sed -n '/\[ERROR\]/,$p' <<<"$words" | sed 's/\x1b\[[0-9;]*m//g')
    grep -qE "$expected" <<<"$words" || die "$name: the client says: $words"
    echo "$name: $(grep -E "$expected" <<<"$words" | head -n 1)"
    ! grep -q "$secret" <<<"$words" || die "$name: the client's message shows the password"
}
declare -A given=()

keyed='id INT, name STRING, PRIMARY KEY(id) NOT ENFORCED' row="1, 'student1'"
mistake wrong-password 'password.*student_writer|student_writer.*password' "$keyed" "$row" password="$secret-wrong"
mistake unknown-database 'no_such_database' "$keyed" "$row" database-name=no_such_database
mistake missing-table 'no_such_table' "$keyed" "$row" table-name=no_such_table
mistake missing-column '"nickname"' 'id INT, nickname STRING, PRIMARY KEY(id) NOT ENFORCED' "$row"
mistake type-mismatch '"name".*INT' 'id INT, name INT, PRIMARY KEY(id) NOT ENFORCED' '1, 1'
mistake unknown-option 'tabel-name' "$keyed" "$row" tabel-name=student
mistake merge-without-key "'load_mode'.*PRIMARY KEY" 'id INT, name STRING' "$row" load_mode=merge

# Nothing of the password where others read: logs of every process, and what the web page shows of the jobs.
for job in $(jobs .jid); do
    for page in "" /plan /config /exceptions; do curl -sf "$rest/jobs/$job$page"; done
done >"$state/web-pages.json"
[[ -s $state/web-pages.json ]] || die "no job reached the cluster, so nothing was proven about the web page"
seen=$(grep -rl "$secret" "$logs" "$state/web-pages.json" || :)
[[ -z $seen ]] || die "the password is in $seen"
jobs .state | sort | uniq -c
! jobs .state | grep -qv FAILED || die "a job with a mistake did not end"
