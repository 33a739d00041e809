# Checks that this host can become a node, and waits until it has finished booting. Changes nothing; runs as the login
# user, since whether that user may become root is one of the questions.
#
# Sent as one text: `. ./lib-NAME.sh` stands for the functions of that file that are used here, and lib.sh comes before it.
# As a host gets it, with its values: ./hardway script NODE reachable; by hand: ./hardway script NODE reachable | ssh HOST sh
#
# ADDRESS: IPv4 address that must be on an interface, empty for any. MIN_FREE_MIB: free space wanted on / and /var.
# BOOT_WAIT: seconds that systemd and cloud-init may each take to finish the boot.
. ./lib-problems.sh
. ./lib-cgroups.sh
: "${BOOT_WAIT:=240}"

# Boot first: cloud-init makes users, sudo rules and addresses, and holds apt's lock.
if [ ! -d "$root/run/systemd/system" ]; then
    problem "systemd is not running this host (no /run/systemd/system; process 1 is $(cat "$root/proc/1/comm" 2>/dev/null || echo hidden))." \
        "Steps need systemd to last over a reboot"
else
    case $(systemctl is-system-running 2>/dev/null) in initializing | starting) tell "waiting until the host has booted" ;; esac
    boot=$(timeout "$BOOT_WAIT" systemctl is-system-running --wait 2>/dev/null) || :
    case $boot in
    running | degraded) ;; # degraded: some unit failed, which is not for us to judge
    *)
        boot=$(systemctl is-system-running 2>/dev/null) || :
        if [ "$boot" != running ] && [ "$boot" != degraded ]; then
            jobs=$(systemctl list-jobs --no-legend --plain 2>/dev/null | awk '{ printf "%s ", $2 }' | head -c 200)
            problem "the boot has not finished after $BOOT_WAIT s: systemd says ${boot:-nothing}, waiting for: $jobs"
        fi
        ;;
    esac
fi
if command -v cloud-init >/dev/null; then
    cloud=$(cloud-init status 2>/dev/null) || :
    case $cloud in
    *running*)
        tell "waiting for cloud-init"
        timeout "$BOOT_WAIT" cloud-init status --wait >/dev/null 2>&1 || :
        cloud=$(cloud-init status 2>/dev/null) || :
        ;;
    esac
    case $cloud in
    *running*) problem "cloud-init is still running after $BOOT_WAIT s; see /var/log/cloud-init-output.log" ;;
    *error*) problem "cloud-init ended with an error; see: cloud-init status --long" ;;
    esac
fi

user=$(id -un)
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
        problem "sudo is not installed; install it, and let user $user use it without a password"
    elif ! said=$(sudo -n true 2>&1); then
        problem "user $user needs sudo without a password; found: $(printf '%s' "$said" | head -n 1 | head -c 200)." \
            "Add to /etc/sudoers.d: $user ALL=(ALL) NOPASSWD:ALL"
    fi
fi

# os-release(5) is made for the shell; the subshell keeps its names away from ours.
# shellcheck disable=SC1091 # not on this machine
os_id=$(. "$root/etc/os-release" && printf %s "${ID-}") || os_id=''
# shellcheck disable=SC1091
os_version=$(. "$root/etc/os-release" && printf %s "${VERSION_ID-}") || os_version=''
case $os_id-${os_version%%.*} in
debian-1[2-9] | debian-[2-9][0-9] | ubuntu-2[2-9] | ubuntu-[3-9][0-9]) ;;
*)
    problem "the distribution is not supported: found ${os_id:-no ID} ${os_version:-without VERSION_ID} in /etc/os-release;" \
        "wanted debian 12 or later, or ubuntu 22.04 or later"
    ;;
esac

case $(uname -m) in
x86_64) architecture=amd64 ;;
aarch64) architecture=arm64 ;;
*) architecture=$(uname -m) && problem "the architecture is not supported: found $architecture; wanted x86_64 or aarch64" ;;
esac

problem_lines "$(missing_controllers)"

free_mib() { df -Pk "$root$1" | awk 'NR == 2 { print int($4 / 1024) }'; }
# A host that has been prepared before has on its disk already what needs the room.
if [ -d "$root/var/lib/hardway" ]; then MIN_FREE_MIB=$((MIN_FREE_MIB / 8)); fi
for folder in / /var; do
    free=$(free_mib "$folder")
    [ "$free" -ge "$MIN_FREE_MIB" ] || problem "$folder has $free MiB free; wanted $MIN_FREE_MIB MiB. Free or add disk space"
done

addresses=$(ip -o -4 address show scope global | awk '{ sub("/.*", "", $4); print $4 }')
if [ -n "$ADDRESS" ]; then
    printf '%s\n' "$addresses" | grep -qxF -e "$ADDRESS" ||
        problem "the address $ADDRESS is on no interface; found $(printf '%s' "$addresses" | tr '\n' ' '). Is this the right host?"
fi

if command -v dpkg >/dev/null; then
    audit=$(dpkg --audit 2>&1) || :
    if [ -n "$audit" ]; then
        problem "dpkg is in a broken state; run: sudo dpkg --configure -a. It says:" \
            "$(printf '%s' "$audit" | tr -s '\n ' ' ' | head -c 300)"
    fi
fi

hostname=$(uname -n)
if [ -n "$problems" ]; then
    count=$(printf '%s\n' "$problems" | grep -c '^- ')
    printf 'hardway: %s: %s cannot become a node, %s problem(s):%s\n' "$STEP" "$hostname" "$count" "$problems" | head -c 3900 >&2
    exit 1
fi

list=''
for address in $addresses; do
    json_string "$address"
    list=${list:+$list,}$json
done
fact hostname "$hostname"
fact machineId "$(cat "$root/etc/machine-id" 2>/dev/null)"
fact kernel "$(uname -r)"
fact architecture "$architecture"
json_pair id "$os_id" && os=$json
json_pair version "$os_version" && fact_json os "{$os,$json}"
fact_json cgroupVersion "$(cgroup_version)"
fact virtualization "$(systemd-detect-virt 2>/dev/null || :)"
fact_json memoryMiB "$(awk '$1 == "MemTotal:" { print int($2 / 1024) }' "$root/proc/meminfo")"
fact_json freeMiB "$(free_mib /)"
fact_json addresses "[$list]"
fact defaultInterface "$(ip -4 route show default | awk '{ for (i = 1; i < NF; i++) if ($i == "dev") { print $(i + 1); exit } }')"
fact user "$user"
printf '{%s}\n' "${facts#,}"
