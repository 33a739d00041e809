import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The system folders hold tools such as mkfs and are missing from an ordinary user's PATH on Debian. */
const systemFolders = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/** Absolute path of `command` on PATH (then in the system folders), or `undefined`. */
export function which(command: string, path = process.env["PATH"] ?? ""): string | undefined {
  const folders = [...path.split(delimiter).filter((folder) => folder.startsWith("/")), ...systemFolders];
  return folders.map((folder) => join(folder, command)).find(isExecutable);
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
