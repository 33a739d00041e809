# What the kernel can hold containers to.
# Reads: nothing.
# Sets: nothing.

# missing_controllers: prints one line for each cgroup controller that a kubelet does not start without (kubernetes,
# pkg/kubelet/cm) and that this kernel does not have or was told not to use.
missing_controllers() {
    if [ -e "$root/sys/fs/cgroup/cgroup.controllers" ]; then
        controllers=$(cat "$root/sys/fs/cgroup/cgroup.controllers")
    else
        controllers=$(awk '$4 == 1 { printf "%s ", $1 }' "$root/proc/cgroups")
    fi
    for controller in cpu cpuset memory pids; do
        case " $controllers " in *" $controller "*) continue ;; esac
        if grep -Eq "(^| )cgroup_disable=([^ ]*,)?$controller(,| |\$)" "$root/proc/cmdline"; then
            echo "the kernel was started with cgroup_disable=$controller, and a kubelet needs that cgroup controller." \
                "Take it out of the boot arguments and reboot; on a Raspberry Pi, whose firmware sets it," \
                "add cgroup_enable=$controller to /boot/firmware/cmdline.txt"
        else
            echo "the kernel has no cgroup controller $controller, which a kubelet needs; found: $controllers." \
                "Boot a kernel that has it, with cgroup_enable=$controller among its boot arguments where it is only off"
        fi
    done
}
