# Settings that a runtime of this host's own was given, and that data and other programs hang on: they are refused before
# anything is written, since ours would replace them. Needs lib-problems and lib-runtime.
# Reads: nothing.
# Sets: nothing.

# unit_command UNIT: prints how systemd starts it, drop-ins and all.
unit_command() { systemctl show -p ExecStart --value "$1" 2>/dev/null | sed -n 's/.*argv\[\]=\(.*\) ; ignore_errors=.*/\1/p' | tail -n 1; }

# unit_files UNIT: prints its file and its drop-ins, as words, that say how it is started.
unit_files() {
    # shellcheck disable=SC2046 # a list of words
    for unit_file in $(systemctl show -p FragmentPath -p DropInPaths --value "$1" 2>/dev/null); do
        if grep -qs '^ExecStart=' "$root$unit_file"; then printf '%s ' "$unit_file"; fi
    done
}

# unit_option_problems UNIT CONFIG OPTION...: adds a problem where the unit's command has one of these options, which say something
# else than the configuration file that we write. An option --config (or -c) is none when it names CONFIG.
unit_option_problems() {
    site_unit=$1 site_config=$2
    shift 2
    site_command=$(unit_command "$site_unit")
    # Options of two words and of one with "=" alike.
    site_words=$(printf '%s\n' "$site_command" | sed 's|[ =]|\n|g')
    site_found=''
    for option; do
        case $newline$site_words$newline in *"$newline$option$newline$site_config$newline"*) continue ;; esac
        case $newline$site_words$newline in *"$newline$option$newline"*) site_found="$site_found $option" ;; esac
    done
    [ -z "$site_found" ] ||
        problem "$site_unit is started with options of this host's own ($(unit_files "$site_unit")says: $site_command), so that" \
            "$site_config would not be all that counts:$site_found. Take them out and restart the service, or leave this host" \
            "out of the lab"
}

# keeps_problem FILE SETTINGS: a problem when there are settings, a line each.
keeps_problem() {
    if [ -z "$2" ]; then return 0; fi
    site_shown=$(printf '%s\n' "$2" | sed 's/|/ /' | tr '\n' ';' | sed 's/;$//; s/;/; /g')
    problem "$1 is this host's own and would be replaced, but data or other programs hang on what it says: $site_shown." \
        "Move what hangs on it and take it out, or leave this host out of the lab"
}

# site_config PATH: it is there, and no step of ours wrote it; undo of another runtime's step puts the host's own back.
site_config() {
    [ -e "$root$1" ] || return 1
    for site_state in "$root"/var/lib/hardway/*/; do [ ! -e "${site_state}own$1" ] || return 1; done
}

# containerd_site_problems PROGRAM CONFIG SOCKET SNAPSHOTTER: SNAPSHOTTER is empty for any. The program says what it makes of the
# file, and of what that imports.
containerd_site_problems() {
    unit_option_problems containerd.service "$2" --config -c --root --state --address -a
    site_config "$2" || return 0
    if ! site_dump=$("$1" --config "$root$2" config dump 2>/dev/null); then
        problem "$2 is this host's own and would be replaced, but $1 cannot read it, so that nobody can say what hangs on it:" \
            "$("$1" --config "$root$2" config dump 2>&1 | tail -n 1 | head -c 300). Mend it or take it away"
        return 0
    fi
    site_settings=$(printf '%s\n' "$site_dump" | flat_toml | awk -F '|' -v socket="$3" -v snapshotter="$4" '
        { at = index($2, "="); key = substr($2, 1, at - 1); value = substr($2, at + 1) }
        value == "\"\"" || value == "[]" || value == "{}" { next }
        $1 == "" && key == "root" && value != "\"/var/lib/containerd\"" { print "root=" value }
        $1 == "" && key == "state" && value != "\"/run/containerd\"" { print "state=" value }
        $1 == "grpc" && key == "address" && value != "\"" socket "\"" { print "grpc address=" value }
        $1 ~ /^proxy_plugins\./ && key == "address" { print $1 " address=" value }
        $1 ~ /\.registry(\.|$)/ && key != "headers" { print $1 " " key "=" value }
        # Pods name them by their RuntimeClass.
        $1 ~ /\.containerd\.runtimes\.[^.]+$/ && key == "runtime_type" && $1 !~ /\.runc$/ { print $1 " " key "=" value }
        $1 ~ /\.runtimes\.runc\.options$/ && key == "BinaryName" { print $1 " " key "=" value }
        $1 ~ /\.containerd$/ && key == "default_runtime_name" && value != "\"runc\"" { print $1 " " key "=" value }
        $1 ~ /\.(containerd|images")$/ && key == "snapshotter" && snapshotter != "" && value != "\"" snapshotter "\"" {
            print $1 " snapshotter=" value
        }
        ' | while IFS= read -r site_line; do
        # By default it reads folders that hold nothing.
        case $site_line in *" config_path="*) site_folder_has_files "${site_line##*=}" || continue ;; esac
        printf '%s\n' "$site_line"
    done | head -n 8)
    # Only files that are there are imported.
    for site_file in $(sed -n 's/^[[:blank:]]*imports *= *\[\(.*\)\].*/\1/p' "$root$2" | tr -d "\"',"); do
        for site_path in "$root"$site_file; do
            [ ! -f "$site_path" ] || site_settings="${site_settings:+$site_settings$newline}imports ${site_path#"$root"}"
        done
    done
    keeps_problem "$2" "$site_settings"
}

# site_folder_has_files "FOLDER:FOLDER", with the quotes.
site_folder_has_files() {
    for site_folder in $(printf '%s' "$1" | tr -d '"' | tr : ' '); do
        [ -z "$(find "$root$site_folder" -type f 2>/dev/null | head -n 1)" ] || return 0
    done
    return 1
}

# docker_site_problems CONFIG STORAGE_DRIVER: the same for Docker's daemon.json. Every key counts that ours does not set, since
# Docker's settings are about what it keeps and whom it talks to.
docker_site_problems() {
    unit_option_problems docker.service "$1" --config-file --data-root -g --graph --exec-root --storage-driver -s --registry-mirror \
        --insecure-registry --userns-remap --bridge -b
    site_config "$1" || return 0
    site_free='exec-opts|features|containerd-snapshotter|runtimes|path|runtimeArgs|default-runtime|log-driver|log-opts|max-size|max-file'
    site_free="$site_free|live-restore|bridge|iptables|ip6tables|ip-masq|ip-forward|debug|log-level|default-ulimits|Name|Hard|Soft"
    site_free="$site_free|builder|gc|enabled|default-shm-size|experimental|max-concurrent-downloads|max-concurrent-uploads"
    site_settings=$(sed 's|[,{}]|\n|g' "$root$1" |
        sed -n 's/^[[:blank:]]*"\([A-Za-z0-9-]*\)"[[:blank:]]*:[[:blank:]]*\(.*\)/\1=\2/p' |
        awk -F = -v driver="\"$2\"" -v free="^($site_free)\$" '
        $1 ~ free { next }
        $1 == "storage-driver" && $2 ~ "^" driver { next }
        { print }' | head -n 8)
    keeps_problem "$1" "$site_settings"
}
