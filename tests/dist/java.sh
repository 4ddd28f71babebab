#!/usr/bin/env bash
# java.sh: each Java that a Flink of ours runs on. All unit tests, and a job in a MiniCluster of Flink 1.20 and of 2.3.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=variant.sh
source tests/dist/variant.sh

for line in 11 17 21 25; do
    java=$(tests/harness/jdk "$line")/bin/java
    echo "---- $("$java" -version 2>&1 | sed -n 2p)"
    "$(variant unit "unit-java$line" native-testing "$java")"
    for flink in 120 230; do
        "$(variant "it$flink" "it$flink-java$line" native-testing "$java" class=com.pieclouddb.flink.it.KeyByNameIT)"
    done
done
