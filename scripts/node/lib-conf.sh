# Folders of configuration files that /etc, /run and /usr have each.

# conf_files FOLDER [FILE]: prints the files NAME.conf of FOLDER, e.g. sysctl.d, in the order in which they are read: by name,
# and of one name only the first of these folders, which a link to /dev/null or an empty file hides (sysctl.d(5), modprobe.d(5)).
# FILE counts as if it were there.
conf_files() {
    conf_ours=${2-}
    for conf_folder in /etc /run /usr/local/lib /usr/lib /lib; do
        for conf_file in "$root$conf_folder/$1"/*.conf; do
            [ ! -r "$conf_file" ] || [ -d "$conf_file" ] || printf '%s\t%s\n' "${conf_file##*/}" "$conf_file"
        done
        [ "$conf_ours" != "$conf_folder/$1/${conf_ours##*/}" ] || printf '%s\t%s\n' "${conf_ours##*/}" "$root$conf_ours"
    done | awk -F '\t' '!seen[$1]++' | LC_ALL=C sort -t "$(printf '\t')" -k 1,1 | cut -f 2-
}
