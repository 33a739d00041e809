import { whyUnknown } from "./artifacts/artifact";
import { artifactsOfVersion } from "./artifacts/hostArtifacts";
import type { ArtifactName } from "./artifacts/lock";

/** An archive of programs, held to its checksum. */
export interface Archive {
  /** Machines that it is for, in dpkg's words. @default any, as when all machines are alike */
  readonly architecture?: "amd64" | "arm64";
  readonly url: string;
  /** Of the file, in lower-case hexadecimal. */
  readonly sha256: string;
}

/** What is wrong with archives, each to be read after the setting's name. */
export function archiveProblems(archives: readonly Archive[]): { readonly rule: string; readonly got: unknown }[] {
  return archives.flatMap(({ url, sha256 }) => [
    ...(/^https?:\/\/\S+$/.test(url)
      ? []
      : [{ rule: "must have addresses that begin with https:// or http://", got: url }]),
    ...(/^[0-9a-f]{64}$/.test(sha256)
      ? []
      : [{ rule: `must have the SHA-256 of ${url}, 64 digits of 0-9 and a-f`, got: sha256 }]),
  ]);
}

/** A script's list of archives: `ARCHITECTURE URL SHA256` a line, of which the host takes the first that fits. */
export function archiveLines(archives: readonly Archive[]): string {
  return archives.map(({ architecture = "any", url, sha256 }) => `${architecture} ${url} ${sha256}`).join("\n");
}

/**
 * The archives that were given, else those of the lock file, one for each architecture.
 *
 * @param version empty for the newest that the lock file knows
 * @param mirror base URL of a mirror, or empty
 * @throws UnknownArtifactError for a version that the lock file does not know
 */
export function archivesOr(
  given: readonly Archive[],
  name: ArtifactName,
  version: string,
  mirror: string,
): readonly Archive[] {
  if (given.length > 0) return given;
  return artifactsOfVersion(name, version, mirror === "" ? {} : { mirror }).map(({ arch, url, digest }) => ({
    architecture: arch,
    url,
    sha256: digest,
  }));
}

/** Why the lock file has no such version, or undefined when it has. */
export function versionProblem(name: ArtifactName, version: string): string | undefined {
  return whyUnknown(() => artifactsOfVersion(name, version));
}
