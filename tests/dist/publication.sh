#!/usr/bin/env bash
# publication.sh: what is published is what Maven's clients need: a POM without dependencies, the jar of all platforms, sources,
# documentation and the list of crates, with checksums.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

name=flink-sql-connector-pieclouddb version=$(sed -n 's/^version=//p' gradle.properties)
folder=build/repository/com/pieclouddb/$name/$version
gradle --no-daemon -q mavenRepository

for file in "$name-$version"{.pom,.jar,-sources.jar,-javadoc.jar,-cyclonedx.json}; do
    for sum in md5 sha1 sha256 sha512; do
        [[ $("${sum}sum" <"$folder/$file") == "$(<"$folder/$file.$sum")  -" ]]
    done
done
cmp "$folder/$name-$version.jar" "build/dist/$name-$version.jar"
grep -q "<artifactId>$name</artifactId>" "$folder/$name-$version.pom"
grep -q '<name>Apache License, Version 2.0</name>' "$folder/$name-$version.pom"
if grep -q '<dependency>' "$folder/$name-$version.pom"; then exit 1; fi

# has ARCHIVE FILE...
has() {
    local archive=$1 contents each
    contents=$(jar tf "$archive")
    shift
    for each; do
        [[ $'\n'$contents$'\n' == *$'\n'$each$'\n'* ]] || { echo "$archive lacks $each" >&2 && exit 1; }
    done
}
has "$folder/$name-$version.jar" META-INF/{LICENSE,NOTICE,crates.cdx.json,LICENSES-OF-CRATES} \
    native/linux-{x86_64,aarch64}/libpieclouddb_flink.so com/pieclouddb/flink/PieCloudDBSink.class
has "$folder/$name-$version-sources.jar" com/pieclouddb/flink/PieCloudDBSink.java native/load/src/lib.rs Cargo.lock
has "$folder/$name-$version-javadoc.jar" com/pieclouddb/flink/PieCloudDBSink.html index.html
if jar tf "$folder/$name-$version-javadoc.jar" | grep internal; then exit 1; fi
jq -e '.bomFormat == "CycloneDX" and (.components | length > 50) and all(.components[]; .hashes[0].content and .licenses[0].expression)' \
    "$folder/$name-$version-cyclonedx.json" >/dev/null
