#!/bin/sh
# First program of a machine: loads what the root disk needs, mounts it, and goes on to systemd. A general initramfs with udev and
# fsck takes ten seconds longer without KVM.
export PATH=/bin
mount -t devtmpfs dev /dev
for module in /modules/*; do
    insmod "$module"
done
# The disk may take a moment to appear.
tries=0
until [ -b /dev/vda ] || [ "$tries" -ge 100 ]; do
    sleep 0.1
    tries=$((tries + 1))
done
# noinit_itable: else the kernel would write every unused inode of a grown disk, in the background, on each machine.
if ! mount -t ext4 -o noatime,noinit_itable /dev/vda /root; then
    echo "hardway: the root disk cannot be mounted" >&2
    sleep 5
    # Ends this program and with it the kernel, which panics and starts again (panic=-1).
    exit 1
fi
mount --move /dev /root/dev
exec switch_root /root /sbin/init
