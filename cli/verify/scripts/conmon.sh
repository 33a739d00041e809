#!/bin/sh
# A container of CRI-O's on its host. Values: PID of its first process; ROOT, the folder that is its root.
parent() { sed -n 's/^PPid:[[:blank:]]*//p' "/proc/$PID/status"; }

section filesystem stat -f -c %T "$ROOT"
section monitor arguments "$(parent)"
