#!/usr/bin/env bash
# arm.sh: what is ARM's, on an emulated processor: the Rust tests that need no server, and with a JVM for ARM the crossing of the
# release's library. What an emulator cannot show is the order in which the threads of a real processor see memory.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=../harness/versions.sh
source tests/harness/versions.sh
# shellcheck source=variant.sh
source tests/dist/variant.sh

root=$(tests/harness/debs qemu qemu-user-static libc6-arm64-cross libgcc-s1-arm64-cross)
emulator="$root/usr/bin/qemu-aarch64-static -L $root/usr/aarch64-linux-gnu"
java=$(tests/harness/jdk 21 aarch64)/bin/java

"$(variant unit unit-arm portable "$emulator $java" class=com.pieclouddb.flink.internal.jni.NativeLibraryTest "${crossing[@]}")"

tools=$PWD/build/cache/zigbuild-$cargo_zigbuild-$ziglang
CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER=$emulator CARGO_ZIGBUILD_ZIG_PATH=$tools/ziglang/zig ZIG_GLOBAL_CACHE_DIR=$PWD/build/cache/zig \
    "$tools/bin/cargo-zigbuild" test --locked --no-fail-fast --lib -p pieload -p pieclouddb-flink-bridge --features failpoints \
    --target aarch64-unknown-linux-gnu
