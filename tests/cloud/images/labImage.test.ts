import { createHash } from "node:crypto";
import { expect } from "chai";
import { tar } from "../../../cloud/images/tar";
import { applets, labImageArchive, nginxImageArchive } from "../../../cloud/images/labImage";

interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
  annotations?: Record<string, string>;
}

/** Members of an archive by name, read as pax(1) describes them and not by our own writer. */
function readTar(archive: Buffer): Map<string, { type: string; mode: number; link: string; content: Buffer }> {
  const members = new Map<string, { type: string; mode: number; link: string; content: Buffer }>();
  const text = (block: Buffer, offset: number, length: number): string =>
    block.toString("utf8", offset, offset + length).replace(/\0.*$/s, "");
  for (let offset = 0; archive[offset] !== 0;) {
    const block = archive.subarray(offset, offset + 512);
    const size = parseInt(text(block, 124, 12), 8);
    const content = archive.subarray(offset + 512, offset + 512 + size);
    members.set(text(block, 0, 100), {
      type: text(block, 156, 1),
      mode: parseInt(text(block, 100, 8), 8),
      link: text(block, 157, 100),
      content,
    });
    offset += 512 + Math.ceil(size / 512) * 512;
  }
  return members;
}

describe("lab image archive", () => {
  const busybox = Buffer.from("\u007fELF not really");
  const archive = labImageArchive(busybox, "amd64");
  const members = readTar(archive);
  const json = <T>(name: string): T => JSON.parse(members.get(name)!.content.toString()) as T;
  const blob = ({ digest }: Descriptor): Buffer =>
    members.get(`blobs/sha256/${digest.replace("sha256:", "")}`)!.content;
  const index = json<{ schemaVersion: number; mediaType: string; manifests: Descriptor[] }>("index.json");

  it("is an OCI image layout with two named images", () => {
    expect(json("oci-layout")).to.deep.equal({ imageLayoutVersion: "1.0.0" });
    expect(index.schemaVersion).to.equal(2);
    expect(index.manifests.map(({ annotations }) => annotations)).to.deep.equal([
      { "io.containerd.image.name": "hardway.local/pause:1", "org.opencontainers.image.ref.name": "1" },
      { "io.containerd.image.name": "hardway.local/busybox:1", "org.opencontainers.image.ref.name": "1" },
    ]);
  });

  it("is what docker load reads, with the same configurations and layers", () => {
    const layers = (manifest: Descriptor) =>
      JSON.parse(blob(manifest).toString()) as { config: Descriptor; layers: Descriptor[] };
    const path = ({ digest }: Descriptor) => `blobs/sha256/${digest.replace("sha256:", "")}`;
    const names = ["hardway.local/pause:1", "hardway.local/busybox:1"];
    expect(json("manifest.json")).to.deep.equal(
      index.manifests.map((manifest, at) => ({
        Config: path(layers(manifest).config),
        RepoTags: [names[at]],
        Layers: layers(manifest).layers.map(path),
      })),
    );
  });

  it("has every blob under its own digest and size, and no other", () => {
    const used = new Set<string>();
    const check = (descriptor: Descriptor): Buffer => {
      const content = blob(descriptor);
      used.add(descriptor.digest);
      expect(`sha256:${createHash("sha256").update(content).digest("hex")}`).to.equal(descriptor.digest);
      expect(content.length).to.equal(descriptor.size);
      return content;
    };
    const layers = index.manifests.map((manifest) => {
      const { config, layers } = JSON.parse(check(manifest).toString()) as { config: Descriptor; layers: Descriptor[] };
      const { rootfs, os, architecture } = JSON.parse(check(config).toString()) as {
        rootfs: { diff_ids: string[] };
        os: string;
        architecture: string;
      };
      expect({ os, architecture }).to.deep.equal({ os: "linux", architecture: "amd64" });
      expect(rootfs.diff_ids).to.deep.equal(layers.map(({ digest }) => digest));
      layers.forEach(check);
      return layers.map(({ digest }) => digest);
    });
    expect(layers[0]).to.deep.equal(layers[1]);
    const stored = [...members.keys()].filter((name) => name.startsWith("blobs/sha256/") && !name.endsWith("/"));
    expect(stored.map((name) => name.replace("blobs/sha256/", "sha256:")).sort()).to.deep.equal([...used].sort());
  });

  it("starts the pause script, and a shell", () => {
    const configs = index.manifests.map((manifest) => {
      const { config } = JSON.parse(blob(manifest).toString()) as { config: Descriptor };
      return (JSON.parse(blob(config).toString()) as { config: Record<string, unknown> }).config;
    });
    expect(configs[0]).to.deep.include({ Entrypoint: ["/pause"] });
    expect(configs[1]).to.deep.include({ Cmd: ["sh"] });
  });

  it("has busybox, its applets and the pause script in the layer", () => {
    const manifest = JSON.parse(blob(index.manifests[0]!).toString()) as { layers: Descriptor[] };
    const layer = readTar(blob(manifest.layers[0]!));
    expect(layer.get("bin/busybox")?.content.equals(busybox)).to.be.true;
    expect(layer.get("bin/busybox")?.mode).to.equal(0o755);
    expect(layer.get("pause")?.mode).to.equal(0o755);
    expect(layer.get("pause")?.content.toString()).to.match(/^#!\/bin\/sh\ntrap 'exit 0' TERM INT\n/);
    for (const name of applets) expect(layer.get(`bin/${name}`), name).to.include({ type: "2", link: "busybox" });
    expect(applets).to.include.members([
      "sh",
      "ping",
      "nc",
      "wget",
      "httpd",
      "ip",
      "dmesg",
      "cat",
      "sleep",
      "hostname",
    ]);
    expect(new Set(applets).size).to.equal(applets.length);
  });

  it("gives the same bytes for the same busybox", () => {
    expect(labImageArchive(busybox, "amd64").equals(archive)).to.be.true;
  });
});

describe("nginx' image archive", () => {
  const busybox = Buffer.from("busybox");
  const nginx = tar([{ kind: "file", path: "usr/sbin/nginx", mode: 0o755, content: Buffer.from("nginx") }]);
  const members = readTar(nginxImageArchive(busybox, nginx, "arm64"));
  const read = (path: string) => members.get(path)!.content;
  const [image] = JSON.parse(read("manifest.json").toString()) as [
    { Config: string; RepoTags: string[]; Layers: string[] },
  ];

  it("has one image, of nginx' layer on top of the one that the lab's other images have", () => {
    const [lab] = JSON.parse(readTar(labImageArchive(busybox, "arm64")).get("manifest.json")!.content.toString()) as [
      typeof image,
    ];
    expect(image.RepoTags).to.deep.equal(["hardway.local/nginx:1"]);
    expect(image.Layers).to.deep.equal([
      ...lab.Layers,
      `blobs/sha256/${createHash("sha256").update(nginx).digest("hex")}`,
    ]);
    expect(read(image.Layers[1]!).equals(nginx)).to.be.true;
  });

  it("starts it, with the layers' digests in their order", () => {
    const config = JSON.parse(read(image.Config).toString()) as {
      architecture: string;
      config: Record<string, unknown>;
      rootfs: unknown;
    };
    expect(config.architecture).to.equal("arm64");
    expect(config.config).to.deep.include({ Cmd: ["nginx"], StopSignal: "SIGQUIT" });
    expect(config.rootfs).to.deep.equal({
      type: "layers",
      diff_ids: image.Layers.map((path) => path.replace("blobs/sha256/", "sha256:")),
    });
  });
});
