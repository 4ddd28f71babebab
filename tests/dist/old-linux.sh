#!/usr/bin/env bash
# old-linux.sh: Debian 11 (glibc 2.31). The library of the release loads there and the crossing keeps its rules; the one that this
# machine builds for itself is refused with what to do.
# Needs root, as chroot does.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=variant.sh
source tests/dist/variant.sh

debian=$PWD/build/cache/debian-11
if [[ ! -d $debian ]]; then
    rm -rf "$debian.incoming"
    bootstrap=$(tests/harness/debs debootstrap debootstrap)
    DEBOOTSTRAP_DIR=$bootstrap/usr/share/debootstrap bash "$bootstrap/usr/sbin/debootstrap" --variant=minbase bullseye "$debian.incoming"
    mv "$debian.incoming" "$debian"
fi
java=$(tests/harness/jdk 11)/bin/java

# on_debian COMMAND...: in this folder, with the project, the downloads and Gradle's jars where they are here. The mounts are this
# process's own and go with it.
on_debian() {
    # shellcheck disable=SC2016  # for the inner shell
    unshare --mount bash -euc 'root=$1; shift
        for folder in "$PWD" "$(readlink -f build/cache)" "${GRADLE_USER_HOME:-$HOME/.gradle}" /proc; do
            mkdir -p "$root$folder"
            mount --rbind "$folder" "$root$folder"
        done
        exec chroot "$root" env -C "$PWD" "$@"' on_debian "$debian" "$@"
}

on_debian getconf GNU_LIBC_VERSION
on_debian "$(variant unit unit-debian11 portable "$java" class=com.pieclouddb.flink.internal.jni.NativeLibraryTest \
    "${crossing[@]}")"

own=$(variant unit unit-debian11-own native-own "$java" "${crossing[0]}")
mkdir -p build/native-own/native/linux-x86_64 build/dist-test
cp target/release/libpieclouddb_flink.so build/native-own/native/linux-x86_64/
if on_debian "$own" >build/dist-test/refusal 2>&1 || ! grep -q "use the jar of a release" build/dist-test/refusal; then
    cat build/dist-test/refusal
    exit 1
fi
