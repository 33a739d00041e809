# kube-proxy of a worker, running now and after every reboot.
#
# Sent as one text: `. ./lib-NAME.sh` stands for the functions of that file that are used here, and lib.sh comes before it.
# As a host gets it, with its values: ./hardway script NODE kube-proxy; by hand: ./hardway script NODE kube-proxy | ssh HOST sudo sh
#
# SERVICES, SERVICE_FILES, FILES, FILE_1 and so on, ARTIFACTS: see lib-services. Keys and certificates are on standard input.
# MODE: iptables, nftables or ipvs. SERVICE_CIDR: network of the Services. API_SERVICE: address of the Service kubernetes. HEALTH_PORT, METRICS_PORT: where it listens.
#
# The steps in their order are at the end.
. ./lib-services.sh
. ./lib-proxy.sh
. ./lib-network.sh
. ./lib-conf.sh
. ./lib-modules.sh

look_first() {
    artifact_problems
    older_problems kube-proxy
    network_problems "$SERVICE_CIDR"
    module_problems
    foreign_unit_problems
    port_problems kube-proxy "$HEALTH_PORT" "$METRICS_PORT"
    refuse_problems
}

# The kernel loads them itself when they are asked for, where it has them.
module_problems() {
    modules='nf_tables nft_reject_ipv4'
    [ "$MODE" != ipvs ] || modules="$modules ip_vs ip_vs_rr"
    for module in $modules; do problem_lines "$(missing "$module")"; done
}

install_tools() {
    case $MODE in
    iptables) apt_install curl iptables conntrack nftables ;;
    nftables) apt_install curl nftables ;;
    ipvs) apt_install curl iptables ipset ipvsadm nftables ;;
    esac
}

# What another mode has made goes before this one begins: kube-proxy takes only what is of nftables for another's, and iptables and
# ipvs leave each other's rules where they are. A run that was cut off may have been in any mode.
leave_other_mode() {
    config=$root/var/lib/kube-proxy/config.yaml
    [ -e "$config" ] || return 0
    if grep -qx "mode: $MODE" "$config" && ! $pending; then return 0; fi
    will_change
    tell "removing the rules of kube-proxy as it was"
    stop_services kube-proxy
    remove_rules
}

# Somebody has taken the table away that the service makes before it starts.
start_again_without_table() {
    if ! systemctl is-active -q kube-proxy || refuses_strays; then return 0; fi
    will_change
    stop_services kube-proxy
}
refuses_strays() { [ "$(nft list table ip hardway_services 2>/dev/null | grep -cF "ip daddr $SERVICE_CIDR reject")" = 2 ]; }

check_proxy() {
    await kube-proxy 120 2 "kube-proxy does not get healthy" healthy "http://127.0.0.1:$HEALTH_PORT/healthz"
    await kube-proxy 60 2 "the kernel has nothing from kube-proxy for $API_SERVICE, the Service kubernetes" leads_to_api
    refuses_strays || die "the kernel does not have the table hardway_services; see: systemctl status kube-proxy"
    version=$("$root$(program_link kube-proxy)" --version | awk '{ print $2 }')
}

# The kernel itself is asked, and not kube-proxy.
leads_to_api() {
    case $MODE in
    iptables) iptables-save -t nat | grep -qF -e "-d $API_SERVICE/32 " ;;
    nftables) nft list map ip kube-proxy service-ips | grep -qF "$API_SERVICE " ;;
    ipvs) ipvsadm -Ln | grep -qF "$API_SERVICE:" ;;
    esac
}

begin
read_secrets
look_first
install_tools
leave_other_mode
start_again_without_table
own_services
check_proxy
give_up_old_programs
fact version "$version"
finish
