# shellcheck shell=bash
# Starting, awaiting and stopping the processes of one demo or test. Sourced; call `begin FOLDER` first.
#
# Promises: whatever `start` started is ended when the script ends, also by a failure or Ctrl-C, in reverse order, and
# waited for; logs stay in FOLDER/logs, and on a failure their last lines are shown. With `keep_running` the processes
# stay instead, and a later `stop_left_over FOLDER` ends them. A process is known by its id AND its start time, so an
# id that the system has given to somebody else is never signalled.

# shellcheck disable=SC2034  # for those who source this
harness=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
state='' logs='''' started=0 keep=false cause=''

# Takes FOLDER over: ends what an earlier run left in it, empties it.
begin() {
    mkdir -p "$1"
    state=$(cd "$1" && pwd -P)
    logs=$state/logs
    stop_left_over "$state"
    find "$state" -mindepth 1 -delete
    mkdir -p "$logs" "$state/run"
    trap at_exit EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    set -E
    trap 'cause="${BASH_SOURCE[0]##*/} line $LINENO: $BASH_COMMAND"' ERR
}

keep_running() { keep=true; }

# start NAME SIGNAL COMMAND...: runs COMMAND in the background, output to the end of logs/NAME.log; SIGNAL ends it in good
# order. NAME is free again after kill_hard.
# A session of its own keeps Ctrl-C from it: the order of stopping is ours.
start() {
    local name=$1 signal=$2
    shift 2
    setsid "$@" >>"$logs/$name.log" 2>&1 </dev/null &
    started=$((started + 1))
    printf '%s %s %s\n' "$!" "$(start_time $!)" "$signal" >"$state/run/$(printf %03d "$started")-$name"
}

# The process id of what was started as NAME.
process_id() { cut -d' ' -f1 "$state"/run/???-"$1"; }

# kill_hard NAME: as a power cut for the process and its children: none of them gets a chance to say goodbye.
kill_hard() {
    local record id born signal children
    record=$(echo "$state"/run/???-"$1")
    read -r id born signal <"$record"
    [[ -n $born && $(start_time "$id") == "$born" ]] || die "$1 is not there to be killed"
    disown "$id" # or the shell would report the kill
    # Standing still it makes no more children, and they do not see it go before they are killed themselves.
    kill -s STOP "$id"
    mapfile -t children < <(pgrep -P "$id")
    ((${#children[@]} == 0)) || kill -s KILL "${children[@]}" || : # one may have ended by itself meanwhile
    kill -s KILL "$id"
    await "$1 is gone" 60 is_gone "$id" "$born"
    rm "$record"
}

# Field 22 of /proc/ID/stat, empty for a process that is gone or a zombie. The name in field 2 may hold spaces.
start_time() {
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
    read -ra stat <<<"${stat##*) }"
    [[ ${stat[0]} == Z ]] || echo "${stat[19]}"
}

# stop_left_over FOLDER: ends, in reverse order of their start, the processes recorded in FOLDER/run.
stop_left_over() {
    local record
    for record in $(find "$1/run" -type f 2>/dev/null | sort -r); do stop_recorded "$record"; done
}

# stop NAME: ends in good order what was started as NAME, which is free again then.
stop() { stop_recorded "$(echo "$state"/run/???-"$1")"; }

stop_recorded() {
    local id born signal
    read -r id born signal <"$1"
    if [[ -n $born && $(start_time "$id") == "$born" ]]; then
        kill -s "$signal" "$id" || : # it may have ended by itself meanwhile
        if ! await_quietly 20 is_gone "$id" "$born"; then
            echo "${1##*/} did not end in 20 s after SIG$signal: killed" >&2
            kill -s KILL "$id"
            await_quietly 5 is_gone "$id" "$born"
        fi
    fi
    rm "$1"
}

is_gone() { [[ $(start_time "$1") != "$2" ]]; }

# await WHAT SECONDS COMMAND...: returns when COMMAND succeeds; ends the script when it has not in SECONDS.
await() {
    local what=$1 seconds=$2
    shift 2
    await_quietly "$seconds" "$@" || die "$what: not in $seconds s"
}

await_quietly() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < deadline)) || return 1
        sleep 0.1
    done
}

die() {
    cause=$*
    exit 1
}

at_exit() {
    local status=$? log
    trap '' INT TERM HUP
    trap - ERR
    case $status in
        0) ;;
        130 | 143) keep=false ;;
        *)
            keep=false
            for log in "$logs"/*.log; do
                [[ -s $log ]] || continue
                echo "---- the end of ${log#"$PWD"/}"
                tail -n 12 "$log" | cut -c -240
            done >&2
            ;;
    esac
    [[ $keep == true ]] || stop_left_over "$state"
    # The cause comes last, where a reader looks first.
    [[ $status == 0 ]] || printf '\nFAILED: %s\nlogs: %s\n' "${cause:-exit code $status}" "${logs#"$PWD"/}" >&2
}

# free_ports N: N different port numbers of the loopback interface that nobody listens on now, below those that the kernel
# gives to clients: one of theirs would keep the server from starting.
free_ports() {
    python3 - "$1" <<'PYTHON'
import random, socket, sys
held = []
while len(held) < int(sys.argv[1]):
    try:
        held.append(socket.create_server(("127.0.0.1", random.randrange(10000, 30000))))
    except OSError:
        pass
print(*(s.getsockname()[1] for s in held))
PYTHON
}
