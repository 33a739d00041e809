# What would turn swap on at the next boot besides fstab(5) and swap units.
# Reads: nothing.
# Sets: $unit_folders, every folder of units, by precedence (systemd.unit(5)).

unit_folders='/etc/systemd/system /run/systemd/system /run/systemd/generator.early /run/systemd/generator /usr/local/lib/systemd/system
/usr/lib/systemd/system /lib/systemd/system /run/systemd/generator.late'

# swap_starters SERVICES: prints `FILE:LINE: TEXT` for what runs swapon at boot and is not one of SERVICES: a service, or a drop-in
# of one, that is enabled or has a timer or path that is, itself or by the script that it starts; rc.local(8), cron's @reboot,
# cloud-init's scripts for each boot and rules of udev.
# shellcheck disable=SC2016 # awk's own $
swap_starters() {
    dropins=/
    for folder in $unit_folders; do
        for file in "$root$folder"/*.service; do [ ! -f "$file" ] || printf '%s\0' "$file"; done
        for file in "$root$folder"/*.service.d/*.conf; do
            [ -e "$file" ] || continue
            dropin=${file#"$root$folder"}
            # Of one name only the first counts, which a link to /dev/null hides as well.
            case $dropins in *"$dropin/"*) continue ;; esac
            dropins=$dropins$dropin/
            [ ! -f "$file" ] || printf '%s\0' "$file"
        done
    done | xargs -0 -r awk -v known=" $1 " '
        {
            part = FILENAME
            sub(/.*\/system\/|.*\/generator[^\/]*\//, "", part)
            name = part
            sub(/[.]d\/.*/, "", name)
            if (!(part in own)) own[part] = FILENAME
            if (own[part] != FILENAME || index(known, " " name " ") || !/^Exec(Start|StartPre|StartPost|Condition)[ \t]*=/) next
            if (/(^|[^a-z])swapon([^a-z]|$)/) { print name "\t" FILENAME "\t" FNR "\t" $0; next }
            if (FILENAME !~ /\/(etc|run)\/systemd\//) next
            program = $0
            sub(/^[^=]*=[ \t]*[-@:+!|]*/, "", program)
            # What an interpreter is given may be the script.
            count = split(program, word, /[ \t"\047;]+/)
            for (i = 1; i <= count; i++)
                if (word[i] ~ /^\// && word[i] !~ /\/((ba|da)?sh|env)$/) print name "\t" FILENAME "\t" FNR "\t" $0 "\t" word[i]
        }' | while IFS="$(printf '\t')" read -r unit file line text program; do
        # Programs are not looked into, only scripts.
        if [ -n "$program" ]; then
            grep -EqIs '^[^#]*(^|[^a-z])swapon([^a-z]|$)' "$root$program" || continue
            head -c 2 "$root$program" | grep -q '#!' || continue
        fi
        starts_at_boot "$unit" || continue
        echo "${file#"$root"}:$line: $text"
    done
    for file in "$root/etc/rc.local" "$root/etc/crontab" "$root/etc/cron.d"/* "$root/var/spool/cron/crontabs"/* \
        "$root/var/lib/cloud/scripts/per-boot"/* "$root/etc/udev/rules.d"/*.rules; do
        [ -f "$file" ] || continue
        before=''
        case $file in
        */rc.local | */per-boot/*) [ -x "$file" ] || continue ;;
        *.rules) before='[^#]*RUN' ;;
        *) before='[[:space:]]*@reboot[[:space:]]' ;;
        esac
        grep -En "^$before([^#]*[^a-z#])?swapon([^a-z]|\$)" "$file" | sed "s|^|${file#"$root"}:|; s|:\([0-9]*\):|:\1: |"
    done
}

# starts_at_boot SERVICE: a boot starts it, or a timer or a path that a boot starts.
starts_at_boot() {
    for starting in "$1" "${1%.service}.timer" "${1%.service}.path"; do
        case $(systemctl is-enabled "$starting" 2>/dev/null) in
        enabled* | generated | alias | linked*) return 0 ;;
        masked*) return 1 ;;
        esac
    done
    return 1
}
