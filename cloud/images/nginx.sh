#!/bin/sh
# Makes the layer of the lab's nginx image in the base disk's build: the distribution's nginx with its libraries, which are the new
# root's own. Called by customize.sh with the new root directory as $1 and the layer's file as $2. Nothing is installed, so that a
# machine has what its package list says.
set -eu
root=${1:?the new root directory is missing}
layer=$2
packages=$layer.packages
tree=$layer.tree
mkdir "$packages" "$tree"
# With the lists and settings of the new root.
(cd "$packages" && APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get --quiet -o APT::Sandbox::User=root download nginx nginx-common)
for package in "$packages"/*.deb; do dpkg-deb --extract "$package" "$packages"; done

mkdir -p "$tree/etc/nginx" "$tree/run" "$tree/usr/sbin" "$tree/usr/share/nginx" "$tree/var/lib/nginx" "$tree/var/log/nginx"
cp "$packages/usr/sbin/nginx" "$tree/usr/sbin/nginx"
cp "$packages/etc/nginx/mime.types" "$tree/etc/nginx/mime.types"
cp -R "$packages/usr/share/nginx/html" "$tree/usr/share/nginx/html"
cp "$packages/usr/sbin/nginx" "$root/hardway-boot/program"
libraries=$(chroot "$root" ldd /hardway-boot/program)
rm "$root/hardway-boot/program"
case $libraries in
*"not found"*)
    echo "nginx needs libraries that are not on the base disk: $libraries" >&2
    exit 1
    ;;
esac
for library in $(printf '%s\n' "$libraries" | grep -o '/[^ ]*'); do
    mkdir -p "$tree${library%/*}"
    cp -L "$root$library" "$tree$library"
done

# Like the project's own image: logs are the container's output.
ln -s /dev/stdout "$tree/var/log/nginx/access.log"
ln -s /dev/stderr "$tree/var/log/nginx/error.log"
cat >"$tree/etc/nginx/nginx.conf" <<'END'
user www-data;
daemon off;
worker_processes 1;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log notice;
events {
    worker_connections 1024;
}
http {
    include mime.types;
    default_type application/octet-stream;
    access_log /var/log/nginx/access.log;
    server {
        listen 80;
        root /usr/share/nginx/html;
    }
}
END
printf '%s\n' root:x:0:0:root:/root:/bin/sh www-data:x:33:33:www-data:/var/www:/bin/false nobody:x:65534:65534:nobody:/:/bin/false >"$tree/etc/passwd"
printf '%s\n' root:x:0: www-data:x:33: nogroup:x:65534: >"$tree/etc/group"
tar --create --file "$layer" --directory "$tree" --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner .
rm -r "$packages" "$tree"
