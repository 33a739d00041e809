import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { tar } from "../../cloud/images/tar";

/** A release made by a test. */
export interface TestRelease {
  readonly digest: string;
  readonly bytes: Buffer;
  /** Its line of the variable ARTIFACTS. */
  readonly line: string;
}

/**
 * A release archive of stand-in programs.
 *
 * @param programs shell scripts by their path in the archive; a single one with an empty path makes a release that is one program
 * @param singleForm the form of such a release
 */
export function releaseArchive(
  name: string,
  version: string,
  programs: Readonly<Record<string, string>>,
  singleForm = `binary:${name}`,
): TestRelease {
  const single = programs[""];
  const bytes =
    single === undefined
      ? gzipSync(
          tar(
            Object.entries(programs).map(([path, text]) => ({
              ...{ kind: "file" as const, path, mode: 0o755, content: Buffer.from(text) },
            })),
          ),
        )
      : Buffer.from(single);
  const digest = createHash("sha256").update(bytes).digest("hex");
  const form = single === undefined ? "tar.gz" : singleForm;
  return { digest, bytes, line: `amd64 ${name} ${version} ${form} ${digest} http://127.0.0.1:1/${name}-${version}` };
}
