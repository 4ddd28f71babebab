# shellcheck shell=bash
# The tests that the build runs, once more with another Java, another native library, or on another Linux.
# Sourced by the scripts of this folder, from the project's folder; `gradle itScripts` has made build/scripts.

# variant SCRIPT NAME LIBRARY JAVA [SELECTION...]: prints the path of build/scripts/NAME, which is the script of that name
# with folders of its own, the native library of build/LIBRARY, the command JAVA, and only the selected tests.
variant() {
    local script=build/scripts/$1 name=$2 library=$3 java=$4 selection=()
    shift 4
    selection=("${@/#/\'--select-}")
    sed -E -e "s#^exec '[^']*'#exec $java#" -e "s#/${script##*/}('|\\.log')#/$name\\1#g" \
        -e "s#/build/native-testing:#/build/$library:#" "$script" >"build/scripts/$name"
    [[ ${#selection[@]} == 0 ]] || sed -i -E "s|'--scan-class-path=[^']*'|${selection[*]/%/\'}|" "build/scripts/$name"
    chmod +x "build/scripts/$name"
    echo "$PWD/build/scripts/$name"
}

# The rules of the crossing that the library of a release can be tried by: it has no failpoints.
# shellcheck disable=SC2034  # for the scripts that source this
crossing=(method=com.pieclouddb.flink.internal.jni.NativeRouterTest#{aTableKeepsItsNumberAndItsRecordsAreFound,recordsOfAnySizeDoNotSeeEachOther,aClosedRouterPinsNoClassLoader}
    method=com.pieclouddb.flink.internal.jni.NativeSessionTest#{aBatchThatIsNotTakenStillHearsTheInterrupt,aFailureInTheBackgroundIsThrownByTheNextCallAndByEveryLaterOne,useAfterCloseIsATypedErrorAndASecondCloseDoesNothing})
