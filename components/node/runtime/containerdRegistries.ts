import { stringify } from "smol-toml";
import type { OwnedFile } from "../ownedFiles";

/**
 * A `hosts.toml` for each registry that has mirrors: they are asked in order, then the registry itself. containerd
 * reads it at each pull, so that a change needs no restart (containerd, docs/hosts.md).
 */
export function registryFiles(folder: string, mirrors: Readonly<Record<string, readonly string[]>>): OwnedFile[] {
  return Object.entries(mirrors).map(([registry, urls]) => ({
    path: `${folder}/${registry}/hosts.toml`,
    text: renderHostsToml(registry, urls),
  }));
}

function renderHostsToml(registry: string, urls: readonly string[]): string {
  return stringify({
    server: `https://${serverOf(registry)}`,
    host: Object.fromEntries(urls.map((url) => [url, { capabilities: ["pull", "resolve"], ...ownRoot(url) }])),
  });
}

/** Docker Hub's images are named by one host and served by another. */
export function serverOf(registry: string): string {
  return registry === "docker.io" ? "registry-1.docker.io" : registry;
}

/**
 * containerd adds /v2 to a mirror's path; a URL that has it already, as proxies of several registries want it, is
 * complete.
 */
function ownRoot(url: string): { override_path?: true } {
  return /\/v2(\/|$)/.test(new URL(url).pathname) ? { override_path: true } : {};
}
