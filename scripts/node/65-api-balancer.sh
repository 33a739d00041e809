# The way of a worker's kubelet and kube-proxy to the API servers of all controllers: HAProxy of the distribution, on loopback,
# running now and after every reboot.
#
# Sent as one text: `. ./lib-NAME.sh` stands for the functions of that file that are used here, and lib.sh comes before it.
# As a host gets it, with its values: ./hardway script NODE api-balancer; by hand: ./hardway script NODE api-balancer | ssh HOST sudo sh
#
# SERVICES, SERVICE_FILES, FILES, FILE_1 and so on: see lib-services. ARTIFACTS: none, since HAProxy is a package. The authority's
# certificate is on standard input.
# ADDRESS: where it listens, e.g. 127.0.0.1:6443. CA: certificate of the API servers' authority.
#
# The steps in their order are at the end.
. ./lib-services.sh
. ./lib-haproxy.sh

look_first() {
    foreign_unit_problems
    port_problems api-balancer "${ADDRESS##*:}"
    haproxy_problems
    refuse_problems
}

# The package would start what it finds, and its removal would take that away.
haproxy_problems() {
    if [ -e "$state/own$mask" ] || [ -z "$(not_installed haproxy)" ]; then return 0; fi
    advice='Install the package haproxy yourself, which is then left as it is, or move that away'
    found=$(systemctl show -p FragmentPath --value haproxy.service 2>/dev/null || :)
    [ -z "$found" ] || problem "$found is of an HAProxy that is no package of the distribution. $advice"
    [ ! -e "$root/etc/haproxy" ] || problem "/etc/haproxy is of an HAProxy that is not installed as a package. $advice"
}

install_haproxy() {
    if [ -n "$(not_installed haproxy)" ] || { [ -e "$state/own$mask" ] && ! haproxy_is_used; }; then
        OWN_PATHS=$mask
        own_link "$mask" /dev/null
    fi
    apt_install curl haproxy
}

check_balancer() {
    tell "waiting for an API server"
    await api-balancer 120 2 "no API server is reached at $ADDRESS" healthy "https://$ADDRESS/readyz" --cacert "$root$CA"
    version=$(haproxy -v | awk 'NR == 1 { print $3 }')
}

begin
read_secrets
look_first
install_haproxy
own_services
check_balancer
give_up_old_programs
fact version "$version"
finish
