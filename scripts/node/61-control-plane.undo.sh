# Takes the control plane of this controller away; what the cluster is to be stays in etcd. Needs no variables.
#
# Sent as one text: `. ./lib-NAME.sh` stands for the functions of that file that are used here, and lib.sh comes before it.
# As a host gets it: ./hardway script NODE control-plane --undo; by hand: ./hardway script NODE control-plane --undo | ssh HOST sudo sh
. ./lib-services.sh
. ./lib-purge.sh
begin_undo
stop_services kube-scheduler kube-controller-manager kube-apiserver
undo_services
apt_purge_own
finish_undo
