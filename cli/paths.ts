import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { ExitCode, UserError } from "./errors";

/** The checkout that this file belongs to. */
export const repositoryRoot = resolve(__dirname, "..");

type Environment = Readonly<Record<string, string | undefined>>;

/** Downloads and builds: HARDWAY_CACHE_DIR, else hardway/ under XDG_CACHE_HOME, else ~/.cache/hardway. */
export function cacheDirectory(env: Environment = process.env): string {
  return folder(env["HARDWAY_CACHE_DIR"], env["XDG_CACHE_HOME"], env["HOME"], ".cache");
}

/** Labs, stacks and the passphrase: HARDWAY_STATE_DIR, else hardway/ under XDG_STATE_HOME, else ~/.local/state/hardway. */
export function stateDirectory(env: Environment = process.env): string {
  return folder(env["HARDWAY_STATE_DIR"], env["XDG_STATE_HOME"], env["HOME"], ".local/state");
}

/** An empty variable counts as unset, and a relative XDG path is ignored, as the XDG base directory specification says. */
function folder(own: string | undefined, xdg: string | undefined, home: string | undefined, fallback: string): string {
  if (own) return resolve(own);
  if (xdg?.startsWith("/")) return join(xdg, "hardway");
  return join(home || homedir(), fallback, "hardway");
}

/** Where the things of one lab are. The folder has mode 0700. */
export interface LabPaths {
  readonly name: string;
  readonly directory: string;
  /** Outside the folder, so that `down` can remove the folder while it holds the lock. */
  readonly lock: string;
  readonly inventory: string;
  /** Pulumi.yaml and Pulumi.<stack>.yaml as the engine gets them. */
  readonly workspace: string;
  /** PULUMI_HOME of the lab when the bundled plugins are used. */
  readonly pulumiHome: string;
  readonly logs: string;
  readonly sshConfig: string;
  readonly knownHosts: string;
  /** Keys that the user's own hosts proved at the first connection. */
  readonly hostKeys: string;
  /** What the last run did, for `status`. */
  readonly lastRun: string;
  /** The last verification that passed, so that an `up` that changed nothing need not repeat it. */
  readonly verified: string;
  /** What the last verification of everything saw, for `report`. */
  readonly lastChecks: string;
  /** What experiments have shown, for `report`. */
  readonly experiments: string;
}

/** @throws UserError when the name cannot be a stack and folder name. */
export function labPaths(name: string, state = stateDirectory()): LabPaths {
  if (!/^[a-z0-9][a-z0-9-]{0,29}$/.test(name)) {
    throw new UserError(
      `--lab must be 1 to 30 of a-z, 0-9 and -, and start with a letter or digit; got ${JSON.stringify(name)}.`,
      ExitCode.usage,
    );
  }
  const directory = join(state, "labs", name);
  return {
    name,
    directory,
    lock: join(state, "labs", `.${name}.lock`),
    inventory: join(directory, "inventory.json"),
    workspace: join(directory, "workspace"),
    pulumiHome: join(directory, "pulumi-home"),
    logs: join(directory, "logs"),
    sshConfig: join(directory, "ssh_config"),
    knownHosts: join(directory, "known_hosts"),
    hostKeys: join(directory, "host_keys"),
    lastRun: join(directory, "last-run.json"),
    verified: join(directory, "verified.json"),
    lastChecks: join(directory, "last-checks.json.gz"),
    experiments: join(directory, "experiments.json"),
  };
}
