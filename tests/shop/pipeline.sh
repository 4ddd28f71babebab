# shellcheck shell=bash
# shellcheck disable=SC2154  # what ./demo sets
# The part of ./demo that runs a pipeline of Flink CDC; sourced by it.

# shellcheck source=../harness/pipeline.sh
source tests/harness/pipeline.sh

begin build/demo-pipeline
checkpoint_seconds=3 parallelism=2

say "checking what this machine has"
tests/harness/install

say "building the connector (gradle jar), and laying out Flink CDC $cdc_pipeline"
build_connector jar cdcHome
add_pipeline_driver

say "starting MariaDB (source), PostgreSQL 17 (target) and Flink $flink_1_18"
start_source
start_target
start_cluster 1.18 "execution.checkpointing.interval: ${checkpoint_seconds}s"
echo "source 127.0.0.1:$source_port, target 127.0.0.1:$target_port, Flink $rest"

say "making the school: three tables and their rows"
source_sql <tests/shop/school.sql
create_sync_user school
create_loader public
target_sql -c "GRANT CREATE ON DATABASE demo TO $loader_user"

say "submitting the pipeline"
(umask 077 && pipeline_yaml school evolve "$parallelism" 'sink.delivery-guarantee: exactly-once' >"$state/school.yaml")
sed 's/password: .*/password: .../' "$state/school.yaml"
submitted=$SECONDS
submit_pipeline "$state/school.yaml"
await "the job runs" 60 job_is "$job" RUNNING
equal school school 120
echo "        $((SECONDS - submitted)) s after the submission"

# change STATEMENT: makes one change in the source and waits until the target has it.
change() {
    local from=${EPOCHREALTIME/./}
    echo "source> $1"
    source_sql school -e "$1"
    equal school school 60
    printf '        the target has it after %d ms\n' $(((${EPOCHREALTIME/./} - from) / 1000))
}

say "changing tables and rows of the source while the pipeline runs"
change "UPDATE student SET score = 101 WHERE id % 1000 = 0"
change "ALTER TABLE student ADD COLUMN house VARCHAR(20) DEFAULT 'none'"
change "INSERT INTO student VALUES (20001, 'late 🎓', NULL, NULL, NULL, 'north')"
change "ALTER TABLE mark MODIFY points BIGINT"
change "UPDATE mark SET points = 5000000000 WHERE id % 100 = 0"
change "DELETE FROM mark WHERE id % 7 = 0"
change "UPDATE course SET term = term + 100 WHERE code = 'c100'"
job_is "$job" RUNNING || die "the job does not run but is $(job_state "$job")"
target_sql -c 'SELECT * FROM school.student WHERE id > 19998 ORDER BY id'

if [[ $keep == true ]]; then
    where_to_look "$(source_login school)"
    return
fi

say "cancelling the job"
cancel_job "$job"
await "no connection of the connector is left" 10 no_connection_is_left
say "done: the target followed every change, in $((SECONDS - began)) s"
