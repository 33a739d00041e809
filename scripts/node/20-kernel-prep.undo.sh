# Puts modules, sysctls and swap back as they were. Needs no variables.
. ./lib-kernel.sh
begin_undo
swap_restore
disown_all
for key in $(sysctl_recorded); do sysctl_restore "$key"; done
# Last in, first out. One that something uses by now stays.
recorded loaded | tac | while IFS= read -r module; do
    [ ! -e "$root/sys/module/$module/initstate" ] || run rmmod "$module" || echo "kept: $module is in use"
done
finish_undo
