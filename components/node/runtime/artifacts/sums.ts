import { literal } from "../../../literal";
import { mirrorPath, type ArtifactArchitecture, type ArtifactName } from "./lock";

/** As sha256sum(1) writes a digest. */
export const sha256Digest = /^[0-9a-f]{64}$/;

/** A line of a SHA256SUMS file. */
export interface Sum {
  readonly digest: string;
  /** Path of the file, relative to the list. */
  readonly path: string;
}

/** What `sha256sum -c` would read; lines of another form are left out, as it does. */
export function parseSums(text: string): Sum[] {
  return text.split("\n").flatMap((line) => {
    const found = /^([0-9a-f]{64}) [ *](?:\.\/)?(\S.*?)\r?$/.exec(line);
    return found ? [{ digest: found[1]!, path: found[2]! }] : [];
  });
}

/** As sha256sum(1) writes it, in the order of the paths. */
export function renderSums(sums: readonly Sum[]): string {
  return [...sums]
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map(({ digest, path }) => `${digest}  ${path}\n`)
    .join("");
}

/** The versions of one release that a mirror's list names. */
export function sumsOf(
  text: string,
  name: ArtifactName,
  arch: ArtifactArchitecture,
): { readonly version: string; readonly digest: string }[] {
  const escaped = literal(mirrorPath(name, "\0", arch));
  // The version stands in the path more than once, and is the same each time.
  const pattern = new RegExp(
    `^${escaped.replace("\0", "(?<version>[0-9][\\w.+-]*)").replaceAll("\0", "\\k<version>")}$`,
  );
  return parseSums(text).flatMap(({ digest, path }) => {
    const version = pattern.exec(path)?.groups?.["version"];
    return version === undefined ? [] : [{ version, digest }];
  });
}
