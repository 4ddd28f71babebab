# shellcheck shell=bash
# shellcheck disable=SC2154  # what sync.sh sets
# A pipeline of Flink CDC on a real cluster: its command line from build/cdc (gradle cdcHome), with its MySQL source.
# Sourced by ./demo pipeline and by tests, behind sync.sh.

# add_pipeline_driver: puts what the source needs beside it into lib/ of the cluster to be started.
add_pipeline_driver() {
    libraries+=("$("$harness/download" "com.mysql:mysql-connector-j:$mysql_driver")")
}

# pipeline_yaml SCHEMA BEHAVIOR PARALLELISM [SINK-LINE...]: prints the pipeline from all tables of the source's database SCHEMA
# into a schema of the same name.
pipeline_yaml() {
    cat <<YAML
source:
  type: mysql
  hostname: 127.0.0.1
  port: $source_port
  username: $sync_user
  password: "$sync_password"
  tables: $1.\\.*
  server-id: 5401-5404
  server-time-zone: UTC
sink:
  type: pieclouddb
  hostname: 127.0.0.1
  port: $target_port
  username: $loader_user
  password: "$loader_password"
  database-name: demo
$(printf '  %s\n' "${@:4}")
pipeline:
  name: $1
  parallelism: $3
  schema.change.behavior: $2
YAML
}

# submit_pipeline FILE: as flink-cdc.sh does, which only its distribution has. Sets job.
submit_pipeline() {
    local home jars flink=$state/flink-of-pipelines
    # It reads the settings from there and from nowhere else.
    mkdir -p "$flink"
    ln -sfn "$FLINK_CONF_DIR" "$flink/conf"
    home=$(cd "$harness/../.." && pwd)/build/cdc
    jars=$("$harness/download" "org.apache.flink:flink-cdc-pipeline-connector-mysql:$cdc_pipeline")
    java -Djava.io.tmpdir="$state/tmp" -cp "$FLINK_LIB_DIR/*:$home/lib/*:$jars:$jar" \
        org.apache.flink.cdc.cli.CliFrontend "$1" --flink-home "$flink" >"$logs/submission.log" 2>&1 ||
        die "the pipeline was not accepted: $(tail -n 5 "$logs/submission.log")"
    # shellcheck disable=SC2034  # for those who source this
    job=$(jobs 'select(.state != "FINISHED" and .state != "CANCELED") | .jid')
}
