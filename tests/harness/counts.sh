# shellcheck shell=bash
# Reads from a stage's log how many tests passed and failed, in the words of each runner. Sourced by ./test.

# count LOG: prints "PASSED FAILED". A command that failed without a failed test of its own (it did not compile, the
# JVM died) is one failure.
count() {
    awk '
        /^test result: / {                                     # cargo test
            for (i = 1; i < NF; i++) {
                if ($(i + 1) == "passed;") passed += $i
                if ($(i + 1) == "failed;") failed += $i
            }
        }
        /^\[ +[0-9]+ tests successful +\]/ { passed += $2 }    # JUnit console
        /^\[ +[0-9]+ tests failed +\]/ { failed += $2 }
        /^\[ +[0-9]+ containers failed +\]/ { failed += $2 }   # a @BeforeAll that failed
        /^e2e ok: / { passed++ }
        /^e2e FAILED: / { failed++ }
        /^(WARNING|FATAL ERROR) in native method/ { failed++ } # -Xcheck:jni
        /^command FAILED: / { commands++ }
        END { print passed + 0, (failed ? failed : commands) + 0 }
    ' "$1"
}

# so_far LOG...: what a stage that runs has come to.
so_far() {
    cat "$@" 2>/dev/null | awk '
        /^test .* ok$/ || / :: SUCCESSFUL$/ || /^e2e ok: / { passed++ }
        /^test .* FAILED$/ || / :: FAILED$/ || /^e2e FAILED: / { failed++ }
        /^---- / { now = substr($0, 6) }
        END { printf "%d passed, %d failed; now %s\n", passed, failed, (now == "" ? "beginning" : substr(now, 1, 100)) }
    ' || :
}

# The lines of a log that tell what went wrong, each failed JUnit test with the cause that follows it, and the log's end.
show_failures() {
    {
        grep -nE -A 14 ' :: FAILED$' "$1" | grep -v 'org\.junit\.\|java\.base/' | cut -c -400 | head -n 120 || :
        grep -nE -A 12 '^a job of a failed test' "$1" | grep 'a job of\|caused by' | cut -c -600 | head -n 60 || :
        grep -nE '^(error|warning)(\[|:)|^test .* FAILED|panicked at|FAILED|in native method|^FAILURE|What went wrong' "$1" |
            cut -c -240 | head -n 40 || :
        echo "... the end of $1:"
        tail -n 25 "$1" | cut -c -240
    } | sed 's/^/      /'
}
