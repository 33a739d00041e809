# Puts modules, sysctls and swap back as they were. Needs no variables.
. ./lib-modules.sh
. ./lib-sysctl.sh
. ./lib-kernel.sh
begin_undo
swap_restore
disown_all
for key in $(sysctl_recorded); do sysctl_restore "$key"; done
unload_ours
finish_undo
