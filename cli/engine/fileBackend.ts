import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Folder of a `file://` backend; undefined when the backend is of another kind. */
export function backendFolder(backendUrl: string | undefined): string | undefined {
  if (!backendUrl?.startsWith("file://")) return undefined;
  const [place = ""] = backendUrl.split("?"); // options follow the question mark
  try {
    return fileURLToPath(place);
  } catch {
    // The engine also takes `file://~` and relative folders, which are no URLs.
    return place.slice("file://".length);
  }
}

/** The states of stacks in a backend's folder, compressed or not: those of `stack`, or all. */
export function stateFiles(folder: string, stack?: string): string[] {
  const stacks = join(folder, ".pulumi/stacks");
  return list(stacks).flatMap((project) =>
    list(join(stacks, project))
      .filter((name) => /\.json(\.\w+)?$/.test(name) && !name.endsWith(".bak"))
      .filter((name) => stack === undefined || name.replace(/\.json(\.\w+)?$/, "") === stack)
      .map((name) => join(stacks, project, name)),
  );
}

function list(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}
