# Takes etcd away with its data: what the cluster was to be is lost. Needs no variables.
#
# Sent as one text: `. ./lib-NAME.sh` stands for the functions of that file that are used here, and lib.sh comes before it.
# As a host gets it: ./hardway script NODE etcd --undo; by hand: ./hardway script NODE etcd --undo | ssh HOST sudo sh
. ./lib-services.sh
. ./lib-purge.sh
begin_undo
stop_services etcd
data=$(recorded data)
if [ -n "$data" ]; then
    rm -rf --one-file-system "$root$data/member" || die "cannot remove $data/member; is something mounted there? See: findmnt"
    mode=$(recorded mode)
    if [ -n "$mode" ] && [ -d "$root$data" ]; then chmod "$mode" "$root$data"; fi
fi
undo_services
apt_purge_own
finish_undo
