#!/bin/sh
# Prints the user's folder for what is slow to make, as cli/paths.ts has it.
echo "${HARDWAY_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/hardway}"
