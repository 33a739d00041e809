import { randomBytes } from "node:crypto";
import { chmodSync, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { stateFiles } from "./fileBackend";
import { ExitCode, UserError } from "../errors";
import { shellQuote } from "../../components/remote/shellQuote";
import type { EmbeddedEc2 } from "./ec2Client";
import { makeFolder, writeWhole } from "../files";
import type { LabPaths } from "../paths";
import { isOfLab, pulumiHomeOf } from "../settings/plugins";
import type { PulumiEngine } from "../toolchain/pulumiEngine";

type Environment = Readonly<Record<string, string | undefined>>;

interface EnvironmentOptions {
  readonly paths: LabPaths;
  /** hardway's state folder. */
  readonly state: string;
  readonly engine: Pick<PulumiEngine, "directory" | "source">;
  /** Whether the bundled plugins are used, which are installed in the lab's own PULUMI_HOME. */
  readonly bundledPlugins: boolean;
  /** Whether the lab is on the user's own hosts, whose keys are pinned at the first connection. */
  readonly ownHosts?: boolean;
  /** Whether nothing answers at the user's SSH_AUTH_SOCK; see `agentProblem`. @default false */
  readonly deadAgent?: boolean;
  /** What the user has set. @default process.env */
  readonly env?: Environment;
}

/**
 * The environment in which the engine works on this lab; the user's own backend, login and passphrase stay as they are.
 * Creates the backend's folder and the passphrase file where they are missing.
 */
export function engineEnvironment(options: EnvironmentOptions): Record<string, string> {
  const { paths, state, env = process.env } = options;
  return {
    PATH: searchPath(options),
    PULUMI_STACK: paths.name,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // Steps mostly wait for their hosts. By default the engine runs four at a time for each processor of this computer, so
    // the other hosts of a large lab would have to wait for their turn.
    PULUMI_PARALLEL: env["PULUMI_PARALLEL"] ?? "100",
    // A checkout's stack file has no encryption salt, but the stack's state does.
    PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: "true",
    ...backend(env, state),
    ...passphrase(env, state),
    ...pastProxies(env),
    ...pulumiHome(options),
    ...(options.ownHosts ? { HARDWAY_HOST_KEYS: paths.hostKeys } : {}),
    // The program refuses what these plugins cannot log in with.
    HARDWAY_PLUGINS: options.bundledPlugins ? "bundled" : "official",
    // The official plugin asks the agent before it tries the key that it was given, and fails where nothing answers.
    ...(options.deadAgent === true ? { SSH_AUTH_SOCK: "" } : {}),
  };
}

/** Official plugins are where the user's own Pulumi has them, also in a shell that has `hardway env` of a lab with bundled ones. */
function pulumiHome({ paths, bundledPlugins, env = process.env }: EnvironmentOptions): Record<string, string> {
  if (bundledPlugins) return { PULUMI_HOME: paths.pulumiHome };
  return isOfLab(env["PULUMI_HOME"] ?? "") ? { PULUMI_HOME: pulumiHomeOf(env) } : {};
}

function searchPath({ engine, env = process.env }: EnvironmentOptions): string {
  const old = env["PATH"] ?? "";
  return engine.source === "PATH"
    ? old
    : [engine.directory, ...old.split(delimiter).filter((folder) => folder !== engine.directory)].join(delimiter);
}

function backend(env: Environment, state: string): Record<string, string> {
  if (env["PULUMI_BACKEND_URL"] || env["PULUMI_ACCESS_TOKEN"]) return {};
  const directory = join(state, "backend");
  makeFolder(directory, 0o700);
  chmodSync(directory, 0o700);
  // The engine writes the whole state twice for each resource, and copies the previous one. Compressed, and without
  // checksum files, which nothing reads, that takes two thirds of the time.
  return {
    PULUMI_BACKEND_URL: `${pathToFileURL(directory).href}?metadata=skip`,
    PULUMI_DIY_BACKEND_ZSTD: env["PULUMI_DIY_BACKEND_ZSTD"] ?? "true",
  };
}

/**
 * An empty PULUMI_CONFIG_PASSPHRASE is a passphrase as well.
 * @throws UserError (exit 78) when hardway's own is gone, and stacks are there that only it can open
 */
function passphrase(env: Environment, state: string): Record<string, string> {
  if (env["PULUMI_CONFIG_PASSPHRASE"] !== undefined || env["PULUMI_CONFIG_PASSPHRASE_FILE"]) return {};
  const file = join(state, "passphrase");
  if (!existsSync(file)) {
    const stacks = stateFiles(join(state, "backend"));
    if (stacks.length > 0 && !env["PULUMI_BACKEND_URL"])
      throw new UserError(
        `${file} is gone, the passphrase of what is secret in ${stacks.join(", ")}. Put it back from a backup. Without it nothing can be ` +
          `done with these stacks: remove what they manage yourself, and then ${join(state, "backend")}.`,
        ExitCode.config,
      );
    makeFolder(state, 0o700);
    writeWhole(file, `${randomBytes(32).toString("base64url")}\n`);
  }
  return { PULUMI_CONFIG_PASSPHRASE_FILE: file };
}

const proxyVariables = ["grpc_proxy", "http_proxy", "https_proxy", "all_proxy"].flatMap((name) => [
  name,
  name.toUpperCase(),
]);
const loopback = ["localhost", "127.0.0.1", "127.0.0.0/8", "::1"];

/**
 * Engine, program and plugins talk to each other over loopback, and to the embedded EC2 there: no proxy of the user's comes between.
 * gRPC for Node looks into no_grpc_proxy first and takes the entries with the blanks around them (grpc-js, src/http_proxy.ts).
 */
function pastProxies(env: Environment): Record<string, string> {
  if (!proxyVariables.some((name) => env[name])) return {};
  const entries = (name: string) => (env[name] ?? "").split(",").map((entry) => entry.trim());
  const withLoopback = (...names: string[]) =>
    [...new Set([...names.flatMap(entries), ...loopback])].filter(Boolean).join(",");
  return {
    no_grpc_proxy: withLoopback("no_grpc_proxy", ...(env["no_grpc_proxy"] ? [] : ["no_proxy", "NO_PROXY"])),
    no_proxy: withLoopback("no_proxy", "NO_PROXY"),
    NO_PROXY: withLoopback("NO_PROXY", "no_proxy"),
  };
}

/** What would take precedence over an access key in the environment, or be taken as part of it. */
const otherCredentials = ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION"];

/** Endpoints of AWS's own with which SDKs refuse any other one. */
const otherEndpoints = ["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"];

/**
 * The keys of the embedded EC2 where AWS's tools and both aws plugins look for them. So they are in no stack file, and in neither the state
 * nor the history that the engine keeps.
 */
export function accessKeyVariables(
  { accessKey, secretKey }: Pick<EmbeddedEc2, "accessKey" | "secretKey">,
  env: Environment = process.env,
): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: accessKey,
    AWS_SECRET_ACCESS_KEY: secretKey,
    ...Object.fromEntries(otherCredentials.filter((name) => env[name]).map((name) => [name, ""])),
    ...Object.fromEntries(otherEndpoints.filter((name) => env[name]).map((name) => [name, "false"])),
  };
}

/** Lines for a POSIX shell: `export`, and `unset` where a value is empty. botocore takes an empty AWS_PROFILE for a profile. */
export function renderExports(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => (value === "" ? `unset ${name}\n` : `export ${name}=${shellWord(value)}\n`))
    .join("");
}

/** Plain words stay as they are, for the person who reads the lines. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(text) ? text : shellQuote(text);
}
