#!/usr/bin/env bash
# panics.sh: a panic of the libraries of a release is an exception, and the JVM lives on: inside a call of Java's and on a thread of
# their own. They unwind by zig's libunwind, the libraries that all other tests load by the machine's libgcc_s. What is
# loaded are the very files in the jar, on this processor and on an emulated ARM.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=../harness/versions.sh
source tests/harness/versions.sh

jar=$PWD/build/dist/flink-sql-connector-pieclouddb-$(sed -n 's/^version=//p' gradle.properties).jar
# The API of Flink is the installation's.
flink=$(tests/harness/flink 1.18)/lib
made=$PWD/build/dist-test/panics
rm -rf "$made"
mkdir -p "$made"
javac --release 11 -cp "$jar:$flink/*" -d "$made" tests/dist/Panics.java
export PIECLOUDDB_REFUSE_THREADS=$made/no-threads

# panics PROCESSOR [COMMAND...]: COMMAND runs Java with the library that is preloaded for it, where LD_PRELOAD cannot.
panics() {
    build/cache/zigbuild-"$cargo_zigbuild-$ziglang"/ziglang/zig cc -target "$1-linux-gnu.2.17" -shared -fPIC -O1 \
        -o "$made/$1.so" tests/dist/refuse_threads.c -ldl -lpthread
    "${@:2}" -cp "$made:$jar:$flink/*" Panics | tee "$made/$1.log"
    [[ $(wc -l <"$made/$1.log") == 3 ]]
}

panics x86_64 env LD_PRELOAD="$made/x86_64.so" "$(tests/harness/jdk 21)/bin/java"
root=$(tests/harness/debs qemu qemu-user-static libc6-arm64-cross libgcc-s1-arm64-cross)
panics aarch64 "$root/usr/bin/qemu-aarch64-static" -L "$root/usr/aarch64-linux-gnu" -E LD_PRELOAD="$made/aarch64.so" \
    "$(tests/harness/jdk 21 aarch64)/bin/java"
