#!/usr/bin/env bash
# demo.sh [1.18|2.3]: the demo itself, as a newcomer runs it: it builds what it needs (on 1.18 alone: twice at a time would be
# once too often).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

if [[ ${1:-1.18} == 1.18 ]]; then
    unset PIE_BUILT
    exec ./demo
fi
# What cannot be shown there is said, not tried.
said=$(./demo database --flink "$1" 2>&1) && exit 1
[[ $said == *"./demo database is Flink 1.18's" ]] || { echo "$said" && exit 1; }
exec ./demo --flink "$1"
