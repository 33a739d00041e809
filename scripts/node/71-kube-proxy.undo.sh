# Takes kube-proxy away, with its rules in the kernel. Needs no variables.
#
# Sent as one text: `. ./lib-NAME.sh` stands for the functions of that file that are used here, and lib.sh comes before it.
# As a host gets it: ./hardway script NODE kube-proxy --undo; by hand: ./hardway script NODE kube-proxy --undo | ssh HOST sudo sh
. ./lib-services.sh
. ./lib-purge.sh
. ./lib-proxy.sh

begin_undo
stop_services kube-proxy
remove_rules
undo_services
apt_purge_own
finish_undo
