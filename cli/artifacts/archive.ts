import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { tar } from "../../cloud/images/tar";

/**
 * The programs of a folder as a compressed archive. The same programs produce the same bytes: names are sorted, all files
 * belong to root and are from 1970, and gzip stores no name and no time.
 */
export async function programArchive(directory: string, folder: string): Promise<Buffer> {
  const entries = readdirSync(directory)
    .sort()
    .map((name) => ({
      kind: "file" as const,
      path: `${folder}${name}`,
      mode: 0o755,
      content: readFileSync(join(directory, name)),
    }));
  const names = folder.split("/").filter(Boolean);
  const parents = names.map((_, index) => ({
    ...{ kind: "directory" as const, path: names.slice(0, index + 1).join("/"), mode: 0o755 },
  }));
  return promisify(gzip)(tar([...parents, ...entries]));
}
