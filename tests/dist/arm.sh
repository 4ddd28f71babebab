#!/usr/bin/env bash
# arm.sh: the library for ARM, on an emulated processor: the crossing, with a JVM for ARM. What an emulator cannot show is the
# order in which the threads of a real processor see memory.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=variant.sh
source tests/dist/variant.sh

root=$(tests/harness/debs qemu qemu-user-static libc6-arm64-cross libgcc-s1-arm64-cross)
emulator="$root/usr/bin/qemu-aarch64-static -L $root/usr/aarch64-linux-gnu"
java=$(tests/harness/jdk 21 aarch64)/bin/java

"$(variant unit unit-arm portable "$emulator $java" class=com.pieclouddb.flink.internal.nativelib.NativeLibraryTest "${crossing[@]}")"
