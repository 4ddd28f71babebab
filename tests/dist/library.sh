#!/usr/bin/env bash
# library.sh: the jar of a release has a library for each processor, and neither asks for a glibc newer than 2.17.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

version=$(sed -n 's/^version=//p' gradle.properties)
unpacked=build/dist-test/library
rm -rf "$unpacked"
mkdir -p "$unpacked"
(cd "$unpacked" && jar xf "$OLDPWD/build/dist/flink-sql-connector-pieclouddb-$version.jar")

for processor in x86_64 aarch64; do
    native/newest-glibc "$unpacked/native/linux-$processor/libpieclouddb_flink.so" 2.17
done
[[ $(readelf -h "$unpacked/native/linux-x86_64/libpieclouddb_flink.so") == *"Advanced Micro Devices X86-64"* ]]
[[ $(readelf -h "$unpacked/native/linux-aarch64/libpieclouddb_flink.so") == *AArch64* ]]
[[ $(find "$unpacked/native" -type f | wc -l) == 2 ]]

# What was found is more than nothing: the build machine's own library, linked against its own glibc, is refused.
if [[ $(printf '%s\n' 2.34 "$(ldd --version | sed -n '1s/.* //p')" | sort -V | head -n 1) == 2.34 ]]; then
    if native/newest-glibc target/release/libpieclouddb_flink.so 2.17; then
        echo "the machine's own library was found fit for glibc 2.17" >&2
        exit 1
    fi
fi
