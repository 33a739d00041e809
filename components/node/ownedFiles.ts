/** A file of ours on the host, rendered whole. */
export interface OwnedFile {
  readonly path: string;
  /** @default 0644 */
  readonly mode?: "0644" | "0600" | "0755";
  readonly text: string;
}

/**
 * Files as the variables FILES (one `MODE PATH` a line) and FILE_1, FILE_2 and so on with their texts, which
 * `own_files` of `scripts/node/lib-own.sh` writes.
 */
export function fileVariables(files: readonly OwnedFile[]): Record<string, string> {
  return {
    FILES: files.map(({ path, mode = "0644" }) => `${mode} ${path}`).join("\n"),
    ...Object.fromEntries(files.map(({ text }, index) => [`FILE_${index + 1}`, text])),
  };
}

/** A JSON file's text. */
export function renderJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
