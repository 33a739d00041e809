# etcd, one member of the cluster's, running now and after every reboot.
#
# Sent as one text: `. ./lib-NAME.sh` stands for the functions of that file that are used here, and lib.sh comes before it.
# As a host gets it, with its values: ./hardway script NODE etcd; by hand: ./hardway script NODE etcd | ssh HOST sudo sh
#
# SERVICES, SERVICE_FILES, FILES, FILE_1 and so on, ARTIFACTS: see lib-services. Keys and certificates are on standard input.
# DATA: folder of its data. ALONE: true where it is the only member. CLIENT_PORT, PEER_PORT, METRICS_PORT: where it listens.
#
# The steps in their order are at the end.
. ./lib-services.sh

look_first() {
    artifact_problems
    foreign_unit_problems
    port_problems etcd "$CLIENT_PORT" "$PEER_PORT" "$METRICS_PORT"
    if [ -e "$root$DATA/member" ] && [ ! -e "$state/own/etc/systemd/system/etcd.service" ]; then
        problem "$DATA holds the data of another etcd. Move it away, or leave this host out of the cluster"
    fi
    refuse_problems
}

# The folder may be there, such as for a disk of its own; the data in it are ours in any case.
own_data() {
    own_dir "$DATA"
    record data "$DATA"
    data_mode=$(stat -c %a "$root$DATA")
    if [ "$data_mode" = 700 ]; then return 0; fi
    will_change
    record mode "$data_mode"
    chmod 0700 "$root$DATA" || die "cannot make $DATA root's alone (chmod 0700)"
}

# Alone it answers about its health, and as one of several only when most of the others are there as well: the control plane's step
# waits for that, so that hosts can be done one after the other.
check_member() {
    if [ "$ALONE" = true ]; then
        await etcd 150 2 "etcd does not get healthy" healthy "http://127.0.0.1:$METRICS_PORT/health"
    else
        await etcd 60 2 "etcd does not listen" listens "$PEER_PORT"
    fi
    version=$("$root$(program_link etcd)" --version | awk '/^etcd Version/ { print $3 }')
}
listens() { [ -n "$(ss -Hltn "sport = :$1")" ]; }

begin
read_secrets
look_first
apt_install curl
own_data
own_services
check_member
give_up_old_programs
fact version "$version"
finish
