#!/usr/bin/env bash
# api.sh: gradle compareApi sees what would break its users. Jars of an imagined release before this one, which had a public method or
# an option more, are refused by name; one that lacked a method is taken, and so is this one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

folder=$(mktemp -d "${TMPDIR:-/tmp}/pieclouddb-api-XXXXXX")
trap 'rm -rf "$folder"' EXIT
gradle --no-daemon -q jar flinkClassPaths
jar=$(ls "$PWD"/build/libs/flink-sql-connector-pieclouddb-*.jar)
flink=$(sed -n 's/^1.18[^=]*=//p' build/flink-lines)

# other_release NAME CLASS EDIT: a jar in which sed has edited the source of a class
other_release() {
    local at=com/pieclouddb/flink/$2.java
    mkdir -p "$folder/$1/$(dirname "$at")"
    sed "$3" "java/src/main/java/$at" >"$folder/$1/$at"
    if cmp -s "java/src/main/java/$at" "$folder/$1/$at"; then
        echo "api.sh: the edit of $2 changes nothing"
        return 1
    fi
    javac -nowarn --release 11 -cp "$jar:$flink" -d "$folder/$1" "$folder/$1/$at" 2>"$folder/$1/javac" || {
        cat "$folder/$1/javac"
        return 1
    }
    cp "$jar" "$folder/$1.jar"
    (cd "$folder/$1" && find . -name '*.class' -exec jar uf "$folder/$1.jar" {} +)
}
compared() { gradle --no-daemon -q compareApi -Pagainst="$1" >"$folder/told" 2>&1; }
refused() {
    if compared "$folder/$1.jar"; then
        echo "api.sh: a release that lacks $2 is taken"
        return 1
    fi
    grep -q "$2" "$folder/told" || {
        cat "$folder/told"
        return 1
    }
    echo "refused: $2 is gone"
}

other_release method TableId 's/^    private TableId(/    public String lastName() { return table; }\n\n&/'
other_release option PieCloudDBOptions 's/^    public static final String IDENTIFIER/    public static final int OLD_OPTION = 1;\n\n&/'
other_release fewer TableId 's/public String database()/String database()/'
compared "$jar"
echo "taken: the same jar"
refused method lastName
refused option OLD_OPTION
compared "$folder/fewer.jar"
echo "taken: what has a method more"
