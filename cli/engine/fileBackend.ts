import { existsSync, readdirSync, rmSync } from "node:fs";
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

/** The state files in a backend's folder, compressed or not: those of `stack`, or all. */
export function stateFiles(folder: string, stack?: string): string[] {
  const stacks = join(folder, ".pulumi/stacks");
  return list(stacks).flatMap((project) =>
    list(join(stacks, project))
      .filter((name) => /\.json(\.\w+)?$/.test(name) && !name.endsWith(".bak"))
      .filter((name) => stack === undefined || name.replace(/\.json(\.\w+)?$/, "") === stack)
      .map((name) => join(stacks, project, name)),
  );
}

/** How many backups of a stack's state are kept. */
const keptBackups = 10;

/** Removes all but the newest ten of a stack's backups: the engine makes one in each run and never removes any. */
export function pruneBackups(folder: string, project: string, stack: string): void {
  const backups = join(folder, ".pulumi/backups", project, stack);
  // `STACK.NANOSECONDS.json`, compressed or not; any other file is not ours.
  const name = new RegExp(`^${stack}[.](\\d+)[.]json([.]\\w+)?$`);
  const found = list(backups).flatMap((file) => {
    const time = name.exec(file)?.[1];
    return time === undefined ? [] : [{ file, time: BigInt(time) }];
  });
  found.sort((a, b) => (a.time < b.time ? 1 : -1));
  for (const { file } of found.slice(keptBackups)) rmSync(join(backups, file), { force: true });
}

function list(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}
