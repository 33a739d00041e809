# Folders of configuration files that /etc, /run and /usr have each.
# Reads: nothing.
# Sets: nothing.

# conf_files FOLDER [FILE]: prints the files NAME.conf of FOLDER, e.g. sysctl.d, in the order in which they are read: by name,
# and of one name only the first of these folders, which a link to /dev/null or an empty file hides (sysctl.d(5), modprobe.d(5)).
# FILE counts as if it were there. Awk sorts as well, byte by byte: each process costs a slow host more than the sorting.
# shellcheck disable=SC2016 # awk's own $
conf_files() {
    conf_ours=${2-}
    for conf_folder in /etc /run /usr/local/lib /usr/lib /lib; do
        for conf_file in "$root$conf_folder/$1"/*.conf; do
            if [ -r "$conf_file" ] && [ ! -d "$conf_file" ]; then printf '%s\t%s\n' "${conf_file##*/}" "$conf_file"; fi
        done
        [ "$conf_ours" != "$conf_folder/$1/${conf_ours##*/}" ] || printf '%s\t%s\n' "${conf_ours##*/}" "$root$conf_ours"
    done | LC_ALL=C awk '
        { name = path = $0; sub(/\t.*/, "", name); sub(/[^\t]*\t/, "", path) }
        !(name in paths) {
            paths[name] = path
            for (i = ++count; i > 1 && names[i - 1] "" > name ""; i--) names[i] = names[i - 1]
            names[i] = name
        }
        END { for (i = 1; i <= count; i++) print paths[names[i]] }'
}
