import { existsSync, readdirSync } from "node:fs";
import { dirname } from "node:path";
import { UserError } from "../errors";
import type { LabPaths } from "../paths";

/** @throws UserError that names the labs that do exist. */
export function requireLab(paths: LabPaths): void {
  if (existsSync(paths.directory)) return;
  const others = labNames(paths);
  throw new UserError(
    `There is no lab "${paths.name}" here (${paths.directory}). ` +
      (others.length > 0 ? `Labs: ${others.join(", ")}; choose one with --lab.` : 'Make it with "./hardway up".'),
  );
}

/** The labs that have a folder. */
export function labNames(paths: Pick<LabPaths, "directory">): string[] {
  try {
    return readdirSync(dirname(paths.directory))
      .filter((name) => !name.startsWith("."))
      .sort();
  } catch {
    return [];
  }
}
