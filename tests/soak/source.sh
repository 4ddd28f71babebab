# shellcheck shell=bash
# The soak's fourth job, mysql-sync-database, and what is done to its source: rows and definitions change while other faults
# happen. Sourced by soak.sh.
#
# Promised: a value of the target is always one that its row had, which its column's name and the row's version tell (n5 of
# version 3 is 3005, s5 is 's5-3'); when the source rests, every table holds what the source's holds. A job that the watch
# stops has a reason that names the table, goes on from its last checkpoint without that table, and keeps both promises for
# the others.
# shellcheck disable=SC2154  # what soak.sh sets

source_changes=(create add add drop modify rename comment index harmless)
source_definitions=0 source_rounds=0 source_tables=() last_column=0 left_out=none

# The source with its first tables, and what the job needs.
prepare_source() {
    source_sql -e 'CREATE DATABASE churn; CREATE DATABASE others'
    # touch: a new version of rows, by all columns that the table has now. An assignment sees those in front of it.
    source_sql churn <<'SQL'
DELIMITER //
CREATE PROCEDURE others.touch(wanted VARCHAR(64), rows_of VARCHAR(64))
BEGIN
    SELECT GROUP_CONCAT(', ', column_name, ' = ', IF(column_name LIKE 'n%', CONCAT('v * 1000 + ', SUBSTR(column_name, 2)),
        CONCAT('CONCAT(''', column_name, '-'', v)')) SEPARATOR '') INTO @columns FROM information_schema.columns
        WHERE table_schema = 'churn' AND table_name = wanted AND column_name REGEXP '^[ns][0-9]+$';
    EXECUTE IMMEDIATE CONCAT('UPDATE churn.', wanted, ' SET v = v + 1', COALESCE(@columns, ''), ' WHERE ', rows_of);
END//
SQL
    target_sql -c 'CREATE SCHEMA churn'
    create_sync_user churn
    create_loader churn
    # The tables of the fence are another user's, and rights are not what is tried here.
    target_sql -c "ALTER ROLE $loader_user SUPERUSER"
    write_secrets
    create_source_table
    create_source_table
    change_rows
}

# submit_source OPTION...: options of `flink run`. Sets the job of `sync`.
submit_source() {
    local words
    mapfile -t words < <(sync_command --mysql-conf database-name=churn --sink-conf schema-name=churn \
        --sink-conf sink.merge.allow-replace=true --excluding-tables "$left_out")
    timeout 120 "$FLINK_HOME/bin/flink" run -d -p "$parallelism" -Dexecution.checkpointing.interval=1s "$@" "$jar" "${words[@]}" \
        >"$logs/submission-sync.log" 2>&1
    job[sync]=$(sed -n 's/^Job has been submitted with JobID //p' "$logs/submission-sync.log")
}

create_source_table() {
    local table=t${#source_tables[@]}
    last_column=$((last_column + 1))
    source_sql churn -e "CREATE TABLE $table (id INT PRIMARY KEY, v INT NOT NULL, n$last_column BIGINT, s$last_column TEXT)"
    source_tables+=("$table")
}

# change_rows: of every table some rows come, some get a new version, some go.
change_rows() {
    local table
    source_rounds=$((source_rounds + 1))
    for table in "${source_tables[@]}"; do
        source_sql churn -e "INSERT INTO $table (id, v) SELECT seq + (SELECT COALESCE(MAX(id), 0) FROM $table), 0 FROM seq_1_to_50;
            CALL others.touch('$table', 'v = 0 OR id % 3 = $((RANDOM % 3))'); DELETE FROM $table WHERE id % 11 = $((RANDOM % 11))"
    done
}

# One of the columns that come and go, of the kind n or s.
column_of() {
    source_sql -N -e "SELECT column_name FROM information_schema.columns WHERE table_schema = 'churn' AND table_name = '$1'
        AND column_name LIKE '$2%' AND column_name <> 'id' ORDER BY column_name DESC LIMIT 1"
}

# A new column is in the target first, as its administrator would have it.
add_to_target() {
    local type=bigint
    [[ $2 == n* ]] || type=text
    await "the target has $1" "$recovery" target_has_table "$1"
    await "column $2 of the target" "$recovery" target_sql -c "SET lock_timeout = '10s'" -c "ALTER TABLE churn.$1 ADD COLUMN IF NOT EXISTS $2 $type"
}
target_has_table() { [[ $(target_sql -At -c "SELECT to_regclass('churn.$1') IS NOT NULL") == t ]]; }

# A definition changes between rows of before and rows of after.
change_source() {
    local change=${source_changes[RANDOM % ${#source_changes[@]}]} table=${source_tables[RANDOM % ${#source_tables[@]}]} letter=n type=BIGINT
    local place=('' FIRST 'AFTER v') column
    ((RANDOM % 2 == 0)) || letter=s type=TEXT
    source_definitions=$((source_definitions + 1))
    change_rows
    column=$(column_of "$table" "$letter")
    [[ -n $column || ! $change =~ drop|modify|rename ]] || change=add
    last_column=$((last_column + 1))
    case $change in
        create) create_source_table ;;
        add)
            add_to_target "$table" "$letter$last_column"
            source_sql churn -e "ALTER TABLE $table ADD COLUMN $letter$last_column $type ${place[RANDOM % 3]}"
            ;;
        drop) source_sql churn -e "ALTER TABLE $table DROP COLUMN $column" ;;
        modify) source_sql churn -e "ALTER TABLE $table MODIFY COLUMN $column $type ${place[RANDOM % 3]}" ;;
        rename)
            add_to_target "$table" "$letter$last_column"
            # Values are of the name, so every row gets its new one.
            source_sql churn -e "ALTER TABLE $table RENAME COLUMN $column TO $letter$last_column; CALL others.touch('$table', 'TRUE')"
            ;;
        comment) source_sql churn -e "ALTER TABLE $table COMMENT 'the $last_column.'; ALTER TABLE $table MODIFY v INT NOT NULL COMMENT 'x $last_column'" ;;
        index) source_sql churn -e "CREATE INDEX i$last_column ON $table (v); DROP INDEX i$last_column ON $table" ;;
        harmless)
            # What the source's parser does not know, and no row is changed by.
            source_sql others -e "CREATE OR REPLACE SEQUENCE q; CREATE VIEW IF NOT EXISTS w AS SELECT 1; ANALYZE TABLE churn.$table PERSISTENT FOR ALL;
                CREATE OR REPLACE PROCEDURE p() SELECT 1; ALTER DATABASE others COMMENT 'c$last_column'; CREATE OR REPLACE ROLE r; RENAME TABLE IF EXISTS nope TO no" >>"$logs/harmless.log"
            ;;
    esac
    change_rows
    source_values_are_right
}

# Wrong values of all columns, whatever their names: of the row's version, or absent in a row that is older than the column.
values_query="SELECT format('SELECT %L || count(*) FROM churn.%I WHERE ', table_name || ': ', table_name) || string_agg(CASE WHEN column_name LIKE 'n%'
    THEN format('%1\$I <> v * 1000 + %2\$s', column_name, substr(column_name, 2)) ELSE format('%1\$I <> %2\$L || v', column_name, column_name || '-') END, ' OR ')
    || ' HAVING count(*) > 0;' FROM information_schema.columns WHERE table_schema = 'churn' AND column_name ~ '^[ns][0-9]+\$' GROUP BY table_name"
source_values_are_right() {
    local wrong
    wrong=$(target_sql -At -c "$values_query" | target_sql -At)
    [[ -z $wrong ]] || die "wrong values in the target of the sync job: $wrong"
}

# Where the job has ended it goes on: without the table that the watch names; with it where the target's definition was the reason.
go_on_with_source() {
    local reason table
    job_is "${job[sync]}" FAILED || return 0
    reason=$(curl -sf "$rest/jobs/${job[sync]}/exceptions" | jq -r '.["root-exception"]')
    if [[ $reason == *'"churn"."t'* ]]; then
        stops+=("a column of the target, sync: $(grep -m 1 -o '"churn"."t.*' <<<"$reason" | cut -c -200)")
    else
        table=$(grep -m 1 -oE 'rows of table .?churn.{1,3}t[0-9]+' <<<"$reason" | grep -oE 't[0-9]+$') ||
            die "the sync job failed for good: $(head -n 5 <<<"$reason")"
        left_out+="|$table"
        stops+=("source, sync: $(grep -m 1 -o 'rows of table.*' <<<"$reason" | cut -c -200)")
    fi
    submit_source -s "$(last_checkpoint sync)"
}

# source_is_equal TABLE: all rows, by the columns that the source has.
source_is_equal() {
    local columns
    columns=$(source_sql -N -e "SELECT GROUP_CONCAT(column_name ORDER BY column_name) FROM information_schema.columns WHERE table_schema = 'churn' AND table_name = '$1'")
    cmp <(source_sql -N -B churn -e "SELECT $columns FROM $1 ORDER BY id") <(target_sql -At -F $'\t' -P null=NULL -c "SELECT $columns FROM churn.$1 ORDER BY id")
}
# Each table that was not left out. Sets source_rows.
source_rests() {
    local table
    source_rows=0
    for table in "${source_tables[@]}"; do
        [[ ! $table =~ ^($left_out)$ ]] || continue
        await "table $table of the sync job is equal to its source" "$recovery" source_is_equal "$table"
        source_rows=$((source_rows + $(target_sql -At -c "SELECT count(*) FROM churn.$table")))
    done
    source_values_are_right
}
