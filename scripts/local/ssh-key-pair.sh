# Makes an ed25519 key pair and prints it: the public key as one line, then the private one. Nothing stays on disk.
set -eu
umask 077
command -v ssh-keygen >/dev/null || { echo "ssh-keygen is missing; install OpenSSH's client programs" >&2 && exit 69; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
ssh-keygen -q -t ed25519 -N '' -C '' -f "$folder/key"
cat "$folder/key.pub" "$folder/key"
