# What the steps that install a container runtime share (30-containerd, 31-crio, 32-docker): their libraries, what they look at
# and remember before they change anything, and importing images.
# Reads: IMAGE_ARCHIVES, paths on this host, one a line.
# Sets: $imported, see import_once.
. ./lib-problems.sh
. ./lib-packages.sh
. ./lib-artifacts.sh
. ./lib-modules.sh
. ./lib-handlers.sh
. ./lib-runtime.sh
. ./lib-rollback.sh
. ./lib-releases.sh

# image_archive_problems: a problem for each of IMAGE_ARCHIVES that is not on this host.
image_archive_problems() {
    while IFS= read -r archive; do
        if [ -z "$archive" ] || [ -f "$root$archive" ]; then continue; fi
        problem "the image archive $archive is not on this host. Copy it there, or take it off the list"
    done <<END
$IMAGE_ARCHIVES
END
}

# give_up_old_programs: the daemon works with the new ones.
give_up_old_programs() {
    settled
    # shellcheck disable=SC2086 # a list of folders
    drop_artifacts $trees
}

# import_archives FUNCTION: calls it with each of IMAGE_ARCHIVES.
import_archives() {
    while IFS= read -r archive; do
        [ -n "$archive" ] || continue
        "$1" "$archive"
    done <<END
$IMAGE_ARCHIVES
END
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
