import { releases, releaseUrl, type ArtifactArchitecture, type ArtifactForm, type ArtifactName } from "./lock";
import { sumsOf } from "./sums";

/** Which file of which release. */
interface ReleaseFile {
  readonly name: ArtifactName;
  readonly version: string;
  readonly arch: ArtifactArchitecture;
  readonly url: string;
}

/** A file of a project's release, with everything that a host needs to fetch and unpack it. */
export interface Artifact extends ReleaseFile {
  /** SHA-256 in hexadecimal; SHA-512 where the project publishes no other (gVisor). */
  readonly digest: string;
  readonly form: ArtifactForm;
  /** What a release that is one program is called when it is installed. */
  readonly program?: string;
}

/**
 * A file that the lock file does not have, or that replaces one of the lock file. Plain, as all settings are;
 * `AddedArtifactArgs` takes outputs, and is the same for programs in other languages.
 */
export interface AddedArtifact extends ReleaseFile {
  readonly sha256: string;
}

/** Where artifacts come from, besides the projects themselves. */
export interface ArtifactSources {
  /** Base URL that holds the same files, each under its host and path, e.g. `https://mirror/github.com/...`. */
  readonly mirror?: string;
  /**
   * What a mirror of one's own builds says about its files: the text of its SHA256SUMS, from a place that is trusted,
   * which the mirror itself is not. Only what it names is then there. Without it a mirror's files are held to the lock
   * file.
   */
  readonly sums?: string;
  readonly added?: readonly AddedArtifact[];
}

/** An artifact that cannot be named without guessing its checksum. */
export class UnknownArtifactError extends Error {
  override readonly name = "UnknownArtifactError";
}

/**
 * The file of a release for one architecture. There is none without a checksum.
 *
 * @param version empty for the newest that is known.
 * @throws UnknownArtifactError that lists the versions that are known.
 */
export function artifact(
  name: ArtifactName,
  version: string,
  arch: ArtifactArchitecture,
  sources: ArtifactSources = {},
): Artifact {
  const known = knownArtifacts(name, arch, sources);
  const found = version === "" ? known[0] : known.find((entry) => entry.version === version);
  if (found !== undefined) return found;
  // A mirror of what was built here and is about to be built again may name a version twice.
  const versions = [...new Set(known.map((entry) => entry.version))].join(", ");
  throw new UnknownArtifactError(
    `There is no checksum for ${name} ${version || "of any version"} on ${arch}` +
      (versions === "" ? ". Name" : `; there are ${versions}. Choose one of these, or name`) +
      " the file with its URL and SHA-256 in runtimeArtifacts",
  );
}

/** Every version of which there is a file for `arch`, newest first. With `sums` that is what they and `added` name. */
export function knownArtifacts(
  name: ArtifactName,
  arch: ArtifactArchitecture,
  { mirror, sums, added = [] }: ArtifactSources = {},
): Artifact[] {
  const { form, program, versions } = releases[name];
  const make = (version: string, digest: string, url = releaseUrl(name, version, arch, mirror)): Artifact => ({
    ...{ name, version, arch, url, digest, form },
    ...(program !== undefined && { program }),
  });
  const own = added
    .filter((entry) => entry.name === name && entry.arch === arch)
    .map(({ version, sha256, url }) => make(version, sha256, url));
  const pinned =
    sums === undefined
      ? Object.entries(versions).map(([version, digests]) => make(version, digests[arch]))
      : sumsOf(sums, name, arch).map(({ version, digest }) => make(version, digest));
  return [...own, ...pinned.filter(({ version }) => !own.some((entry) => entry.version === version))].sort((a, b) =>
    byVersion(b.version, a.version),
  );
}

/** Orders release versions such as `1.7.34` and `20260622.0` by their numbers. */
export function byVersion(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(".").map(Number));
  for (let index = 0; index < Math.max(left!.length, right!.length); index++) {
    const difference = (left![index] ?? 0) - (right![index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
