# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034  # what ./demo sets, and what it takes
# The source of ./demo, a table `student`: in MariaDB, read by Flink CDC; or, with a Flink that no Flink CDC runs on, a changelog
# in Debezium's JSON that was recorded (student.jsonl), of which each change comes as a further file into a folder that
# Flink watches. Sourced by ./demo. Both give the same functions and make the same changes.

changes=(
    "UPDATE student SET score = 66 WHERE id = 1"
    "DELETE FROM student WHERE id = 2"
    "INSERT INTO student VALUES (5, '学生五 🎓 Zoë', NULL, '1')"
    "UPDATE student SET id = 40, name = 'student4, new key' WHERE id = 4"
)
student='CREATE TABLE student (id int primary key, name varchar(32), score int, sex char(1))'

if [[ $line == 1.18 ]]; then
    source_words="MariaDB (source)"
    start_students() { start_source; }
    create_students() {
        source_sql -e 'CREATE DATABASE testdb CHARACTER SET utf8mb4'
        source_sql testdb -e "$student;
            INSERT INTO student VALUES (1,'student1',65,'1'), (2,'student2',75,'0'), (3,'student3',85,'1'), (4,'student4',95,'0')"
    }
    # student_jars: what Flink needs to read it.
    student_jars() { "$harness/download" "com.ververica:flink-sql-connector-mysql-cdc:$mysql_cdc"; }
    student_options() {
        echo "'connector'='mysql-cdc','hostname'='127.0.0.1','port'='$source_port','username'='$source_user','password'='$source_password','database-name'='testdb','table-name'='student'"
    }
    source_rows() { source_sql -N -B -r testdb -e 'SELECT id, name, score, sex FROM student ORDER BY id'; }
    make_change() { source_sql testdb -e "$1"; }
    how_to_look() { source_login testdb; }
else
    source_words="a recorded changelog (source)"
    start_students() { mkdir "$state/changelog"; }
    create_students() { lay_down 'null'; }
    student_jars() { :; }
    student_options() {
        echo "'connector'='filesystem','path'='file://$state/changelog','format'='debezium-json','source.monitor-interval'='1s'"
    }
    # By what was laid down, not by what Flink made of it.
    source_rows() {
        cat "$state"/changelog/*.json | jq -rs 'reduce .[] as $each ({};
                if $each.op == "d" then del(.[$each.before.id | tostring]) else .[$each.after.id | tostring] = $each.after end)
            | [.[]] | sort_by(.id)[] | [.id, .name, .score, .sex] | map(. // "NULL") | @tsv'
    }
    make_change() { lay_down "$(jq -n --arg statement "$1" '$statement')"; }
    # lay_down QUERY: what was recorded of it, as a whole file at once.
    lay_down() {
        local name
        name=$(find "$state/changelog" -type f | wc -l).json
        jq -c "select(.source.query == $1)" tests/shop/student.jsonl >"$state/$name"
        mv "$state/$name" "$state/changelog/$name"
    }
    how_to_look() { echo "${state#"$PWD"/}/changelog; what was recorded is in tests/shop/student.jsonl"; }
fi
