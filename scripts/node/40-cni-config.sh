# The pod network of one node: CNI plugins, their configuration, and who masquerades.
#
# Sent as one text: `. ./lib-NAME.sh` stands for the functions of that file that are used here, and lib.sh comes before it.
# As a host gets it, with its values: ./hardway script NODE cni; by hand: ./hardway script NODE cni | ssh HOST sudo sh
#
# CNI_BIN_DIR, CNI_CONF_DIR: folders. PLUGINS: names, separated by spaces. PACKAGES: what is installed. BRIDGE: the bridge's
# name. NETWORK_FILE: name of the pod network's file; NETWORK, LOOPBACK_CONF: text of that and of 99-loopback.conf;
# BRIDGE_CONF: what NETWORK has for the bridge plugin, in a form to call it by. POD_CIDR: the node's. CLUSTER_CIDR: holds
# every node's. MASQUERADE: bridge (the plugin does it, by ipMasq), outsideCluster (a rule of ours does) or none. PEER:
# address of another host, or empty; FAR_POD: one that a pod there could have. MTU: of pods, or empty for the kernel's, KERNEL_MTU.
# ARTIFACTS: release of the plugins, see lib-artifacts; empty for the distribution's package.
#
# The steps in their order are at the end.
. ./lib-own.sh
. ./lib-problems.sh
. ./lib-packages.sh
. ./lib-artifacts.sh
. ./lib-cnifiles.sh
. ./lib-network.sh
. ./lib-forwarding.sh
. ./lib-firewalls.sh
network=$CNI_CONF_DIR/$NETWORK_FILE loopback=$CNI_CONF_DIR/99-loopback.conf
# From an earlier version of this step or written by hand: it sorts before the list and would be used instead, so it gives way.
single=$CNI_CONF_DIR/10-bridge.conf
veth_link=/etc/systemd/network/50-hardway-veth.link
masquerade_unit=hardway-masquerade.service

look_first() {
    case $MASQUERADE in bridge | outsideCluster | none) ;; *) problem "MASQUERADE is bridge, outsideCluster or none; found $MASQUERADE" ;; esac
    each_line look_at_file "$(cni_files "$root$CNI_CONF_DIR")"
    look_at_networks
    look_at_mtu
    look_at_bridge
    refuse_problems
}

look_at_file() {
    if [ "$1" = "${single##*/}" ] || printf '%s\n' "$NETWORK_FILE" "$1" | LC_ALL=C sort -C; then return 0; fi
    problem "$CNI_CONF_DIR/$1 sorts before $NETWORK_FILE, so the runtime would use it instead. Move it away"
}

# A pod would get the address of somebody else's machine, and the bridge would take that network's packets away from its card.
look_at_networks() {
    why='its pods would take addresses there, and the host would lose it. Choose another pod CIDR'
    problem_lines "$(networks_within "$POD_CIDR" "$BRIDGE" |
        sed "s|.*|the pod CIDR $POD_CIDR overlaps &, which this host is on: $why|")"
}

# What the kernel gives is said nothing about: where a card has less, it tells each pod so, packet by packet.
look_at_mtu() {
    [ -n "$MTU" ] || return 0
    card=$(way_out)
    [ -n "$card" ] || return 0
    largest=$(mtu_of "$card")
    [ "$MTU" -le "$largest" ] || problem "the MTU of pods is $MTU, but their packets leave by $card, which has $largest." \
        "Choose $largest or less, or give the network of $card a larger one"
}
mtu_of() { cat "$root/sys/class/net/$1/mtu"; }

# Sets $replace_bridge: it has an address of an earlier POD_CIDR, or another MTU than its ports will have.
look_at_bridge() {
    replace_bridge=false mtu=${MTU:-$KERNEL_MTU}
    if ! bridge_exists; then return 0; fi
    look_at_ports
    for address in $(ip -o -4 address show dev "$BRIDGE" | awk '{ print $4 }'); do
        [ "$address" != "$(gateway)" ] || continue
        replace_bridge=true
        if [ -n "$(bridge_ports)" ]; then
            problem "$BRIDGE has the address $address and POD_CIDR is now $POD_CIDR, but containers still use it:" \
                "$(bridge_ports | tr '\n' ' '). Remove the pods of this node first"
        fi
    done
}
# A bridge has the least MTU of its ports, and drops what is too large for the one that it leaves by, without a word.
look_at_ports() {
    other=''
    for port in $(bridge_ports); do
        [ "$(mtu_of "$port")" = "$mtu" ] || other="$other $port"
    done
    if [ -n "$other" ]; then
        problem "pods are to have the MTU $mtu, but those at$other of $BRIDGE were made with another, which they keep. Remove the" \
            "pods of this node first"
    elif [ -z "$(bridge_ports)" ] && [ "$(mtu_of "$BRIDGE")" != "$mtu" ]; then
        replace_bridge=true
    fi
}
bridge_exists() { [ -e "$root/sys/class/net/$BRIDGE" ]; }
bridge_ports() { ls "$root/sys/class/net/$BRIDGE/brif" 2>/dev/null || :; }

# gateway: prints the address that the bridge plugin gives to the bridge, the first of the range.
gateway() {
    last=${POD_CIDR##*.}
    printf '%s.%s/%s\n' "${POD_CIDR%.*}" "$((${last%%/*} + 1))" "${POD_CIDR#*/}"
}

# conf_value KEY: prints a text that BRIDGE_CONF has at its top.
conf_value() { printf '%s\n' "$BRIDGE_CONF" | sed -n "s/^  \"$1\": \"\\(.*\\)\",\\{0,1\\}\$/\\1/p" | head -n 1; }

# For undo: the bridge, its network's name, and whether each was there before us.
remember() {
    network_name=$(conf_value name)
    bridge_new=true leases_new=true
    if bridge_exists; then bridge_new=false; fi
    if [ -e "$root/var/lib/cni" ]; then leases_new=false; fi
    record pod-network "$BRIDGE $network_name $bridge_new $leases_new"
}

# Sets $packaged to where the plugins are, $trees to the release's folder and $links to ours, as words.
install_plugins() {
    # Where containernetworking-plugins puts them.
    packaged=/usr/lib/cni trees='' links=''
    # shellcheck disable=SC2086 # a list of words
    apt_install $PACKAGES
    if [ -n "$ARTIFACTS" ]; then
        install_artifact cni-plugins
        trees=$tree packaged=$release_folder/cni-plugins/current links=$release_folder/cni-plugins/current
        own_link "$packaged" "${tree##*/}"
    fi
    own_dir "$CNI_BIN_DIR"
    for plugin in $PLUGINS; do
        path=$CNI_BIN_DIR/$plugin
        # One that somebody else put there stays.
        if [ ! -e "$state/own$path" ] && [ -x "$root$path" ]; then continue; fi
        [ -x "$root$packaged/$plugin" ] || die "there is no $packaged/$plugin, which the CNI plugins should bring"
        [ "$CNI_BIN_DIR" = "$packaged" ] || { own_link "$path" "$packaged/$plugin" && links="$links $path"; }
    done
}

# Sets $kept to somebody's own file that gave way; ours is given up with whatever else is stale.
configure() {
    own_dir "$CNI_CONF_DIR"
    if $replace_bridge; then
        will_change
        run ip link delete "$BRIDGE" || die "cannot remove $BRIDGE, which has an earlier POD_CIDR or MTU"
        # No container is left that could hold a lease.
        rm -rf "$root/var/lib/cni/networks/$network_name"
    fi
    own_file "$network" 0644 "$NETWORK"
    own_file "$loopback" 0644 "$LOOPBACK_CONF"
    kept=''
    if [ -e "$root$single" ] && [ ! -e "$state/own$single" ] || [ -e "$state/was$single" ]; then
        kept=$single
        if [ -e "$root$single" ]; then
            claim "$single"
            : >"$state/own$single"
            rm -f "$root$single"
        fi
    fi
    # udev gives a new veth a MAC address of its own making (systemd.link(5), 99-default.link), at times after the plugin has
    # noted the first. CRI-O has the plugin CHECK that, and refuses the pod.
    own_file "$veth_link" 0644 '[Match]
Driver=veth

[Link]
MACAddressPolicy=none
'
}

# An nftables table of our own: it is put in and taken out whole, and neither the CNI plugins' and kube-proxy's iptables
# rules nor an iptables-restore of a firewall touch it. The kernel runs both (nft(8): several base chains on one hook).
masquerade() {
    if [ "$MASQUERADE" != outsideCluster ]; then
        disown_unit "$masquerade_unit"
        return
    fi
    nft=$(command -v nft)
    rule="ip saddr $POD_CIDR ip daddr != { $CLUSTER_CIDR, 224.0.0.0/4 } masquerade"
    # The unit ran once, and is active also when somebody has taken the rule away since.
    if systemctl is-active -q "$masquerade_unit" && ! masquerades; then
        will_change
        run systemctl stop "$masquerade_unit" || :
    fi
    own_unit "$masquerade_unit" "[Unit]
Description=Masquerade what pods send outside of the cluster
# The service nftables flushes every table when it starts.
After=nftables.service
PartOf=nftables.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=$nft 'table ip hardway; delete table ip hardway; table ip hardway { chain postrouting { type nat hook postrouting priority 100; $rule; }; }'
ExecStop=-$nft delete table ip hardway

[Install]
WantedBy=multi-user.target
"
    masquerades || die "the rule of $masquerade_unit is not in the kernel; see: nft list ruleset"
}
masquerades() { nft list table ip hardway 2>/dev/null | grep -q "ip saddr $POD_CIDR ip daddr != .*$CLUSTER_CIDR.* masquerade"; }

give_up_stale() {
    # shellcheck disable=SC2086 # paths of ours have no blanks
    disown_stale "$network" $kept "$loopback" "$veth_link" $links $unit_paths
}

# The plugins run, and take the configuration. Sets $cni_version, and $versions to JSON.
check_plugins() {
    first=$(cni_files "$root$CNI_CONF_DIR" | head -n 1)
    [ "$first" = "$NETWORK_FILE" ] || die "a runtime would take $CNI_CONF_DIR/$first before $NETWORK_FILE. Move it away"
    package_version=''
    [ -n "$ARTIFACTS" ] || package_version=$(dpkg-query -W -f '${Version}' containernetworking-plugins)
    cni_version=$(conf_value cniVersion)
    versions=''
    for plugin in $PLUGINS; do
        plugin_file "$plugin"
        said=$(printf '{"cniVersion":"%s"}' "$cni_version" | plugin_call VERSION) || die "the plugin $CNI_BIN_DIR/$plugin does not run: $said"
        case $said in
        *supportedVersions*"\"$cni_version\""*) ;;
        *) die "the plugin $CNI_BIN_DIR/$plugin does not know cniVersion $cni_version; it says $said" ;;
        esac
        plugin_version
        json_pair "$plugin" "$version"
        versions=${versions:+$versions,}$json
    done
    # DEL of a container that never was reads the whole configuration and asks the address plugin, and changes nothing.
    plugin_file bridge
    said=$(printf '%s' "$BRIDGE_CONF" | plugin_call DEL) || die "the bridge plugin refuses what $NETWORK_FILE has for it: $said"
}

# plugin_file NAME: sets $file to where the real plugin is.
plugin_file() {
    file=$root$CNI_BIN_DIR/$1
    [ ! -L "$file" ] || file=$root$(readlink "$file")
}

# plugin_call COMMAND: calls $file as a runtime does, with its configuration on stdin (CNI specification).
plugin_call() {
    CNI_COMMAND=$1 CNI_CONTAINERID=hardway-check CNI_NETNS='' CNI_IFNAME=eth0 CNI_PATH=$root$CNI_BIN_DIR "$file"
}

# plugin_version: sets $version of $file to the package's, since Debian's builds do not know their own; else as the plugin
# reports itself.
plugin_version() {
    case $package_version:$file in
    ?*:"$root$packaged/"*) version=$package_version ;;
    *) version=$(env -u CNI_COMMAND "$file" 2>&1 </dev/null | awk 'NR == 1 { print $NF }') ;;
    esac
}

check_forwarding() {
    plugin_file bridge
    # shellcheck disable=SC2034 # for lib-forwarding
    BRIDGE_PLUGIN=$file
    dropped=$(forwarding_problem) || die "the bridge plugin cannot connect a pod to $BRIDGE; see the lines above"
    [ -z "$dropped" ] || die "$dropped"
}

tell_facts() {
    fact_json plugins "{$versions}"
    fact cniVersion "$cni_version"
    fact masquerade "$MASQUERADE"
}

begin
look_first
remember
install_plugins
configure
masquerade
give_up_stale
check_plugins
check_forwarding
# shellcheck disable=SC2086 # a list of folders
drop_artifacts $trees
tell_facts
finish
