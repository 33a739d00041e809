# What would turn swap on at the next boot besides fstab(5) and swap units.
# Reads: nothing.
# Sets: $unit_folders, every folder of units, by precedence (systemd.unit(5)).

unit_folders='/etc/systemd/system /run/systemd/system /run/systemd/generator.early /run/systemd/generator /usr/local/lib/systemd/system
/usr/lib/systemd/system /lib/systemd/system /run/systemd/generator.late'

# swap_starters SERVICES: prints `FILE:LINE: TEXT` for what runs swapon at boot and is not one of SERVICES: a service that is
# enabled, itself or by the script that it starts; rc.local(8) and cron's @reboot.
# shellcheck disable=SC2016 # awk's own $
swap_starters() {
    for folder in $unit_folders; do
        for file in "$root$folder"/*.service; do [ ! -f "$file" ] || printf '%s\0' "$file"; done
    done | xargs -0 -r awk -v known=" $1 " '
        {
            name = FILENAME
            sub(/.*\//, "", name)
            if (!(name in own)) own[name] = FILENAME
            if (own[name] != FILENAME || index(known, " " name " ") || !/^Exec(Start|StartPre|StartPost|Condition)[ \t]*=/) next
            if (/(^|[^a-z])swapon([^a-z]|$)/) { print name "\t" FILENAME "\t" FNR "\t" $0; next }
            program = $0
            sub(/^[^=]*=[ \t]*[-@:+!|]*/, "", program)
            # An interpreter, with the script after it.
            if (split(program, word, /[ \t"\047]+/) > 1 && word[1] ~ /\/(ba|da)?sh$/ && word[2] ~ /^\//) word[1] = word[2]
            if (word[1] ~ /^\// && FILENAME ~ /\/(etc|run)\/systemd\//) print name "\t" FILENAME "\t" FNR "\t" $0 "\t" word[1]
        }' | while IFS="$(printf '\t')" read -r unit file line text program; do
        # Programs are not looked into, only scripts.
        if [ -n "$program" ]; then
            grep -EqIs '^[^#]*(^|[^a-z])swapon([^a-z]|$)' "$root$program" || continue
            head -c 2 "$root$program" | grep -q '#!' || continue
        fi
        case $(systemctl is-enabled "$unit" 2>/dev/null) in
        enabled* | generated | alias | linked*) echo "${file#"$root"}:$line: $text" ;;
        esac
    done
    for file in "$root/etc/rc.local" "$root/etc/crontab" "$root/etc/cron.d"/* "$root/var/spool/cron/crontabs"/*; do
        [ -f "$file" ] || continue
        case $file in
        */rc.local) [ -x "$file" ] && before='' || continue ;;
        *) before='[[:space:]]*@reboot[[:space:]]' ;;
        esac
        grep -En "^$before([^#]*[^a-z#])?swapon([^a-z]|\$)" "$file" | sed "s|^|${file#"$root"}:|; s|:\([0-9]*\):|:\1: |"
    done
}
