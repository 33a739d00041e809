# Images that no registry has: files of a mirror, imported into this host's container runtime once. Needs lib-artifacts, lib-packages
# and crictl.
# Reads: what lib-artifacts reads; IMAGES, `IMAGE RELEASE` a line: its name, and the release of `ARTIFACTS` whose file is its archive;
#   SOCKET: where the runtime answers.
# Sets: $image, $image_digest and $image_url, of the image that is at hand.
# Below the step's folder: images/RELEASE, with the image's name and its archive's checksum.

# cri COMMAND...: asks the runtime.
cri() { run "$root/usr/local/bin/crictl" -r "$SOCKET" "$@"; }

# own_images: the runtime has those of IMAGES, and no others of ours.
own_images() {
    each_line own_image "$IMAGES"
    drop_images "$(printf '%s\n' "$IMAGES" | awk '{ print $1 }')"
}

own_image() {
    image=${1% *} release=${1#* }
    artifact_line "$release" || die "$no_release"
    read -r _ _ image_digest image_url <<END
$tree_line
END
    imported="$image $image_digest"
    if [ "$(recorded "images/$release")" = "$imported" ] && cri inspecti -q "$image" >/dev/null; then return 0; fi
    will_change
    artifact_get "$image_url" "$image_digest"
    tell "importing the image $image"
    import_image
    cri inspecti -q "$image" >/dev/null || die "the runtime at $SOCKET does not have the image $image, although it was imported; see crictl images"
    old_image=$(recorded "images/$release")
    save "$state/images/$release" "$imported"
    [ "${old_image% *}" = "$image" ] || drop_image "${old_image% *}"
    # The runtime has it now; without this the next clearing up would leave the file.
    artifacts_used=${artifacts_used% "$image_digest"}
}

# import_image: $artifact is imported as $image. In containerd it is pinned, as it is in CRI-O by that one's configuration, so that the
# kubelet does not remove it for want of space; with Docker a node that does not run it can lose it so, and has it back when this step
# runs again.
import_image() {
    case $SOCKET in
    *containerd.sock)
        run ctr --address "$root${SOCKET#unix://}" -n k8s.io images import "$artifact" &&
            run ctr --address "$root${SOCKET#unix://}" -n k8s.io images label "$image" io.cri-containerd.pinned=pinned
        ;;
    # CRI-O has no import of its own. Where its storage is, it tells itself: ROOT/DRIVER-images.
    *crio.sock)
        command -v skopeo >/dev/null || apt_install skopeo
        images_folder=$("$root/usr/local/bin/crictl" -r "$SOCKET" imagefsinfo </dev/null | sed -n 's/.*"mountpoint": *"\(.*\)-images".*/\1/p' | head -n 1)
        [ -n "$images_folder" ] || die "CRI-O at $SOCKET does not tell where its images are; see crictl imagefsinfo"
        run skopeo --insecure-policy copy -q "docker-archive:$artifact:$image" \
            "containers-storage:[${images_folder##*/}@${images_folder%/*}+/run/containers/storage]$image"
        ;;
    *cri-dockerd.sock) run docker load -q -i "$artifact" ;;
    *) die "cannot import $image into the runtime at $SOCKET; wanted containerd, CRI-O or cri-dockerd" ;;
    esac || die "cannot import $image into the runtime at $SOCKET; see the lines above"
}

# drop_images NAMES: images of ours besides these, one a line, go.
drop_images() {
    for image_record in "$state"/images/*; do
        [ -e "$image_record" ] || continue
        read -r old_image _ <"$image_record"
        case $newline$1$newline in *"$newline$old_image$newline"*) continue ;; esac
        drop_image "$old_image"
        rm -f "$image_record"
    done
}

# drop_image IMAGE: a container that runs goes on.
drop_image() {
    [ -n "$1" ] || return 0
    will_change
    cri rmi "$1" || tell "the image $1 could not be removed"
}
