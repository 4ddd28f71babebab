#!/usr/bin/env bash
# submissions.sh [1.18|1.20|2.3]: twenty jobs, one after another, in one running cluster, all through ADD JAR.
# Each job has a class loader of its own, which loads its own copy of the native library. Promised afterwards: every row
# arrived; the TaskManager has no thread, connection, temporary file or class loader left of them; metaspace stopped
# growing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=../harness/cluster.sh
source tests/harness/cluster.sh
# shellcheck source=../harness/target.sh
source tests/harness/target.sh

line=${1:-1.18}
jobs=20 rows=1000
# A session of the client costs seconds, and what is tested lives in the TaskManager: one session a job only at leisure.
jobs_per_session=5
[[ ${PIE_LONG:-false} == false ]] || jobs_per_session=1

begin "build/e2e/submissions-$line"
build_connector jar
start_target
# Flink keeps the code that it compiled for the last 300 queries, and by it their class loaders, by soft references:
# they say nothing about the connector, so they are not to outlive a collection here.
start_cluster "$line" 'env.java.opts.taskmanager: -XX:SoftRefLRUPolicyMSPerMB=0'
taskmanager=$(process_id taskmanager)
target_sql -c 'CREATE TABLE numbers (id int primary key, name text)'

# session FIRST LAST: submits these jobs through one SQL client, each after the one before has ended.
session() {
    local job
    {
        cat <<SQL
ADD JAR '$jar';
SET 'table.dml-sync' = 'true';
SET 'table.exec.sink.require-on-conflict' = 'false';
SET 'execution.checkpointing.interval' = '500ms';
CREATE TEMPORARY TABLE source_numbers (id INT) WITH
  ('connector'='datagen','number-of-rows'='$rows','fields.id.kind'='sequence','fields.id.start'='1','fields.id.end'='$rows');
CREATE TEMPORARY TABLE sink_numbers (id INT, name STRING, PRIMARY KEY(id) NOT ENFORCED) WITH
  ('connector'='pieclouddb','hostname'='127.0.0.1','port'='$target_port','username'='$target_user',
   'password'='$target_password','database-name'='demo','table-name'='numbers');
SQL
        for ((job = $1; job <= $2; job++)); do
            echo "INSERT INTO sink_numbers SELECT id + $((job * rows)), 'job $job' FROM source_numbers;"
        done
    } >"$state/session.sql"
    sql_client "$state/session.sql" >>"$logs/sql-client.log" || die "a job of session $1 to $2 failed"
}

ask() { jcmd "$taskmanager" "$@"; }
class_loaders() { ask GC.class_histogram | awk '$4 ~ /ChildFirstClassLoader$/ { n = $2 } END { print n + 0 }'; }
metaspace_kb() { ask GC.heap_info | sed -n 's/^ *Metaspace *used \([0-9]*\)K.*/\1/p'; }
temporary_files() { find "$state/tmp" -name '*pieclouddb*' | wc -l; }

# A collection is a request: class loaders go when their last references do.
few_class_loaders() {
    ask GC.run >/dev/null
    [[ $(class_loaders) -le 1 ]]
}
settle() {
    await "the class loaders of ended jobs are collected" 180 few_class_loaders
    await "no thread of the connector is left" 120 no_thread_is_left
    await "no connection of the connector is left" 120 no_connection_is_left
}
no_thread_is_left() { [[ $(connector_threads "$taskmanager") == 0 ]]; }

for ((first = 1; first <= jobs; first += jobs_per_session)); do
    session "$first" $((first + jobs_per_session - 1))
    if ((first + jobs_per_session - 1 == jobs / 2)); then
        settle
        halfway=$(metaspace_kb)
    fi
done
settle
end=$(metaspace_kb)

expected="$((jobs * rows))|$jobs|$((rows + 1))|$((rows + jobs * rows))"
got=$(target_sql -At -c 'SELECT count(*), count(DISTINCT name), min(id), max(id) FROM numbers')
[[ $got == "$expected" ]] || die "rows in the target: $got, expected $expected"
[[ $(temporary_files) == 0 ]] || die "temporary files are left: $(find "$state/tmp" -name '*pieclouddb*')"
seen=$(grep -c 'connection authorized.*application_name=pieclouddb' "$logs/target.log" || :)
((seen >= jobs)) || die "the server saw $seen connections named pieclouddb for $jobs jobs, so their end proves nothing"
((end - halfway < 4096)) || die "metaspace grew from $halfway KB after $((jobs / 2)) jobs to $end KB after $jobs"
echo "$jobs jobs: metaspace $halfway KB after $((jobs / 2)), $end KB after $jobs; class loaders left: $(class_loaders)"
echo "images of the native library that stay mapped: $(native_images "$taskmanager" | wc -l)"
