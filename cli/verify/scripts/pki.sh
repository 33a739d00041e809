#!/bin/sh
# Keys of a cluster on this host. Values, each a list of paths, one a line: KEYS, those of its certificates; SECRETS, all files that root
# alone may read; FOLDERS, where to look for private keys.

# public_key PATH: the public part of a private key. ssh-keygen(1) is on every host that sshd is on, and openssl is not.
public_key() { ssh-keygen -y -P '' -f "$1" </dev/null; }

# Every file with a private key in it, of whatever name. What is in pods' volumes is theirs.
private_keys() {
    printf '%s\n' "$FOLDERS" | while IFS= read -r folder; do
        [ ! -d "$folder" ] || find "$folder" -xdev -name pods -prune -o -type f -size -64k -exec grep -l 'PRIVATE KEY-----' {} +
    done
}

modes() {
    printf '%s\n' "$SECRETS" | while IFS= read -r path; do
        stat -c '%a %U:%G %n' "$path" || :
    done
}

section modes modes
for path in $({ private_keys && printf '%s\n' "$KEYS"; } | sort -u); do
    section "key $path" public_key "$path"
done
