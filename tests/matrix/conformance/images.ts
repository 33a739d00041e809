import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readAptSettings, sourcesList } from "../../../cloud/images/aptSettings";
import { imageArchive, type NamedImage } from "../../../cloud/images/imageArchive";
import { aptOptionsFile, debianRelease } from "../../../cloud/images/recipe";
import { tar, type TarEntry } from "../../../cloud/images/tar";
import { hostArchitecture } from "../../../cloud/packages";
import { run } from "../../../cloud/run";
import { shellQuote } from "../../../components/remote/shellQuote";
import { builtOnce } from "../../support/builtOnce";
import type { ImageNames } from "./selection";
import { wantedImages, type Suite } from "./suite";

/** What tests call in pods, as the Dockerfiles of agnhost and glibc-dns-testing install it, but from Debian. */
const packages = [
  ...["base-files", "coreutils", "dash", "grep", "hostname", "libc-bin", "sed"],
  ...["bind9-dnsutils", "curl", "iproute2", "netcat-openbsd"],
];
const left = ["doc", "info", "locale", "man"];

const accounts: readonly TarEntry[] = [
  file("etc/passwd", 0o644, "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"),
  file("etc/group", 0o644, "root:x:0:\nnogroup:x:65534:\n"),
];
/** What Debian's packages do when they are installed, and agnhost's Dockerfile. */
const links: readonly TarEntry[] = [
  { kind: "symlink", path: "usr/bin/nc", target: "nc.openbsd" },
  { kind: "symlink", path: "agnhost-2", target: "agnhost" },
  { kind: "directory", path: "uploads", mode: 0o755 },
];

/** Images of the tests that labs do not have, in a file for workers to import. */
export interface TestImages {
  readonly archive: string;
  readonly names: ImageNames;
}

/** Makes them once, in the user's cache: in a minute. */
export async function testImages(suite: Suite): Promise<TestImages> {
  const names = await wantedImages(suite);
  const facts = { packages, left, debianRelease, entries: [...accounts, ...links], images: images(names) };
  const folder = await builtOnce(
    "conformance-images",
    [JSON.stringify(facts), readFileSync(suite.agnhost)],
    async (part) => {
      const debian = await debianLayer(part);
      const own = tar([...accounts, ...links, file("agnhost", 0o755, readFileSync(suite.agnhost))]);
      writeFileSync(join(part, "images.tar"), imageArchive([debian, own], images(names), hostArchitecture().debian));
    },
  );
  return { archive: join(folder, "images.tar"), names };
}

/** The images of the archive. They share their layers. */
export function images(names: ImageNames): NamedImage[] {
  const Env = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"];
  return [
    ...names.agnhost.map((name) => ({
      name,
      config: { Env, Entrypoint: ["/agnhost"], Cmd: ["pause"], WorkingDir: "/" },
    })),
    ...names["glibc-dns-testing"].map((name) => ({ name, config: { Env, Cmd: ["sh"], WorkingDir: "/" } })),
  ];
}

/**
 * For a worker: imports the archive from standard input, names the lab's own images as the tests do, and keeps all of them
 * from the kubelet, which removes what no pod runs.
 */
export function importScript(names: ImageNames): string {
  const own = (["busybox", "nginx", "pause"] as const).flatMap((name) =>
    names[name].map((wanted) => `$images tag --force hardway.local/${name}:1 ${wanted}`),
  );
  return [
    "set -eu",
    "images='ctr -n k8s.io images'",
    // sshd may make standard input a socket, which /dev/stdin cannot open.
    "$images import -",
    ...own,
    ...Object.values(names)
      .flat()
      .map((name) => `$images label ${name} io.cri-containerd.pinned=pinned`),
  ].join("\n");
}

/** Debian's packages, unpacked and not installed. */
async function debianLayer(folder: string): Promise<Buffer> {
  const apt = await readAptSettings();
  const sources = sourcesList(apt, debianRelease);
  const [options, root] = [join(folder, "options.tar"), join(folder, "root.tar")];
  writeFileSync(options, tar([file(aptOptionsFile, 0o600, apt.options.map((line) => `${line}\n`).join(""))]), {
    mode: 0o600,
  });
  await run(
    "mmdebstrap",
    [
      ...["--mode=unshare", "--variant=extract", `--architectures=${hostArchitecture().debian}`],
      `--include=${packages.join(",")}`,
      ...left.map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`),
      // A proxy's address can hold a password.
      ...[`--setup-hook=tar-in ${shellQuote(options)} /`, `--extract-hook=rm "$1/${aptOptionsFile}"`],
      ...[debianRelease, root, ...(sources.length > 0 ? ["-"] : [])],
    ],
    { input: sources.map((line) => `${line}\n`).join(""), timeoutMs: 20 * 60_000 },
  );
  const layer = readFileSync(root);
  for (const done of [options, root]) rmSync(done);
  return layer;
}

function file(path: string, mode: number, content: string | Buffer): TarEntry {
  return { kind: "file", path, mode, content: Buffer.from(content) };
}
