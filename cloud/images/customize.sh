#!/bin/sh
# Runs as the last step of the base disk's build, with the new root directory as $1: accounts, services, the RAM disk, and what
# machines must not share. initrd.sh and nginx.sh lie beside this file.
set -eu
# Set and not empty, because files below it are removed: as root, "/boot/*" would be this computer's.
root=${1:?the new root directory is missing}
here=$(dirname "$0")
inside() { chroot "$root" "$@"; }

inside useradd --create-home --shell /bin/bash --user-group admin
inside passwd --quiet --lock root
# The account is entered by key; "*" (unlike "!") keeps sshd from calling it locked.
inside usermod --password '*' admin

inside systemctl --quiet enable systemd-networkd.service hardway-swapfile.service \
    hardway-user-data.service
# Nothing may hold apt's lock or wake a machine up on its own; a learner starts these by hand.
inside systemctl --quiet mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
    e2scrub_reap.service fstrim.timer man-db.timer
# What a server without screen and firmware log does not need; each costs part of a second without KVM.
inside systemctl --quiet mask getty@tty1.service modprobe@configfs.service modprobe@drm.service modprobe@fuse.service \
    sys-kernel-config.mount sys-kernel-debug.mount sys-kernel-tracing.mount sys-fs-fuse-connections.mount \
    systemd-networkd-persistent-storage.service systemd-pstore.service systemd-udev-load-credentials.service
# Generators that have nothing to generate here, run at each boot and each daemon-reload (systemd.generator(7)); together they take
# more than a second of either without KVM.
mkdir -p "$root/etc/systemd/system-generators"
for name in debug gpt-auto hibernate-resume rc-local run ssh system-update tpm2; do
    ln -s /dev/null "$root/etc/systemd/system-generators/systemd-$name-generator"
done
# AppArmor's profiles of programs that are not here would take 18 seconds to load at every boot without KVM. What other packages and
# users bring is loaded (apparmor.service.d/hardway.conf), and container runtimes load their default profile by themselves.
find "$root/etc/apparmor.d" -maxdepth 1 -type f -delete
# Kernel and initial RAM disk are given to QEMU, so a newer kernel inside a machine would only fill its disk.
inside apt-mark hold "linux-image-$(inside dpkg --print-architecture)" >/dev/null

# QEMU loads these from outside of the disk. The names of modules are numbered in the order in which they have to be loaded.
boot=$root/hardway-boot
tree=$boot/tree
mkdir -p "$tree/bin" "$tree/dev" "$tree/modules" "$tree/root"
mv "$root"/boot/vmlinuz-* "$boot/kernel"
# The package of busybox stays out, so that a machine has what its package list says.
mv "$root/usr/bin/busybox" "$boot/busybox"
inside dpkg --purge busybox-static >/dev/null 2>&1
"$here/nginx.sh" "$root" "$boot/nginx.tar"
version=$(ls "$root/usr/lib/modules")
number=10
for module in virtio_pci virtio_blk crc32c_generic ext4; do
    for file in $(inside modprobe --set-version "$version" --show-depends "$module" | sed -n 's/^insmod \([^ ]*\).*/\1/p'); do
        name=$(basename "$file" .ko.xz)
        [ -z "$(find "$tree/modules" -name "*-$name.ko")" ] || continue
        inside xz --decompress --stdout "$file" >"$tree/modules/$number-$name.ko"
        number=$((number + 1))
    done
done
cp "$here/initrd.sh" "$tree/init"
chmod 755 "$tree/init"
cp "$boot/busybox" "$tree/bin/busybox"
for applet in sh mount insmod sleep echo switch_root; do ln -s busybox "$tree/bin/$applet"; done
(cd "$tree" && find . | "$boot/busybox" cpio -o -H newc --quiet 2>/dev/null >"$boot/initrd")
# What the kernel was built with stays: kubeadm, among others, reads /boot/config-$(uname -r).
find "$root/boot" -mindepth 1 ! -name 'config-*' -delete
rm -f "$root/vmlinuz" "$root/vmlinuz.old" "$root/initrd.img" "$root/initrd.img.old"

# Each machine gets its own: host keys and name through QEMU's credentials, the machine-id from the kernel's command line.
rm -f "$root"/etc/ssh/ssh_host_* "$root/etc/hostname" "$root/etc/hosts" "$root/var/lib/systemd/random-seed" \
    "$root/var/lib/dbus/machine-id"
: >"$root/etc/machine-id"
rm -rf "$root"/var/log/apt "$root"/var/log/*.log "$root"/var/cache/debconf/*-old
# The lists stay, and what apt makes of them (apt-cache(8), gencaches); the packages' files do not. apt makes it again, which takes
# 20 seconds without KVM, where a file has another time than it noted, and the archive of the root has none after its own
# beginning (mmdebstrap(1), SOURCE_DATE_EPOCH).
rm -f "$root"/var/cache/apt/archives/*.deb
find "$root/var/lib/apt/lists" "$root/var/lib/dpkg/status" -type f -newermt yesterday -exec touch -d yesterday {} +
inside apt-cache --quiet gencaches
# The state of /usr is known, so that the first boot has nothing to update (systemd-update-done.service(8)).
inside ldconfig
inside journalctl --quiet --update-catalog
touch "$root/etc/.updated" "$root/var/.updated"
