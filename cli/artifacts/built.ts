import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { mirrorDirectory } from "../../cloud/daemon/MirrorServer";
import {
  artifactArchitectures,
  artifactNames,
  mirrorPath,
  type ArtifactArchitecture,
  type ArtifactName,
} from "../../components/node/runtime/artifacts/lock";
import { sumsOf } from "../../components/node/runtime/artifacts/sums";
import type { ReleaseRecipe } from "./recipe";

/** A file of the mirror that was built. */
export interface BuiltArtifact {
  readonly name: ArtifactName;
  readonly version: string;
  readonly arch: ArtifactArchitecture;
  /** SHA-256 in hexadecimal. */
  readonly sha256: string;
  readonly file: string;
  /** Size of the file in bytes. */
  readonly bytes: number;
}

/** The mirror's list of its files, in its folder. */
export const sumsFile = "SHA256SUMS";

/** What each file of the mirror was built from, beside the mirror and not in it. */
export function buildRecordFile(cache: string): string {
  return join(cache, "artifacts", "built.json");
}

/** The list of the mirror in hardway's cache; `undefined` when none was built. */
export function readMirrorSums(cache: string): string | undefined {
  try {
    return readFileSync(join(mirrorDirectory(cache), sumsFile), "utf8");
  } catch {
    return undefined;
  }
}

/** The release files that a mirror's list names and its folder has. */
export function builtArtifacts(directory: string, sums: string): BuiltArtifact[] {
  return artifactNames.flatMap((name) =>
    artifactArchitectures.flatMap((arch) =>
      sumsOf(sums, name, arch).flatMap(({ version, digest }) => {
        const file = join(directory, mirrorPath(name, version, arch));
        const bytes = sizeOf(file);
        return bytes === undefined ? [] : [{ name, version, arch, sha256: digest, file, bytes }];
      }),
    ),
  );
}

/** The recipes whose file, in their version, is not among these. */
export function notBuilt(wanted: readonly ReleaseRecipe[], built: readonly BuiltArtifact[]): ReleaseRecipe[] {
  return wanted.filter(({ name, version }) => !built.some((file) => file.name === name && file.version === version));
}

export function sha256(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}

function sizeOf(file: string): number | undefined {
  const found = statSync(file, { throwIfNoEntry: false });
  return found?.isFile() ? found.size : undefined;
}
