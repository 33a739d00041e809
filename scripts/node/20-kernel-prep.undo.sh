# Puts modules, sysctls and swap back as they were. Needs no variables.
#
# Sent as one text: `. ./lib-NAME.sh` stands for the functions of that file that are used here, and lib.sh comes before it.
# As a host gets it: ./hardway script NODE kernel --undo; by hand: ./hardway script NODE kernel --undo | ssh HOST sudo sh
. ./lib-own.sh
. ./lib-modules.sh
. ./lib-sysctl.sh
. ./lib-kernel.sh
begin_undo
swap_restore
disown_all
for key in $(sysctl_recorded); do sysctl_restore "$key"; done
unload_ours
finish_undo
