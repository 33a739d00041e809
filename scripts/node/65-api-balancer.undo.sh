# Takes the balancer away, and HAProxy where it came with it. Needs no variables.
#
# Sent as one text: `. ./lib-NAME.sh` stands for the functions of that file that are used here, and lib.sh comes before it.
# As a host gets it: ./hardway script NODE api-balancer --undo; by hand: ./hardway script NODE api-balancer --undo | ssh HOST sudo sh
. ./lib-services.sh
. ./lib-purge.sh
. ./lib-haproxy.sh

# It stays, with what depends on it.
spare_used_haproxy() {
    if ! recorded packages | grep -qxF haproxy || ! haproxy_is_used; then return 0; fi
    echo "kept: haproxy, whose configuration in /etc/haproxy is somebody's"
    save "$state/packages" "$(recorded packages | grep -vxF haproxy || :)"
}

begin_undo
stop_services api-balancer
undo_services
spare_used_haproxy
apt_purge_own
finish_undo
