#!/bin/sh
# npm test: every check of the project, from a fresh clone. Installs what it needs, like the lab itself does.
# The labs of the tests live in folders of their own; the engine and the base disk come from the user's cache.
set -eu
cd "$(dirname "$0")/.."
. tests/tools.sh
cache=$(sh tests/cache.sh)

# What TypeScript knows of files that have not changed since the last time takes it half as long; it compares their contents.
types_fit() {
    known=node_modules/.cache/types.tsbuildinfo
    mkdir -p "${known%/*}"
    cp "$cache/types.tsbuildinfo" "$known" 2>/dev/null || :
    tsc --noEmit --incremental --tsBuildInfoFile "$known" &&
        cp "$known" "$cache/types.tsbuildinfo.$$" && mv "$cache/types.tsbuildinfo.$$" "$cache/types.tsbuildinfo"
}
step "shellcheck" sh tests/shellcheck.sh
step "types" types_fit
step "lint" oxlint --quiet
step "format" prettier --check --log-level warn --cache --cache-strategy content --cache-location "$cache/prettier" .

step "unit, component, script, cloud, provider and command line tests" mocha
step "end to end, on virtual machines" mocha --config .mocharc.e2e.json
