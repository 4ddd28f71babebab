# shellcheck shell=bash
# A folder in memory for the data of the servers of one run of tests. Sourced by ./test.
#
# A server's data are a thousand files, made and removed again for nearly each test: on a disk (ext4) that takes 0.34 s of
# the processor and 1 s in all, in memory 0.04 s and 0.1 s. Promises: nothing where memory is scarce; the folder goes with
# the run, and one that a killed run has left goes with the next.

# In GiB: of memory that is free now, and of the file system that is in memory.
memory_needed=14 space_needed=8

# Sets and exports PIE_SERVERS, unless it is set, or this machine has no room.
servers_in_memory() {
    local folder=/dev/shm free space left
    for left in "$folder"/pieclouddb-test.*; do
        [[ ! -d $left || -d /proc/${left##*.} ]] || rm -rf "$left"
    done
    [[ -z ${PIE_SERVERS:-} && -w $folder && $(stat -f -c %T "$folder") == tmpfs ]] || return 0
    free=$(awk '/^MemAvailable:/ { print int($2 / 1024 / 1024) }' /proc/meminfo)
    space=$(($(df --output=avail -k "$folder" | tail -n 1) / 1024 / 1024))
    ((free >= memory_needed && space >= space_needed)) || return 0
    export PIE_SERVERS=$folder/pieclouddb-test.$$
    # A server may run as another user than this one.
    mkdir -m 755 "$PIE_SERVERS"
    trap 'rm -rf "$PIE_SERVERS"' EXIT
}
