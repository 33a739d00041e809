# Takes etcd away with its data: what the cluster was to be is lost. Needs no variables.
#
# Sent as one text: `. ./lib-NAME.sh` stands for the functions of that file that are used here, and lib.sh comes before it.
# As a host gets it: ./hardway script NODE etcd --undo; by hand: ./hardway script NODE etcd --undo | ssh HOST sudo sh
. ./lib-services.sh
. ./lib-purge.sh
begin_undo
stop_services etcd
data=$(recorded data)
[ -z "$data" ] || find "$root$data" -mindepth 1 -delete
undo_services
apt_purge_own
finish_undo
