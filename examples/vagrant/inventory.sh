#!/bin/sh
# Prints the inventory of the running machines of this Vagrantfile. Host keys are read through Vagrant's own
# connection, which it set up when it made the machines, so that nothing is trusted on first use afterwards.
set -eu
cd "$(dirname "$0")"

host() {
    name=$1 role=$2 address=$3
    config=$(vagrant ssh-config "$name")
    value() { printf '%s\n' "$config" | awk -v key="$1" '$1 == key { sub(/^ *[^ ]+ /, ""); gsub(/"/, ""); print; exit }'; }
    key=$(vagrant ssh "$name" --no-tty -c 'cat /etc/ssh/ssh_host_ed25519_key.pub' 2>/dev/null | tr -d '\r' | cut -d' ' -f1,2)
    cat <<YAML
  - name: $name
    role: $role
    address: $address
    ssh:
      host: $(value HostName)
      port: $(value Port)
      user: $(value User)
      privateKeyFile: "$(value IdentityFile)"
      hostKey: $key
YAML
}

echo "hosts:"
host server controller 10.240.0.10
host node-0 worker 10.240.0.80
host node-1 worker 10.240.0.81
