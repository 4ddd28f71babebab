#!/usr/bin/env bash
# reproducible.sh: whoever builds a release from the same sources gets the same bytes. A copy of the sources, in a folder of another
# name and length, is built there from nothing: with other folders for Rust's and zig's caches, at another time, in another time zone,
# with another umask and three compilers beside each other. All files of the release are compared, both libraries inside the jar
# among them. It compiles everything once more, for both processors.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

elsewhere=$(mktemp -d "${TMPDIR:-/tmp}/pieclouddb-built-elsewhere-XXXXXX")
trap 'rm -rf "$elsewhere"' EXIT
copy=$elsewhere/a/folder/of/another/name
mkdir -p "$copy/build/cache" "$elsewhere/cargo/registry"
git ls-files -z --cached --others --exclude-standard --deduplicate | while IFS= read -r -d '' file; do
    [[ ! -e $file ]] || printf '%s\0' "$file"
done | tar -c --null -T - | tar -x --touch -C "$copy"
# What was downloaded is no result of a build: only that is taken along.
cp -r "${CARGO_HOME:-$HOME/.cargo}"/registry/{index,cache} "$elsewhere/cargo/registry/"
cp -r build/cache/zigbuild-* "$copy/build/cache/"

(
    umask 077
    cd "$copy"
    env -u CARGO_TARGET_DIR CARGO_HOME="$elsewhere/cargo" CARGO_BUILD_JOBS=3 TZ=Asia/Kathmandu gradle --no-daemon -q dist
)
for file in build/dist/*; do
    cmp "$file" "$copy/${file#"$PWD"/}"
    echo "equal: ${file##*/}"
done
[[ $(find build/dist -type f | wc -l) == $(find "$copy/build/dist" -type f | wc -l) ]]
