import { createHash } from "node:crypto";
import { tar, type TarEntry } from "./tar";

/** Images in the archive /usr/share/hardway/images/lab.tar of every machine, for clusters that reach no registry. */
const labImages = { pause: "hardway.local/pause:1", busybox: "hardway.local/busybox:1" } as const;

/** Programs of busybox that the images have under their own names. */
export const applets = (
  "sh ash cat chmod cp cut date dd df dmesg dnsdomainname du echo env expr false find free grep head hostname httpd id ifconfig ip kill " +
  "ln ls mkdir mount mv nc netstat nproc nslookup ping ping6 ps printf pwd rm route sed seq sleep sort stat stty sync tail tar tee test " +
  "time timeout top touch tr traceroute true tty udhcpc uname uptime vi wc wget which whoami xargs yes"
).split(" ");

/** Like Kubernetes' own pause: it holds a pod's namespaces until it is told to stop, and reaps what the pod leaves behind. */
const pauseScript = `#!/bin/sh
trap 'exit 0' TERM INT
while :; do
    sleep 86400 &
    wait $!
done
`;

const mediaTypes = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar",
} as const;

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** An image as the two formats list it. */
interface Image {
  readonly oci: Descriptor & { readonly annotations: Readonly<Record<string, string>> };
  readonly docker: {
    readonly Config: string;
    readonly RepoTags: readonly string[];
    readonly Layers: readonly string[];
  };
}

/**
 * Builds an OCI image archive (image-spec v1.1, "image-layout") with two images that share one layer: a pause image and a busybox.
 * It has the `manifest.json` of `docker save` too, by which Docker and skopeo find an image by its name. The same busybox gives
 * the same bytes.
 * @param busybox the statically linked program
 * @param architecture as in Go's GOARCH, e.g. `amd64`
 */
export function labImageArchive(busybox: Buffer, architecture: string): Buffer {
  const blobs = new Map<string, Buffer>();
  const blob = (mediaType: string, content: Buffer): Descriptor => {
    const hex = createHash("sha256").update(content).digest("hex");
    blobs.set(hex, content);
    return { mediaType, digest: `sha256:${hex}`, size: content.length };
  };
  const json = (mediaType: string, value: unknown): Descriptor => blob(mediaType, Buffer.from(JSON.stringify(value)));

  const layer = blob(mediaTypes.layer, tar(layerEntries(busybox)));
  const path = ({ digest }: Descriptor): string => `blobs/${digest.replace(":", "/")}`;
  const image = (name: string, config: Record<string, unknown>): Image => {
    const configuration = json(mediaTypes.config, {
      architecture,
      os: "linux",
      config: { Env: ["PATH=/bin:/sbin:/usr/bin:/usr/sbin"], WorkingDir: "/", ...config },
      // Nothing is compressed, so a layer's digest is also that of its content.
      rootfs: { type: "layers", diff_ids: [layer.digest] },
    });
    const manifest = json(mediaTypes.manifest, {
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: configuration,
      layers: [layer],
    });
    return {
      oci: {
        ...manifest,
        // The first is what containerd names the image by, the second is the specification's.
        annotations: {
          "io.containerd.image.name": name,
          "org.opencontainers.image.ref.name": name.slice(name.lastIndexOf(":") + 1),
        },
      },
      docker: { Config: path(configuration), RepoTags: [name], Layers: [path(layer)] },
    };
  };
  const images = [
    image(labImages.pause, { Entrypoint: ["/pause"], User: "65535:65535" }),
    image(labImages.busybox, { Cmd: ["sh"] }),
  ];
  const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: images.map(({ oci }) => oci) };

  const file = (path: string, content: Buffer): TarEntry => ({ kind: "file", path, mode: 0o644, content });
  return tar([
    file("oci-layout", Buffer.from(JSON.stringify({ imageLayoutVersion: "1.0.0" }))),
    file("index.json", Buffer.from(JSON.stringify(index))),
    file("manifest.json", Buffer.from(JSON.stringify(images.map(({ docker }) => docker)))),
    { kind: "directory", path: "blobs", mode: 0o755 },
    { kind: "directory", path: "blobs/sha256", mode: 0o755 },
    ...[...blobs].map(([hex, content]) => file(`blobs/sha256/${hex}`, content)),
  ]);
}

function layerEntries(busybox: Buffer): TarEntry[] {
  const folder = (path: string, mode = 0o755): TarEntry => ({ kind: "directory", path, mode });
  const file = (path: string, mode: number, content: Buffer | string): TarEntry => ({
    kind: "file",
    path,
    mode,
    content: Buffer.from(content),
  });
  return [
    ...["bin", "dev", "etc", "proc", "root", "sys", "var", "var/www"].map((path) => folder(path)),
    folder("tmp", 0o1777),
    file("bin/busybox", 0o755, busybox),
    ...applets.map((name): TarEntry => ({ kind: "symlink", path: `bin/${name}`, target: "busybox" })),
    file("etc/passwd", 0o644, "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"),
    file("etc/group", 0o644, "root:x:0:\nnogroup:x:65534:\n"),
    file("pause", 0o755, pauseScript),
  ];
}
