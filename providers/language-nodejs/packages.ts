import { existsSync, readFileSync, realpathSync } from "node:fs";
import path from "node:path";

interface Manifest {
  name?: string;
  version?: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  pulumi?: {
    resource?: boolean;
    name?: string;
    version?: string;
    server?: string;
    parameterization?: { name: string; version: string; value: string };
  };
}

interface InstalledPackage {
  name: string;
  version: string;
  manifest: Manifest;
  /** Whether the program itself asks for it. */
  direct: boolean;
}

/** The nearest directory at or above a program's with a package.json. */
export function packageRoot(directory: string): string | undefined {
  for (let at = path.resolve(directory); ; at = path.dirname(at)) {
    if (existsSync(path.join(at, "package.json"))) return at;
    if (at === path.dirname(at)) return undefined;
  }
}

/** npm packages that the program depends on, directly or through others, each where Node would find it. */
export function installedPackages(programDirectory: string): InstalledPackage[] {
  const root = packageRoot(programDirectory);
  if (root === undefined) return [];
  const found = new Map<string, InstalledPackage>();
  const visit = (directory: string, manifest: Manifest, direct: boolean) => {
    const wanted = {
      ...manifest.dependencies,
      ...manifest.optionalDependencies,
      // npm installs these beside the package.
      ...manifest.peerDependencies,
      ...(direct && manifest.devDependencies),
    };
    for (const name of Object.keys(wanted)) {
      const installed = locate(name, directory);
      if (installed === undefined) continue;
      const known = found.get(installed);
      // Another package may have brought it before.
      if (known !== undefined) {
        known.direct ||= direct;
        continue;
      }
      const child = readManifest(installed);
      found.set(installed, { name, version: child.version ?? "", manifest: child, direct });
      visit(installed, child, false);
    }
  };
  visit(root, readManifest(root), true);
  return [...found.values()];
}

/** The installed version of a package, where the program would find it. */
export function installedVersion(name: string, programDirectory: string): string | undefined {
  const installed = locate(name, path.resolve(programDirectory));
  return installed === undefined ? undefined : readManifest(installed).version;
}

/** The version of the npm on a search path, which is not started for it; undefined where a version manager's script is in its place. */
export function npmVersion(searchPath = process.env.PATH ?? ""): string | undefined {
  const npm = searchPath
    .split(path.delimiter)
    .map((folder) => path.join(folder, "npm"))
    .find((file) => existsSync(file));
  if (npm === undefined) return undefined;
  // npm/bin/npm-cli.js
  const folder = path.resolve(realpathSync(npm), "../..");
  const { name, version } = existsSync(path.join(folder, "package.json")) ? readManifest(folder) : {};
  return name === "npm" ? version : undefined;
}

function locate(name: string, from: string): string | undefined {
  for (let at = from; ; at = path.dirname(at)) {
    const candidate = path.join(at, "node_modules", name);
    if (existsSync(path.join(candidate, "package.json"))) return candidate;
    if (at === path.dirname(at)) return undefined;
  }
}

function readManifest(directory: string): Manifest {
  return JSON.parse(readFileSync(path.join(directory, "package.json"), "utf8")) as Manifest;
}

interface PluginDependency {
  name: string;
  /** With a leading `v`. */
  version: string;
  server: string;
  parameterization?: { name: string; version: string; value: string };
}

/** Resource plugins that the program's npm packages say they need, in the `pulumi` field of their package.json. */
export function pluginDependencies(programDirectory: string): PluginDependency[] {
  return installedPackages(programDirectory)
    .filter(({ manifest }) => manifest.pulumi?.resource)
    .map(({ name, version, manifest: { pulumi } }) => ({
      name: pulumi?.name ?? name.replace(/^@pulumi\//, ""),
      version: `v${(pulumi?.version ?? version).replace(/^v/, "")}`,
      server: pulumi?.server ?? "",
      parameterization: pulumi?.parameterization,
    }));
}
