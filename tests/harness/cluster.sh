# shellcheck shell=bash
# A real standalone Flink cluster (one JobManager and one TaskManager process, or more) and its SQL client. Sourced;
# call `start_cluster LINE` or `start_application LINE JAR CLASS` after `begin FOLDER`.
#
# Promises: every port is free before and on loopback, all files are under the caller's folder, FLINK_HOME is not changed.
# What stands in `libraries` is in lib/ of the cluster and of its clients.

# shellcheck source=processes.sh
source "$(dirname "${BASH_SOURCE[0]}")/processes.sh"

rest='' jar='' slots_of_taskmanager=4 libraries=()

# start_cluster 1.18|1.20|2.3 [LINE...]: LINEs are added to the configuration. Returns when the TaskManager's slots
# (slots_of_taskmanager) are offered. Sets FLINK_HOME, FLINK_CONF_DIR, rest.
start_cluster() {
    configure "$@"
    start jobmanager TERM "$FLINK_HOME/bin/jobmanager.sh" start-foreground
    start_taskmanager taskmanager
    await_taskmanagers 1
}

# start_application LINE JAR CLASS [ARGUMENT...]: a cluster of its own for the one job that CLASS of JAR makes; its JobManager
# ends with the job. Returns at once. Sets the same.
start_application() {
    configure "$1"
    # Flink takes usrlib from beside lib.
    mkdir "$state/usrlib"
    ln -s "$2" "$state/usrlib"
    start jobmanager TERM "$FLINK_HOME/bin/standalone-job.sh" start-foreground --job-classname "$3" "${@:4}"
    start_taskmanager taskmanager
}

# configure LINE [LINE...]: all that comes before the processes of a cluster.
configure() {
    local rpc_port rest_port opens configuration=config.yaml
    # Flink 1.18 reads no other file, and Flink 2 no such one.
    [[ $1 != 1.* ]] || configuration=flink-conf.yaml
    FLINK_HOME=$("$harness/flink" "$1")
    export FLINK_HOME FLINK_CONF_DIR=$state/conf FLINK_LOG_DIR=$logs/flink FLINK_PID_DIR=$state/pids FLINK_IDENT_STRING=local
    unset HADOOP_CLASSPATH HADOOP_CONF_DIR YARN_CONF_DIR HBASE_CONF_DIR JVM_ARGS
    mkdir -p "$FLINK_CONF_DIR" "$FLINK_LOG_DIR" "$FLINK_PID_DIR" "$state/tmp"
    cp "$FLINK_HOME"/conf/{log4j*.properties,masters,workers} "$FLINK_CONF_DIR"
    export FLINK_LIB_DIR=$state/lib
    rm -rf "$FLINK_LIB_DIR"
    mkdir "$FLINK_LIB_DIR"
    ln -s "$FLINK_HOME"/lib/*.jar "${libraries[@]}" "$FLINK_LIB_DIR"
    read -r rpc_port rest_port < <(free_ports 2)
    rest=http://127.0.0.1:$rest_port
    # What Flink's own configuration opens of the JDK's modules; it does not run on Java 17 without. The second compiler and the
    # threads of G1 cost a cluster of minutes more than they save.
    opens=$(cat "$FLINK_HOME"/conf/*.yaml | grep -o -- '--add-.*')
    cat >"$FLINK_CONF_DIR/$configuration" <<CONF
jobmanager.rpc.address: 127.0.0.1
jobmanager.bind-host: 127.0.0.1
jobmanager.rpc.port: $rpc_port
jobmanager.memory.process.size: 1200m
rest.address: 127.0.0.1
rest.bind-address: 127.0.0.1
rest.port: $rest_port
taskmanager.host: 127.0.0.1
taskmanager.bind-host: 127.0.0.1
taskmanager.numberOfTaskSlots: $slots_of_taskmanager
taskmanager.memory.process.size: 2200m
taskmanager.memory.task.off-heap.size: 400m
cluster.registration.error-delay: 500
io.tmp.dirs: $state/tmp
env.java.opts.all: $opens -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Djava.io.tmpdir=$state/tmp -Dfile.encoding=UTF-8
CONF
    printf '%s\n' "${@:2}" >>"$FLINK_CONF_DIR/$configuration"
}

# start_taskmanager NAME: a TaskManager, the first or a further one, known as NAME to process_id and kill_hard.
start_taskmanager() { start "$1" TERM "$FLINK_HOME/bin/taskmanager.sh" start-foreground; }

# await_taskmanagers N: returns when N TaskManagers offer their slots.
await_taskmanagers() { await "the Flink cluster offers the task slots of $1" 180 slots_are_offered $(($1 * slots_of_taskmanager)); }

slots_are_offered() { [[ $(curl -sf "$rest/overview" | jq '.["slots-total"]') == "$1" ]]; }

# connector_threads ID: how many threads of the connector, Java's and its own, the process has now.
connector_threads() {
    { jcmd "$1" Thread.print | grep '^"pieclouddb' || :; cat /proc/"$1"/task/*/comm | grep '^pieclouddb' || :; } | wc -l
}

# What the process has mapped of the native library: one image for each file that was loaded, also when it is deleted by now.
native_images() { awk '/libpieclouddb/ { print $4, $5 }' /proc/"$1"/maps | sort -u; }

# sql_client FILE [SECONDS]: runs the statements of FILE as a user would; its words go to stdout. Fails if a statement
# failed (its words decide, not only its exit code) or if it takes longer than SECONDS.
sql_client() {
    local words
    words=$(timeout "${2:-300}" "$FLINK_HOME/bin/sql-client.sh" -hist "$state/sql-history" -f "$1" 2>&1 </dev/null) || { echo "$words"; return 1; }
    echo "$words"
    ! grep -q '\[ERROR\]' <<<"$words"
}

jobs() { curl -sf "$rest/jobs/overview" | jq -r ".jobs[] | $1"; }

job_state() { curl -sf "$rest/jobs/$1" | jq -r .state; }

job_is() { [[ $(job_state "$1") == "$2" ]]; }

# build_connector TASK...: builds the jar and what else the tasks of Gradle name, unless PIE_BUILT=true says that all of it is
# there. Sets jar.
build_connector() {
    [[ ${PIE_BUILT:-false} == true ]] || gradle --no-daemon -q "$@" >"$logs/build.log" 2>&1 || die "the connector could not be built"
    # shellcheck disable=SC2034  # for those who source this
    jar=$(cd "$harness/../.." && echo "$PWD"/build/libs/flink-sql-connector-pieclouddb-*.jar)
}

# cancel_job ID: returns when the job is canceled, every task of it ended.
cancel_job() {
    curl -sf -X PATCH "$rest/jobs/$1?mode=cancel" >/dev/null
    await "job $1 is canceled" 180 job_is "$1" CANCELED
}
