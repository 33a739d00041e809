import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { imageArchive, type NamedImage } from "../../cloud/images/imageArchive";
import { tar, type TarEntry } from "../../cloud/images/tar";
import type { ArtifactArchitecture } from "../../components/node/runtime/artifacts/lock";

/**
 * The programs of a folder as a compressed archive. The same programs produce the same bytes: names are sorted, all files
 * belong to root and are from 1970, and gzip stores no name and no time.
 */
export async function programArchive(directory: string, folder: string): Promise<Buffer> {
  const names = folder.split("/").filter(Boolean);
  const parents = names.map((_, index) => ({
    ...{ kind: "directory" as const, path: names.slice(0, index + 1).join("/"), mode: 0o755 },
  }));
  return promisify(gzip)(tar([...parents, ...programEntries(directory, folder)]));
}

/** The programs of a folder as an archive with one image, which has them in its root. Nothing is compressed. */
export function programImage(directory: string, image: NamedImage, architecture: ArtifactArchitecture): Buffer {
  return imageArchive([tar(programEntries(directory, ""))], [image], architecture);
}

function programEntries(directory: string, folder: string): TarEntry[] {
  return readdirSync(directory)
    .sort()
    .map((name) => ({
      ...{ kind: "file", path: `${folder}${name}`, mode: 0o755 },
      content: readFileSync(join(directory, name)),
    }));
}
