import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { createCleartextMessage, generateKey, sign } from "openpgp";
import { runToEnd } from "../../cloud/run";
import { MirrorServer } from "../../cloud/daemon/MirrorServer";
import type { AptRepository } from "../../components/node/runtime/runtimeSettings";

/** A Debian package of a test's own. */
export interface Package {
  readonly name: string;
  readonly version: string;
  /** Names of packages, those of Debian among them. */
  readonly depends: readonly string[];
  /** What it brings, by path: the bytes, a file of this computer, or where a link leads. */
  readonly files: Readonly<Record<string, string | { readonly copy: string } | { readonly link: string }>>;
}

/** The folder of the packages below the repository's address; a path, as flat repositories have one (sources.list(5)). */
const suite = "packages/";

/** A signed repository of packages on this computer, which machines reach. */
export class PackageRepository {
  private constructor(
    private readonly server: MirrorServer,
    /** As a lab's configuration names it. */
    readonly settings: AptRepository,
  ) {}

  /** @param folder for its files; it goes with whoever made it */
  static async serve(folder: string, packages: readonly Package[]): Promise<PackageRepository> {
    mkdirSync(join(folder, suite), { recursive: true });
    const entries = [];
    for (const one of packages) entries.push(await build(folder, one));
    const index = entries.join("\n");
    writeFileSync(join(folder, suite, "Packages"), index);
    const { publicKey, release } = await signed(index);
    writeFileSync(join(folder, suite, "InRelease"), release);
    const server = await MirrorServer.start(folder, { host: "127.0.0.1", port: 0 });
    return new PackageRepository(server, { url: server.url, suite, components: [], key: publicKey });
  }

  close(): void {
    this.server.close();
  }
}

/** Makes the package's file. Gives its entry of the index. */
async function build(folder: string, { name, version, depends, files }: Package): Promise<string> {
  const root = join(folder, name);
  const control = {
    Package: name,
    Version: version,
    Architecture: "amd64",
    Maintainer: "hardway tests <tests@example.org>",
    ...(depends.length > 0 && { Depends: depends.join(", ") }),
    Description: `stands for the package ${name}`,
  };
  const conffiles = Object.keys(files).filter((path) => path.startsWith("/etc/"));
  const all: Package["files"] = {
    ...files,
    "/DEBIAN/control": deb822(control),
    ...(conffiles.length > 0 && { "/DEBIAN/conffiles": conffiles.map((path) => `${path}\n`).join("") }),
  };
  for (const [path, content] of Object.entries(all)) {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
    if (typeof content === "string") writeFileSync(file, content);
    else if ("copy" in content) cpSync(content.copy, file);
    else symlinkSync(content.link, file);
  }
  const deb = join(folder, suite, `${name}_${version}_amd64.deb`);
  // Compressing programs of 50 MB well takes longer than anything that the test is about.
  const built = await runToEnd("dpkg-deb", ["--root-owner-group", "-Zgzip", "-z1", "--build", root, deb], {
    timeoutMs: 120_000,
  });
  if (built.code !== 0) throw new Error(`dpkg-deb: ${built.failure ?? built.stderr}`);
  rmSync(root, { recursive: true });
  const bytes = readFileSync(deb);
  return deb822({
    ...control,
    Filename: `${suite}${basename(deb)}`,
    Size: String(bytes.length),
    SHA256: createHash("sha256").update(bytes).digest("hex"),
  });
}

/** The index's Release file, signed by a key that was made for it. */
async function signed(index: string): Promise<{ publicKey: string; release: string }> {
  const { privateKey, publicKey } = await generateKey({
    type: "rsa",
    rsaBits: 3072,
    userIDs: [{ name: "hardway tests", email: "tests@example.org" }],
    format: "object",
  });
  const sum = createHash("sha256").update(index).digest("hex");
  const text = deb822({
    Origin: "hardway tests",
    Date: new Date().toUTCString(),
    SHA256: `\n ${sum} ${Buffer.byteLength(index)} Packages`,
  });
  const message = await createCleartextMessage({ text });
  return { publicKey: publicKey.armor(), release: await sign({ message, signingKeys: privateKey }) };
}

/** Fields as deb822(5) has them. */
function deb822(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join("");
}
