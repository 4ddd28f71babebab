#!/usr/bin/env bash
# deployments.sh [1.18|1.20|2.3]: each way to bring the jar to Flink. A session cluster with three jobs beside each other: by ADD JAR
# in the SQL client, by ADD JAR in a SQL gateway's session, and as a part of a job's jar that is uploaded and run over REST. A session
# cluster with the jar in lib/ and two jobs. Application mode, with a job's jar in usrlib.
# All jobs are held, by locks of their targets, until what they have loaded was counted. Promised: one image of the native library in
# the TaskManager for each class loader that has the connector, with several writers each, and none in any other process; exact rows;
# afterwards no thread, connection, temporary file or image is left, but the one that came with lib/ and ends with the process.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=../harness/cluster.sh
source tests/harness/cluster.sh
# shellcheck source=../harness/target.sh
source tests/harness/target.sh

line=${1:-1.18} rows=2000 tables=3
# Soft references of Flink's own caches would outlive a job, and with them its class loader.
export FLINK_ENV_JAVA_OPTS_TM=-XX:SoftRefLRUPolicyMSPerMB=0
main=com.pieclouddb.flink.it.ManyTablesJob

begin "build/e2e/deployments-$line"
build_connector jar jobJar
jobs_alone=$PWD/build/libs-test/jobs.jar
# As a user's build packs it: the job with all that Flink does not have.
mkdir "$state/classes"
(cd "$state/classes" && jar xf "$jobs_alone")
cp "$jar" "$state/job.jar"
jar uf "$state/job.jar" -C "$state/classes" com
start_target
arguments=("tables=$tables" changes=3000 keys=1000 parallelism=2 checkpoints=4 pool=2 guarantee=at-least-once "limit=$state/limit"
    "port=$target_port" "user=$target_user" "password=$target_password")
echo 100 >"$state/limit"
java -cp "$state/job.jar:$("tests/harness/flink" "$line")/lib/*" "$main" "${arguments[@]}" expected="$state" >"$logs/expected.log" 2>&1
LC_ALL=C sort -z -o "$state/expected.rows" "$state/expected.rows"

# new_tables NAME...: those of the job's jar, and one of numbers for each NAME.
new_tables() {
    local name
    target_sql -c 'SET client_min_messages = warning' -c 'DROP SCHEMA public CASCADE' -c 'CREATE SCHEMA public'
    target_sql -1 -f "$state/create.sql"
    for name; do target_sql -c "CREATE TABLE $name (id int PRIMARY KEY, name text)"; done
}

# hold: nobody writes into any table until let_go.
hold() {
    local names
    names=$(target_sql -At -c "SELECT string_agg(oid::regclass::text, ', ') FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
    printf '%s\n' "SET application_name = 'holder';" 'BEGIN;' "LOCK TABLE $names IN EXCLUSIVE MODE;" 'SELECT pg_sleep(3600);' >"$state/hold.sql"
    PGPASSWORD=$target_password start holder TERM psql -X -h 127.0.0.1 -p "$target_port" -U "$target_user" -d demo -f "$state/hold.sql"
    await "the tables are locked" 60 is_held
}
is_held() { [[ $(target_sql -At -c "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'holder' AND wait_event = 'PgSleep'") == 1 ]]; }
let_go() {
    target_sql -At -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'holder'" >/dev/null
    stop holder
}
held_writers() {
    target_sql -At -c "SELECT count(DISTINCT substring(application_name FROM '^pieclouddb-flink-[^-]*-[0-9]+')) FROM pg_stat_activity WHERE application_name LIKE 'pieclouddb%' AND wait_event_type = 'Lock'"
}
# All of them, two for each job.
hold_writers() { [[ $(held_writers) == "$1" ]]; }

# statements NAME: a job that loads numbers into the table NAME, each statement in a line of its own.
statements() {
    cat <<SQL
SET 'parallelism.default' = '2';
SET 'table.exec.sink.require-on-conflict' = 'false';
SET 'execution.checkpointing.interval' = '500ms';
CREATE TEMPORARY TABLE source_numbers (id INT) WITH ('connector'='datagen','number-of-rows'='$rows','fields.id.kind'='sequence','fields.id.start'='1','fields.id.end'='$rows');
CREATE TEMPORARY TABLE $1 (id INT, name STRING, PRIMARY KEY(id) NOT ENFORCED) WITH ('connector'='pieclouddb','hostname'='127.0.0.1','port'='$target_port','username'='$target_user','password'='$target_password','database-name'='demo','table-name'='$1');
INSERT INTO $1 SELECT id, CONCAT('$1 ', CAST(id AS STRING)) FROM source_numbers;
SQL
}

# by_client NAME [STATEMENT]
by_client() {
    { printf '%s\n' "${@:2}" && statements "$1"; } >"$state/$1.sql"
    sql_client "$state/$1.sql" >"$logs/$1.log" || die "the SQL client could not submit $1"
}

# by_gateway NAME: a statement after the other in one session, over REST.
by_gateway() {
    local port url session statement operation
    port=$(free_ports 1)
    url=http://127.0.0.1:$port/v1/sessions
    start gateway TERM "$FLINK_HOME/bin/sql-gateway.sh" start-foreground -Dsql-gateway.endpoint.rest.address=127.0.0.1 \
        -Dsql-gateway.endpoint.rest.bind-address=127.0.0.1 -Dsql-gateway.endpoint.rest.port="$port"
    await "the SQL gateway answers" 180 curl -sf "http://127.0.0.1:$port/v1/info"
    session=$(curl -sf -X POST "$url" -d '{}' | jq -r .sessionHandle)
    while IFS= read -r statement; do
        operation=$(jq -n --arg text "${statement%;}" '{statement: $text}' |
            curl -sf -X POST "$url/$session/statements" -d @- | jq -r .operationHandle)
        operation=$url/$session/operations/$operation
        await "the SQL gateway is done with: ${statement:0:60}" 180 has_ended "$operation"
        [[ $(status_of "$operation") == FINISHED ]] || die "the SQL gateway failed: $(curl -s "$operation/result/0")"
    done < <(echo "ADD JAR '$jar';" && statements "$1")
}
status_of() { curl -sf "$1/status" | jq -r .status; }
has_ended() { [[ $(status_of "$1") =~ FINISHED|ERROR ]]; }

# by_rest: uploads the job's jar, and runs it.
by_rest() {
    local id
    id=$(curl -sf -X POST -F "jarfile=@$state/job.jar;type=application/x-java-archive" "$rest/jars/upload" | jq -r '.filename | sub(".*/"; "")')
    jq -n --arg main "$main" '{entryClass: $main, programArgsList: $ARGS.positional}' --args "${arguments[@]}" |
        curl -sf -X POST -H 'Content-Type: application/json' -d @- "$rest/jars/$id/run" >"$logs/run.log" || die "the uploaded jar was not run: $id"
}

# images PROCESS EXPECTED
images() {
    local count
    count=$(native_images "$(process_id "$1")" | wc -l)
    [[ $count == "$2" ]] || die "$1 has $count images of the native library, expected $2"
}
has_images() { jcmd "$1" GC.run && [[ $(native_images "$1" | wc -l) == "$2" ]]; }
no_thread_is_left() { [[ $(connector_threads "$(process_id taskmanager)") == 0 ]]; }
all_have_ended() { [[ $(jobs .state | sort -u) == FINISHED ]]; }
has_gone() { [[ -z $(start_time "$(process_id "$1")") ]]; }

# exact NAME...: the tables of the job's jar, and those of numbers.
exact() {
    local name left
    target_sql -At -0 -P null=null -f "$state/select.sql" | LC_ALL=C sort -z >"$state/got.rows"
    cmp "$state/expected.rows" "$state/got.rows" >&2 || die "the rows of the job's jar are not exact"
    for name; do
        left="SELECT g, '$name ' || g FROM generate_series(1, $rows) g"
        [[ $(target_sql -At -c "SELECT count(*), (SELECT count(*) FROM ($left EXCEPT TABLE $name) missing) FROM $name") == "$rows|0" ]] ||
            die "$name is not exact"
    done
}

# settled IMAGES: so many are left in the TaskManager, and nothing else.
settled() {
    await "$1 images of the native library are left" 180 has_images "$(process_id taskmanager)" "$1"
    await "no thread of the connector is left" 120 no_thread_is_left
    await "no connection of the connector is left" 120 no_connection_is_left
    [[ -z $(find "$state/tmp" -name '*pieclouddb*') ]] || die "temporary files are left: $(find "$state/tmp" -name '*pieclouddb*')"
}

slots_of_taskmanager=6
start_cluster "$line"
new_tables of_client of_gateway
hold
by_client of_client "ADD JAR '$jar';"
by_gateway of_gateway
by_rest
await "three jobs write" 180 hold_writers 6
images taskmanager 3
images jobmanager 0
images gateway 0
let_go
await "three jobs end" 180 all_have_ended
exact of_client of_gateway
settled 0
echo "session cluster: three jobs, three images, none left"
stop gateway
stop taskmanager
stop jobmanager

libraries=("$jar")
start_cluster "$line"
new_tables of_client
hold
by_client of_client
"$FLINK_HOME/bin/flink" run -d -c "$main" "$jobs_alone" "${arguments[@]}" >"$logs/submission.log" 2>&1 || die "the job was not accepted"
await "two jobs write" 180 hold_writers 4
images taskmanager 1
images jobmanager 0
let_go
await "two jobs end" 180 all_have_ended
exact of_client
settled 1
echo "lib/: two jobs, one image"
stop taskmanager
stop jobmanager

libraries=()
new_tables
hold
start_application "$line" "$state/job.jar" "$main" "${arguments[@]}"
await "the application writes" 180 hold_writers 2
images taskmanager 1
images jobmanager 0
let_go
await "the JobManager ends with its application" 180 has_gone jobmanager
exact
settled 0
echo "application mode: one image, none left"
