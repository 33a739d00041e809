import { existsSync, readdirSync } from "node:fs";
import { dirname } from "node:path";
import { didYouMean } from "../../components/config/problems";
import { ExitCode, UserError } from "../errors";
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

/** For a host that the lab does not have (exit 64). */
export function unknownHost(name: string, names: readonly string[], lab: string): UserError {
  const text = `Lab "${lab}" has no host "${name}"${didYouMean(name, names)}; it has ${names.join(", ")}.`;
  return new UserError(text, ExitCode.usage);
}

/** For a lab without a cluster (exit 64). @param what needs one, as a sentence begins */
export function noCluster(what: string): UserError {
  return new UserError(
    `${what} needs a cluster. Take the lab of "./hardway --lab cluster up", or set hardway:cluster to true.`,
    ExitCode.usage,
  );
}
