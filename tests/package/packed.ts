import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const root = join(__dirname, "..", "..");

interface Manifest {
  readonly dependencies: Record<string, string>;
  readonly peerDependencies: Record<string, string>;
  readonly exports: Record<string, unknown>;
}

export const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;

/** Sub-paths by which a program imports the package, e.g. `hardway/host`. */
export const entries = Object.keys(manifest.exports)
  .filter((entry) => entry !== "./package.json")
  .map((entry) => entry.replace(/^\./, "hardway"));

/** What `npm pack` makes of the checkout, and programs that have it among their packages. */
export class PackedPackage {
  readonly folder = mkdtempSync(join(tmpdir(), "hardway-package-"));
  readonly tarball: string;
  /** Bytes of the tarball. */
  readonly size: number;
  /** Paths in the tarball, without `package/`. */
  readonly files: readonly string[];

  /** Builds the package. */
  constructor() {
    const json = execFileSync("npm", ["pack", "--json", "--pack-destination", this.folder], {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    // What the build prints comes first.
    const [packed] = JSON.parse(json.slice(json.indexOf("[\n"))) as [
      { filename: string; size: number; files: { path: string }[] },
    ];
    this.tarball = join(this.folder, packed.filename);
    this.size = packed.size;
    this.files = packed.files.map(({ path }) => path);
  }

  /**
   * The folder of a new program that has the package and all that it depends on, as npm would put them there: the package from
   * the tarball, the others as links to those of this checkout.
   */
  consumer(name: string, without: readonly string[] = []): string {
    const consumer = join(this.folder, name);
    const modules = join(consumer, "node_modules");
    mkdirSync(join(modules, "hardway"), { recursive: true });
    execFileSync("tar", ["-xzf", this.tarball, "-C", join(modules, "hardway"), "--strip-components=1"]);
    const wanted = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies), "@types/node"];
    for (const dependency of wanted.filter((dependency) => !without.includes(dependency))) {
      mkdirSync(dirname(join(modules, dependency)), { recursive: true });
      symlinkSync(join(root, "node_modules", dependency), join(modules, dependency));
    }
    return consumer;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
