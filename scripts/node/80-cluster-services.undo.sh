# Takes away what the step keeps on this host; what the cluster holds stays in etcd, and goes with that. Needs no variables.
#
# Sent as one text: `. ./lib-NAME.sh` stands for the functions of that file that are used here, and lib.sh comes before it.
# As a host gets it: ./hardway script NODE cluster --undo; by hand: ./hardway script NODE cluster --undo | ssh HOST sudo sh
begin_undo
finish_undo
