#!/bin/sh
# npm test: every check of the project, from a fresh clone. Installs what it needs, like the lab itself does.
# The labs of the tests live in folders of their own; the engine and the base disk come from the user's cache.
set -eu
cd "$(dirname "$0")/.."
. tests/tools.sh

step "shellcheck" sh tests/shellcheck.sh
step "types" tsc --noEmit
step "lint" eslint .
step "format" prettier --check --log-level warn .
step "unit, component, script, cloud, provider and command line tests" mocha
step "end to end, on virtual machines" mocha --config .mocharc.e2e.json
