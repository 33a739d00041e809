#!/bin/sh
# Checks every shell file of the project: syntax by `sh -n`, the rest by shellcheck at its strictest. A text that passed once is
# known in the user's cache, and not checked again.
set -eu
cd "$(dirname "$0")/.."
passed=$(sh tests/cache.sh)/shellcheck
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

# checked_text FILE: what is checked of it. A step's script is as it is sent, but with the functions that it does not use.
checked_text() {
    case $1 in
    scripts/node/*) with_libraries <"$1" | cat scripts/node/lib.sh - ;;
    cli/verify/scripts/*) with_libraries <"$1" ;;
    *) cat "$1" ;;
    esac
}

about=$work/about # what is said of a text depends on who says it
{ shellcheck --version && cat .shellcheckrc tests/shellcheck.sh; } >"$about"

# Texts by the names of their files, so that those are what is complained of.
mkdir "$work/texts"
cp .shellcheckrc "$work/texts"
failed=0 count=0
while IFS= read -r file; do
    [ -f "$file" ] || continue
    count=$((count + 1))
    case $file in
    scripts/node/lib*) continue ;; # checked inside of every script that uses it
    esac
    text=$work/texts/$file
    mkdir -p "${text%/*}"
    checked_text "$file" >"$text"
    if head -n 1 "$text" | grep -q bash; then shell='bash'; else shell='sh'; fi
    key=$(cat "$about" "$text" | sha256sum | cut -d ' ' -f 1)
    [ ! -e "$passed/$key" ] || continue
    echo "$key" >>"$work/keys"
    "$shell" -n "$text" || failed=1
    echo "$file" >>"$work/$shell"
done <"$work/files"
[ "$count" -gt 0 ] || { echo "no shell file was found" >&2 && exit 1; }

# The longest first, a few to each process, so that no processor is idle before the end.
cd "$work/texts"
for shell in sh bash; do
    [ -f "$work/$shell" ] || continue
    tr '\n' '\0' <"$work/$shell" | xargs -0 ls -S | tr '\n' '\0' |
        xargs -0 -n 3 -P "$(getconf _NPROCESSORS_ONLN)" \
            shellcheck --external-sources --severity=style --shell="$shell" || failed=1
done
[ "$failed" -eq 0 ] || exit 1
if [ -f "$work/keys" ]; then
    mkdir -p "$passed"
    while IFS= read -r key; do : >"$passed/$key"; done <"$work/keys"
fi
echo "shellcheck: $count files ok"
