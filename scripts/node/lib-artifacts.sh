# Upstream's release files on this host: downloaded once, checked before anything is made of them, unpacked beside what
# is in use. Needs lib-packages, and artifact_problems lib-problems.
# Reads: ARTIFACTS, see artifact_names. DOWNLOAD_PROXY: proxy for downloads, `none` for none; unset or empty: the environment's,
#   else the one that apt has. DOWNLOAD_STALL, DOWNLOAD_LIMIT, DOWNLOAD_TRIES, DOWNLOAD_PAUSE: see below, for tests mostly.
# Sets: $artifact, see artifact_get; $tree, $tree_version, $tree_url, $tree_arch, see install_artifact; $tree_line
#   and $no_release, see artifact_line; $release_folder.

# Seconds that a transfer may stand still, that a file may take, and how often one is tried; for tests mostly.
: "${DOWNLOAD_PROXY:=}" "${DOWNLOAD_STALL:=30}" "${DOWNLOAD_LIMIT:=600}" "${DOWNLOAD_TRIES:=4}" "${DOWNLOAD_PAUSE:=2}"
artifact_cache=/var/cache/hardway/artifacts
# Releases are unpacked here, each version in a folder of its own whose name has the checksum's beginning in it.
release_folder=/opt/hardway
artifacts_used=''

# digest_of FILE LIKE: prints FILE's SHA-256, or its SHA-512 where LIKE is as long as one (gVisor publishes no other).
digest_of() {
    if [ "${#2}" = 128 ]; then sha512sum <"$1" | cut -d ' ' -f 1; else sha256sum <"$1" | cut -d ' ' -f 1; fi
}

# artifact_get URL DIGEST: sets $artifact to a file on this host whose checksum is DIGEST; downloads it when it is not
# there. Not to be called in $(...), where its error message would be lost.
artifact_get() {
    case $2 in *[!0-9a-f]*) die "the checksum of $1 is no SHA-256; found $2" ;; esac
    case ${#2} in 64 | 128) ;; *) die "the checksum of $1 is no SHA-256; found $2" ;; esac
    artifact=$root$artifact_cache/$2 artifact_part=$root$artifact_cache/$2.part
    artifacts_used="$artifacts_used $2"
    if [ -f "$artifact" ]; then
        [ "$(digest_of "$artifact" "$2")" != "$2" ] || return 0
        rm -f "$artifact"
    fi
    own_dir "$artifact_cache"
    will_change
    # Remembered before the first byte comes, so that undo finds parts as well.
    grep -qx -e "$2" "$state/artifacts" 2>/dev/null || printf '%s\n' "$2" >>"$state/artifacts"
    download_tool "$1"
    resumed=false
    [ ! -s "$artifact_part" ] || resumed=true
    while :; do
        if ! { [ -f "$artifact_part" ] && [ "$(digest_of "$artifact_part" "$2")" = "$2" ]; }; then
            download "$1"
            found=$(digest_of "$artifact_part" "$2")
            if [ "$found" != "$2" ]; then
                bytes=$(wc -c <"$artifact_part")
                rm -f "$artifact_part"
                # What an earlier run had left may have been of another file.
                if $resumed; then resumed=false && continue; fi
                die "$1 has the wrong checksum; wanted $2; found $found in $bytes bytes. Nothing of it was used." \
                    "Either the file was changed or cut off where it comes from, or the checksum belongs to another file"
            fi
        fi
        chmod 0644 "$artifact_part" && sync "$artifact_part" && mv -f "$artifact_part" "$artifact" || die "cannot write $artifact; $(room)"
        return 0
    done
}

room() {
    printf '%s MiB are free in %s; free disk space or mount it writable' \
        "$(df -Pk "$root$artifact_cache" | awk 'NR == 2 { print int($4 / 1024) }')" "$artifact_cache"
}

# download_tool URL: a program that downloads is there, and the certificates that an https address needs.
download_tool() {
    download_needs=''
    command -v curl >/dev/null || command -v wget >/dev/null || download_needs=curl
    case $1 in https:*) [ -e "$root/etc/ssl/certs/ca-certificates.crt" ] || download_needs="$download_needs ca-certificates" ;; esac
    # shellcheck disable=SC2086 # a list of words
    [ -z "$download_needs" ] || apt_install $download_needs
}

# download URL: $artifact_part holds the file, as far as its server can tell. What is there of it already is not fetched again.
download() {
    download_proxy "$1"
    download_try=0
    while :; do
        download_try=$((download_try + 1))
        size_before=$(part_size)
        download_status=0 download_http='' download_said=''
        # Without a query, which may hold a key.
        download_name=${1%%\?*}
        tell "downloading ${download_name##*/}"
        printf '+ download %s from byte %s, try %s\n' "$1" "$size_before" "$download_try"
        if command -v curl >/dev/null; then with_curl "$1"; else with_wget "$1"; fi
        if [ "$download_status" -eq 0 ] && [ -e "$artifact_part" ]; then return 0; fi
        printf '%s\n' "$download_said"
        case $download_http in
        404 | 410) die "$1 is not there (HTTP status $download_http); check the version, and the mirror's address where one is set" ;;
        408 | 416 | 425 | 429) ;; # 416: the part is longer than the file
        4??) die "$1 is refused (HTTP status $download_http); check that this host may read it" ;;
        esac
        if [ "$download_status" = "$download_write_error" ]; then
            # Not even the part is left: the disk is needed by what runs.
            rm -f "$artifact_part"
            die "cannot write $1 to $artifact_cache/; $(room)"
        fi
        # A server that cannot go on in the middle, or a part that is none of this file's.
        [ "$(part_size)" -gt "$size_before" ] || rm -f "$artifact_part"
        [ "$download_try" -lt "$DOWNLOAD_TRIES" ] ||
            die "cannot download $1, tried $download_try times; check this host's network and proxy, then run it again:" \
                "it goes on at byte $(part_size). The last error was:" \
                "${download_http:+HTTP status $download_http, }$(printf '%s' "$download_said" | tail -n 1)"
        sleep "$((download_try * DOWNLOAD_PAUSE))"
    done
}

part_size() { if [ -f "$artifact_part" ]; then wc -c <"$artifact_part"; else echo 0; fi; }

# Both ignore the settings files of whoever runs them, and say little.
with_curl() {
    download_write_error=23
    download_said=$(curl -q -sS -f -L --connect-timeout 20 --speed-limit 1024 --speed-time "$DOWNLOAD_STALL" --max-time "$DOWNLOAD_LIMIT" \
        -C - -o "$artifact_part" -w 'hardway-status %{http_code}\n' "$1" </dev/null 2>&1) || download_status=$?
    download_http=$(printf '%s\n' "$download_said" | awk '$1 == "hardway-status" && $2 >= 400 { print $2 }')
    download_said=$(printf '%s\n' "$download_said" | grep -v '^hardway-status' || :)
}

with_wget() {
    download_write_error=3
    download_said=$(timeout --foreground "$DOWNLOAD_LIMIT" wget --no-config -nv -S -c --tries=1 --max-redirect=20 --connect-timeout=20 \
        --dns-timeout=20 --read-timeout="$DOWNLOAD_STALL" -O "$artifact_part" "$1" </dev/null 2>&1) || download_status=$?
    download_http=$(printf '%s\n' "$download_said" | awk '$1 ~ "^HTTP/" { last = $2 } END { if (last >= 400) print last }')
    # Response headers are of no use to the reader.
    download_said=$(printf '%s\n' "$download_said" | grep -v '^  ' || :)
}

# download_proxy URL: sets the variables that curl and wget know. Not on their command line: a proxy's address may hold a password.
download_proxy() {
    case $DOWNLOAD_PROXY in
    none) unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY && return ;;
    ?*) export http_proxy="$DOWNLOAD_PROXY" https_proxy="$DOWNLOAD_PROXY" && return ;;
    esac
    [ -z "${http_proxy-}${https_proxy-}${HTTPS_PROXY-}${all_proxy-}${ALL_PROXY-}" ] || return 0
    host=${1#*://} host=${host%%/*} host=${host%%:*}
    # apt's proxy leads out; a server on a network of one's own is reached without.
    case $host in localhost | 127.* | 10.* | 192.168.* | 169.254.* | 172.1[6-9].* | 172.2[0-9].* | 172.3[01].*) return ;; esac
    command -v apt-config >/dev/null || return 0
    proxy=$(apt-config dump | awk -F '"' -v host="$host" '
        { name = tolower($1); sub(/ $/, "", name) }
        name == "acquire::http::proxy" { http = $2 }
        name == "acquire::https::proxy" { https = $2 }
        name == "acquire::http::proxy::" host || name == "acquire::https::proxy::" host { own = $2 }
        END { print own != "" ? own : https != "" ? https : http }')
    case $proxy in '' | DIRECT) ;; *) export http_proxy="$proxy" https_proxy="$proxy" ;; esac
}

# own_tree FOLDER FORM [NAME]: FOLDER holds what $artifact has: unpacked (tar.gz, tar.zst), or as the one program NAME
# (binary). It is there whole or not at all, and its name has to change with its content.
own_tree() {
    [ ! -d "$root$1" ] || return 0
    own_dir "${1%/*}"
    will_change
    grep -qxF -e "$1" "$state/trees" 2>/dev/null || printf '%s\n' "$1" >>"$state/trees"
    tree_new=$root${1%/*}/.${1##*/}.hardway-new
    rm -rf "$tree_new"
    case $2 in tar.zst) command -v zstd >/dev/null || apt_install zstd ;; esac
    tell "unpacking ${1##*/}"
    mkdir "$tree_new" && case $2 in
    tar.gz) run tar -xzf "$artifact" -C "$tree_new" --no-same-owner ;;
    tar.zst) run tar --zstd -xf "$artifact" -C "$tree_new" --no-same-owner ;;
    # On one file system the two are one file, which is large.
    binary) { ln "$artifact" "$tree_new/$3" 2>/dev/null || cp "$artifact" "$tree_new/$3"; } && chmod 0755 "$tree_new/$3" ;;
    *) die "an artifact's form is tar.gz, tar.zst or binary; found $2" ;;
    esac && sync -f "$tree_new" && mv -T "$tree_new" "$root$1" || {
        rm -rf "$tree_new"
        die "cannot unpack $artifact to $1; $(df -Pk "$root${1%/*}" | awk 'NR == 2 { print int($4 / 1024) }') MiB are free there;" \
            "free disk space or mount it writable"
    }
    tree_said=${artifact##*/}
    # The SHA-256 of a program alone is known: it is the download's. To read it again takes seconds on a slow host.
    if [ "$2" = binary ] && [ "${#tree_said}" = 64 ]; then tree_said="$tree_said  ./$3"; else tree_said=$(tree_sums "$1"); fi
    save "$state/sums$1" "$tree_said"
}

# tree_sums FOLDER: prints the checksums of what is unpacked there. is_whole FOLDER: it holds that, as it was when it was unpacked.
tree_sums() { (cd "$root$1" && find . -type f -exec sha256sum {} + | sort -k 2); }
is_whole() { [ ! -e "$state/sums$1" ] || [ "$(tree_sums "$1")" = "$(cat "$state/sums$1")" ]; }

# drop_artifacts FOLDER...: removes what this step has unpacked and downloaded, except these and what this run used.
drop_artifacts() {
    stale=false kept_trees=''
    for keep; do kept_trees="$kept_trees $keep"; done
    for old_tree in $(recorded trees); do
        case "$kept_trees " in *" $old_tree "*) ;; *) rm -rf "$root$old_tree" "$state/sums$old_tree" && stale=true ;; esac
    done
    if $stale; then keep_list trees "$kept_trees"; fi
    stale=false
    for old_artifact in $(recorded artifacts); do
        case " $artifacts_used " in
        *" $old_artifact "*) ;;
        *) rm -f "$root$artifact_cache/$old_artifact" "$root$artifact_cache/$old_artifact.part" && stale=true ;;
        esac
    done
    if $stale; then keep_list artifacts "$artifacts_used"; fi
}

# keep_list NAME WORDS: what the step remembers under NAME is those of WORDS that it remembered before; nothing, when none.
keep_list() {
    recorded "$1" | while IFS= read -r listed; do
        case " $2 " in *" $listed "*) printf '%s\n' "$listed" ;; esac
    done >"$state/$1.new"
    if [ -s "$state/$1.new" ]; then mv -f "$state/$1.new" "$state/$1"; else rm -f "$state/$1.new" "$state/$1"; fi
}

# artifact_names: prints the releases that ARTIFACTS lists, each once. One line of it is `ARCHITECTURE NAME VERSION FORM
# DIGEST URL`; a form `binary` has the program's name after a colon.
artifact_names() { printf '%s\n' "$ARTIFACTS" | awk 'NF && !seen[$2]++ { print $2 }'; }

# program_names: those of them that are programs. An image is none: the runtime has it.
program_names() { printf '%s\n' "$ARTIFACTS" | awk 'NF && $4 != "image" && !seen[$2]++ { print $2 }'; }

# artifact_line NAME: sets $tree_line to what ARTIFACTS says about a release for this host; false, with the reason in
# $no_release, where there is none.
artifact_line() {
    case $(uname -m) in x86_64) tree_arch=amd64 ;; aarch64) tree_arch=arm64 ;; *) tree_arch=$(uname -m) ;; esac
    tree_line=$(printf '%s\n' "$ARTIFACTS" | awk -v arch="$tree_arch" -v name="$1" '$1 == arch && $2 == name { print $3, $4, $5, $6 }')
    no_release="there is no release of $1 for this host's architecture, $tree_arch; take packages, or a mirror that has it"
    [ -n "$tree_line" ]
}

# artifact_problems: adds a problem for each release of ARTIFACTS that there is not for this host.
artifact_problems() {
    for release in $(artifact_names); do
        artifact_line "$release" || problem "$no_release"
    done
}

# install_artifact NAME: a release of ARTIFACTS is on this host, unpacked; sets $tree to its folder, $tree_version,
# $tree_url and $tree_arch, this host's architecture.
install_artifact() {
    artifact_line "$1" || die "$no_release"
    read -r tree_version tree_form tree_digest tree_url <<END
$tree_line
END
    tree=$release_folder/$1/$tree_version-$(printf %.12s "$tree_digest")
    artifacts_used="$artifacts_used $tree_digest"
    # What somebody changed in it is not found by its name.
    if [ -d "$root$tree" ] && ! is_whole "$tree"; then
        will_change
        rm -rf "$root$tree"
    fi
    [ -d "$root$tree" ] || artifact_get "$tree_url" "$tree_digest"
    own_tree "$tree" "${tree_form%%:*}" "${tree_form#*:}"
}
