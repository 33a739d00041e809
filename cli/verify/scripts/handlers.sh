#!/bin/sh
# The host's own kernel, which a sandboxed container must not show.
section kernel uname -r
