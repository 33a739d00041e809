#!/bin/sh
# The host's kernel, which a sandboxed container must not run on.
section kernel uname -r
