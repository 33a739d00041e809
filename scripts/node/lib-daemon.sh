# What the steps that install a container runtime share (30-containerd, 31-crio, 32-docker): their libraries, what they look at
# and remember before they change anything, and importing images.
# Reads: IMAGE_ARCHIVES, paths on this host, one a line.
# Sets: $imported, see import_once; $version and $schema, see own_containerd_config.
. ./lib-problems.sh
. ./lib-packages.sh
. ./lib-artifacts.sh
. ./lib-modules.sh
. ./lib-handlers.sh
. ./lib-runtime.sh
. ./lib-rollback.sh
. ./lib-releases.sh

# image_archive_problems: a problem for each of IMAGE_ARCHIVES that is not on this host.
image_archive_problems() { each_line look_at_archive "$IMAGE_ARCHIVES"; }
look_at_archive() { [ -f "$root$1" ] || problem "the image archive $1 is not on this host. Copy it there, or take it off the list"; }

# unmet WANTED EFFECTIVE: prints `- wanted KEY=VALUE; found: VALUES` for each `KEY=VALUE` of WANTED that is no line of EFFECTIVE.
unmet() {
    while IFS= read -r setting; do
        case $newline$2$newline in *"$newline$setting$newline"*) continue ;; esac
        found=$(printf '%s\n' "$2" | awk -v key="${setting%%=*}=" 'index($0, key) == 1 { printf "%s ", substr($0, length(key) + 1) }')
        printf '%s\n' "- wanted $setting; found: $found"
    done <<END
$1
END
}

# own_containerd_config PROGRAM PATH MODE V2 V3: PATH holds the text for containerd 1.x or 2.x, as PROGRAM is; what it held is
# kept. Sets $version and $schema, that of the text.
# shellcheck disable=SC2034 # for the step
own_containerd_config() {
    version=$("$1" --version | awk '{ sub("^v", "", $3); print $3 }')
    case $version in
    1.*) schema=2 config_text=$4 ;;
    2.*) schema=3 config_text=$5 ;;
    *) die "containerd $version is not supported; found by containerd --version; wanted 1.x or 2.x" ;;
    esac
    keep_old "$2" "$3" "$config_text"
    own_file "$2" "$3" "$config_text"
}

# import_once ARCHIVE: imports it once, and again should somebody remove what it brought. The step defines import_images ARCHIVE,
# which writes the names of what it brings to $imported, and images_there FILE, whether all that FILE names is there.
import_once() {
    archive_digest=$(sha256sum <"$root$1" | cut -d ' ' -f 1)
    if [ -e "$state/images/$archive_digest" ] && images_there "$state/images/$archive_digest"; then return 0; fi
    will_change
    tell "importing the images of ${1##*/}"
    private_dir "$state/images"
    imported=$state/images/.names
    import_images "$1"
    mv -f "$imported" "$state/images/$archive_digest"
}
