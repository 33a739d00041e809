#!/bin/sh
# Checks every shell file of the project: syntax by `sh -n`, the rest by shellcheck at its strictest.
set -eu
cd "$(dirname "$0")/.."
if ! command -v shellcheck >/dev/null; then
    echo "shellcheck is missing; install the package of that name (apt-get install shellcheck)" >&2
    exit 69
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Tracked or not, as long as git does not ignore it; without .sh where the first line names sh.
git ls-files --cached --others --exclude-standard >"$work/all"
{
    grep '\.sh$' "$work/all" || :
    grep -v '\.[^/]*$' "$work/all" | while IFS= read -r file; do
        ! head -n 1 "$file" 2>/dev/null | grep -q '^#!.*[/ ]\(sh\|bash\|dash\)\( \|$\)' || echo "$file"
    done
    [ ! -f .ci/run ] || echo .ci/run
} | sort -u >"$work/files"

# with_libraries: every line `. ./NAME.sh` replaced by that file; the libraries are those of the steps.
with_libraries() {
    while IFS= read -r line; do
        case $line in
        '. ./lib-'*) with_libraries <"scripts/node/${line#. ./}" ;;
        '. ./'*) with_libraries <"cli/verify/scripts/${line#. ./}" ;;
        *) printf '%s\n' "$line" ;;
        esac
    done
}

failed=0 count=0
while IFS= read -r file; do
    [ -f "$file" ] || continue
    count=$((count + 1))
    case $file in
    scripts/node/lib*) continue ;; # checked inside of every script that uses it
    # As they are sent, but with the functions that they do not use.
    scripts/node/*) with_libraries <"$file" | cat scripts/node/lib.sh - >"$work/text" ;;
    cli/verify/scripts/*) with_libraries <"$file" >"$work/text" ;;
    *) cat "$file" >"$work/text" ;;
    esac
    if head -n 1 "$work/text" | grep -q bash; then shell='bash'; else shell='sh'; fi
    "$shell" -n "$work/text" && shellcheck --external-sources --severity=style --shell="$shell" - <"$work/text" || { failed=1 && echo "in $file" >&2; }
done <"$work/files"
[ "$count" -gt 0 ] || { echo "no shell file was found" >&2 && exit 1; }
[ "$failed" -eq 0 ] || exit 1
echo "shellcheck: $count files ok"
