#!/bin/sh
# npm test: every check of the project, from a fresh clone. Installs what it needs, like the lab itself does.
# The labs of the tests live in folders of their own; the engine and the base disk come from the user's cache.
set -eu
cd "$(dirname "$0")/.."

# Prints a heading and runs a command; its time is what a slow test run is looked up by.
step() {
    title=$1
    shift
    started=$(date +%s)
    printf '\n== %s\n' "$title"
    "$@"
    printf '== %s: ok after %s s\n' "$title" "$(($(date +%s) - started))"
}

step "tools" ./hardway setup --dev
PATH="$PWD/node_modules/.bin:$PATH"
HARDWAY_TEST_PULUMI=$(./hardway setup --print-engine)
HARDWAY_TEST_PYTHON_ENV=$(sh tests/python.sh)
# The AWS SDK announces the end of its support for Node.js 20 at every start.
AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED=true
export PATH HARDWAY_TEST_PULUMI HARDWAY_TEST_PYTHON_ENV AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED

step "shellcheck" sh tests/shellcheck.sh
step "types" tsc --noEmit
step "lint" eslint .
step "format" prettier --check --log-level warn .
step "unit, component, script, cloud, provider and command line tests" mocha
step "end to end, on virtual machines" mocha --config .mocharc.e2e.json
