# etcd, one member of the cluster's, running now and after every reboot.
#
# Sent as one text: `. ./lib-NAME.sh` stands for the functions of that file that are used here, and lib.sh comes before it.
# As a host gets it, with its values: ./hardway script NODE etcd; by hand: ./hardway script NODE etcd | ssh HOST sudo sh
#
# SERVICES, SERVICE_FILES, FILES, FILE_1 and so on, ARTIFACTS: see lib-services. Keys and certificates are on standard input.
# DATA: folder of its data. MEMBERS: URL of each member for the others, one a line. CLIENT_PORT, PEER_PORT, METRICS_PORT: where it listens.
#
# The steps in their order are at the end.
. ./lib-services.sh

look_first() {
    artifact_problems
    foreign_unit_problems
    older_problems etcd
    skipped_minor_problems etcd
    port_problems etcd "$CLIENT_PORT" "$PEER_PORT" "$METRICS_PORT"
    if [ -e "$root$DATA/member" ]; then
        if [ -e "$state/own$unit" ]; then
            look_at_members
        else
            problem "$DATA holds the data of another etcd. Move it away, or leave this host out of the cluster"
        fi
    fi
    refuse_problems
    has_majority=false
    if is_healthy; then has_majority=true; fi
}
unit=/etc/systemd/system/etcd.service

# They are part of the data from the start: with others, a member would wait for a majority that there is not, or be left out.
look_at_members() {
    wanted=$(printf '%s\n' "$MEMBERS" | sort)
    found=$({ members_said || members_of_unit; } | sort)
    if [ -z "$found" ] || [ "$found" = "$wanted" ]; then return 0; fi
    problem "etcd's members here are $(words "$found"), and wanted are $(words "$wanted"). The controllers of a living cluster cannot" \
        "change: have these as before, or remove the cluster first"
}
words() { printf '%s' "$1" | tr '\n' ' '; }
# members_said: what etcd says, whether or not there is a majority. members_of_unit: with what it was begun, where it does not run.
members_said() {
    said=$("$root$(program_link etcdctl)" --endpoints "https://127.0.0.1:$CLIENT_PORT" --cacert "$root/etc/etcd/etcd-ca.crt" \
        --cert "$root/etc/etcd/etcd-server.crt" --key "$root/etc/etcd/etcd-server.key" --command-timeout 20s \
        member list --consistency s -w simple </dev/null 2>/dev/null) && printf '%s\n' "$said" | awk -F ', ' '{ print $4 }'
}
members_of_unit() {
    sed -n 's/.* --initial-cluster=\([^ "]*\).*/\1/p' "$root$unit" | tr ',' '\n' | sed 's/^[^=]*=//'
}
is_healthy() { healthy "http://127.0.0.1:$METRICS_PORT/health"; }

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

# It is healthy when most members are there. Where they were before, they are again before another one has its turn. In a new cluster
# the others come after this one: the control plane's step waits for them, so that hosts can be done one after the other.
check_member() {
    case $has_majority:$MEMBERS in
    false:*"$newline"*) await etcd 60 2 "etcd does not listen" listens "$PEER_PORT" ;;
    *) await etcd 150 2 "etcd does not get healthy" is_healthy ;;
    esac
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
