import { textOf, type Resource } from "./resource";

/** Types that connect to a host, as @pulumi/command has them. */
export const remoteTypes: readonly string[] = [
  "command:remote:Command",
  "command:remote:CopyFile",
  "command:remote:CopyToRemote",
];

/** What commands send to a host, or run here, when it is known. */
export function sentTexts({ type, props }: Resource): string[] {
  if (type !== "command:remote:Command" && type !== "command:local:Command") return [];
  return [props.create, props.update].map(textOf).filter((text) => text !== undefined);
}

/** The name of the script of this project that a text runs, e.g. `20-kernel-prep`; undefined for other texts. */
export function scriptOf(text: string): string | undefined {
  return /^# hardway (\S+)$/m.exec(text)?.[1];
}

/** A value that such a text hands to its script; it has a line for each line of the value. */
export function valueOf(text: string, name: string): string | undefined {
  const lines = Array.from(text.matchAll(new RegExp(`^  ${name}='([^']*)' `, "gm")), ([, line]) => line);
  return lines.length === 0 ? undefined : lines.join("\n");
}
