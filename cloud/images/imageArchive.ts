import { createHash } from "node:crypto";
import { tar, type TarEntry } from "./tar";

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

/** An image of an archive. */
export interface NamedImage {
  /** With its tag, e.g. `hardway.local/busybox:1`. */
  readonly name: string;
  /** What the image specification calls `config`: Entrypoint, Cmd, User and so on. */
  readonly config: Readonly<Record<string, unknown>>;
}

/**
 * Builds an OCI image archive (image-spec v1.1, "image-layout") with images that share their layers. It has the `manifest.json` of
 * `docker save` too, by which Docker and skopeo find an image by its name. The same layers give the same bytes.
 * @param contents tar archives, the lowest layer first
 * @param architecture as in Go's GOARCH, e.g. `amd64`
 */
export function imageArchive(contents: readonly Buffer[], named: readonly NamedImage[], architecture: string): Buffer {
  const blobs = new Map<string, Buffer>();
  const blob = (mediaType: string, content: Buffer): Descriptor => {
    const hex = createHash("sha256").update(content).digest("hex");
    blobs.set(hex, content);
    return { mediaType, digest: `sha256:${hex}`, size: content.length };
  };
  const json = (mediaType: string, value: unknown): Descriptor => blob(mediaType, Buffer.from(JSON.stringify(value)));

  const layers = contents.map((content) => blob(mediaTypes.layer, content));
  const path = ({ digest }: Descriptor): string => `blobs/${digest.replace(":", "/")}`;
  const image = ({ name, config }: NamedImage): Image => {
    const configuration = json(mediaTypes.config, {
      architecture,
      os: "linux",
      config,
      // Nothing is compressed, so a layer's digest is also that of its content.
      rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
    });
    const manifest = json(mediaTypes.manifest, {
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: configuration,
      layers,
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
      docker: { Config: path(configuration), RepoTags: [name], Layers: layers.map(path) },
    };
  };
  const images = named.map(image);
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
