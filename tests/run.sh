#!/bin/sh
# npm test: every check of the project, from a fresh clone. Installs what it needs, like the lab itself does.
# The labs of the tests live in folders of their own; the engine and the base disk come from the user's cache.
set -eu
cd "$(dirname "$0")/.."
. tests/tools.sh
cache=$(sh tests/cache.sh)

step "shellcheck" sh tests/shellcheck.sh
step "lint and types" oxlint --quiet
step "format" prettier --check --log-level warn --cache --cache-strategy content --cache-location "$cache/prettier" .
step "unit, component, script, cloud, provider and command line tests" mocha
step "end to end, on virtual machines" mocha --config .mocharc.e2e.json
