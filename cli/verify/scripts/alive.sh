#!/bin/sh
# Which of RUNS still run.
alive_runs() {
    for run in $RUNS; do
        ! alive "$run" || echo "$run"
    done
}
section runs alive_runs
