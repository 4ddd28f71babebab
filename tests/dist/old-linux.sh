#!/usr/bin/env bash
# old-linux.sh: Ubuntu 16.04 (glibc 2.23) and Debian 11 (2.31). The library of the release loads there, the crossing keeps its
# rules, and a job in a MiniCluster of Flink 1.20 loads a server exactly; the library that this machine builds for
# itself is refused with what to do.
# Needs root, as chroot does.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=variant.sh
source tests/dist/variant.sh

# release NAME SUITE MIRROR OPTION...: sets root to the root file system of that release, after fetching it if it is not
# there.
release() {
    local bootstrap
    root=$PWD/build/cache/$1
    [[ ! -d $root ]] || return 0
    rm -rf "$root.incoming"
    bootstrap=$(tests/harness/debs debootstrap debootstrap)
    DEBOOTSTRAP_DIR=$bootstrap/usr/share/debootstrap bash "$bootstrap/usr/sbin/debootstrap" --variant=minbase "${@:4}" \
        "$2" "$root.incoming" "$3"
    touch "$root.incoming/etc/hosts"
    # What tests stop a server by, and what its script gives root up with, which is younger.
    [[ -x $root.incoming/bin/kill ]] || install -m 755 /dev/stdin "$root.incoming/bin/kill" <<'KILL'
#!/bin/sh
kill "$@"
KILL
    [[ -x $root.incoming/usr/bin/setpriv ]] || install -m 755 /dev/stdin "$root.incoming/usr/bin/setpriv" <<'SETPRIV'
#!/bin/sh
# setpriv --reuid=nobody --regid=nogroup --clear-groups COMMAND...
shift 3
exec perl -e '$( = $) = "65534 65534"; $< = $> = 65534; exec @ARGV or die $!' "$@"
SETPRIV
    mv "$root.incoming" "$root"
}

# on_it COMMAND...: in this folder, with the project, the downloads, Gradle's jars and the names of hosts where they are here. The
# mounts are this process's own and go with it.
on_it() {
    # shellcheck disable=SC2016  # for the inner shell
    unshare --mount bash -euc 'root=$1; shift
        for folder in "$PWD" "$(readlink -f build/cache)" "${GRADLE_USER_HOME:-$HOME/.gradle}" /proc /dev; do
            mkdir -p "$root$folder"
            mount --rbind "$folder" "$root$folder"
        done
        mount --bind /etc/hosts "$root/etc/hosts"
        exec chroot "$root" sh -c "cd \"\$0\" && exec \"\$@\"" "$PWD" "$@"' on_it "$root" "$@"
}

# try TAG: the library of the release, and that of this machine.
try() {
    local own
    on_it getconf GNU_LIBC_VERSION
    on_it "$(variant unit "unit-$1" portable "$java" class=com.pieclouddb.flink.internal.jni.NativeLibraryTest "${crossing[@]}")"
    PIE_PG=9.6 on_it "$(variant it120 "it120-$1" portable "$java" class=com.pieclouddb.flink.it.KeyByNameIT)"
    own=$(variant unit "unit-$1-own" native-own "$java" "${crossing[0]}")
    if on_it "$own" >build/dist-test/refusal 2>&1 || ! grep -q "use the jar of a release" build/dist-test/refusal; then
        cat build/dist-test/refusal
        exit 1
    fi
}

java=$(tests/harness/jdk 11)/bin/java
mkdir -p build/native-own/native/linux-x86_64 build/dist-test
cp target/release/libpieclouddb_flink.so build/native-own/native/linux-x86_64/

# Debian has no keys of Ubuntu's: what is fetched is known by the mirror's certificate.
release ubuntu-16.04 xenial https://archive.ubuntu.com/ubuntu --no-check-gpg
try ubuntu16
release debian-11 bullseye http://deb.debian.org/debian
try debian11
