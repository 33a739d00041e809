#!/bin/sh
# Prints the folder of a Python environment with the clients and the server of EC2 that the tests compare with, and with
# Pulumi's SDK for programs in Python. It is made once for every version of the list, in the user's cache.
set -eu
requirements=$(dirname "$0")/support/requirements.txt
cache=$(sh "$(dirname "$0")/cache.sh")

if ! python3 -c 'import ensurepip, venv' >/dev/null 2>&1; then
    echo "installing python3-venv" >&2
    as_root=$([ "$(id -u)" -eq 0 ] || echo "sudo -n")
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 install -y python3-venv >&2
fi
key=$({ cat "$requirements"; python3 --version; } | sha256sum | cut -c 1-16)
environment=$cache/python-$key
# A virtual environment cannot be moved, so it has its name from the start and a mark when it is complete.
if [ ! -e "$environment/complete" ]; then
    echo "installing boto3, the AWS CLI, moto and Pulumi for Python (once)" >&2
    mkdir -p "$cache"
    rm -rf "$environment"
    python3 -m venv "$environment" >&2
    "$environment/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements" >&2
    touch "$environment/complete"
fi
echo "$environment"
