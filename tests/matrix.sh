#!/bin/sh
# npm run test:matrix: labs on virtual machines that npm test has no time for: runtimes in their variants, faults, and what
# repair mends, one lab at a time. Takes mocha's options, e.g. --grep with words of a test's title.
set -eu
cd "$(dirname "$0")/.."
. tests/tools.sh

step "matrix, on virtual machines" mocha --config .mocharc.matrix.json "$@"
