import { existsSync, readFileSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { adminKubeconfig, controlPlanePorts } from "../../components/cluster/controlPlaneFiles";
import { commandLine } from "../../components/remote/commandLine";
import { ExitCode, UserError } from "../errors";
import { makeFolder, writeWhole } from "../files";
import type { GlobalOptions } from "../lab/context";
import { hardway } from "../output/hardway";
import { adminKubectl } from "../verify/cluster/adminKubectl";
import { firstController } from "./kubectl";
import { openClient, runClient } from "./ssh";

const name = z.string();
const anything = z.record(z.string(), z.unknown());

const defaultPort = String(controlPlanePorts.apiServer);

/** A kubeconfig as far as it is read here (kubernetes.io, "Organizing Cluster Access Using kubeconfig Files"). */
const kubeconfigSchema = z.looseObject({
  apiVersion: z.literal("v1").optional(),
  kind: z.literal("Config").optional(),
  clusters: z.array(z.looseObject({ name, cluster: anything })).nullish(),
  users: z.array(z.looseObject({ name, user: anything })).nullish(),
  contexts: z.array(z.looseObject({ name, context: anything })).nullish(),
  "current-context": z.string().optional(),
});
type Kubeconfig = z.infer<typeof kubeconfigSchema>;

interface KubeconfigOptions {
  /** A file to merge it into; `true` for the one that kubectl would change. */
  readonly merge?: string | true;
  readonly port: string;
}

/**
 * Prints a kubeconfig with the administrator's key and certificate for programs on this computer, or merges it into a file. They
 * reach the API server by the tunnel.
 */
export async function kubeconfig(options: GlobalOptions, { merge, port }: KubeconfigOptions): Promise<number> {
  const show = [...adminKubectl, "config", "view", "--raw", "--flatten", "--minify"];
  const localPort = portNumber(port);
  const client = await openClient(options);
  const node = firstController(client.hosts, client.lab);
  const admin = await client.read({ node, flags: ["-T"], command: [commandLine(show, true)] });
  const name = `hardway-${client.lab}`;
  const wanted = localKubeconfig(admin, name, localPort);
  if (merge === undefined) {
    process.stdout.write(stringify(wanted));
    return ExitCode.ok;
  }
  const file = merge === true ? kubectlFile(process.env, homedir()) : merge;
  mergeInto(file, wanted);
  process.stderr.write(
    `${file} has the context ${name} now, and uses it. "${hardway(client.lab)} tunnel${port === defaultPort ? "" : ` --port ${port}`}" opens the way to the cluster.\n`,
  );
  return ExitCode.ok;
}

/** Leads a port of this computer's loopback to the first controller's API server, until Ctrl-C. */
export function tunnel(options: GlobalOptions, { port }: Pick<KubeconfigOptions, "port">): Promise<number> {
  const local = `127.0.0.1:${portNumber(port)}`;
  return runClient(options, (hosts, lab) => {
    const node = firstController(hosts, lab);
    process.stderr.write(`https://${local} leads to the API server of ${node}, until Ctrl-C.\n`);
    const forward = ["-L", `${local}:127.0.0.1:${controlPlanePorts.apiServer}`];
    return { node, flags: ["-N", "-T", "-o", "ExitOnForwardFailure=yes", ...forward], command: [] };
  });
}

/** @throws UserError */
function portNumber(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (!(port >= 1 && port <= 65_535))
    throw new UserError(`--port must be a TCP port from 1 to 65535; got "${text}".`, ExitCode.usage);
  return port;
}

/** The administrator's kubeconfig as programs on this computer need it. */
export function localKubeconfig(admin: string, name: string, port: number) {
  const { clusters, users } = kubeconfigSchema.parse(parse(admin));
  const [cluster, user] = [clusters?.[0], users?.[0]];
  if (cluster === undefined || user === undefined) throw new UserError(`The controller's ${adminKubeconfig} is empty.`);
  return {
    ...({ apiVersion: "v1", kind: "Config" } as const),
    clusters: [{ name, cluster: { ...cluster.cluster, server: `https://127.0.0.1:${port}` } }],
    users: [{ name, user: user.user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
  };
}

/** The file that `kubectl config` would change: the first of KUBECONFIG that is there, else its last, else the one at home. */
export function kubectlFile({ KUBECONFIG = "" }: NodeJS.ProcessEnv, home: string): string {
  const files = KUBECONFIG.split(delimiter).filter((file) => file !== "");
  return files.find((file) => existsSync(file)) ?? files.at(-1) ?? join(home, ".kube", "config");
}

/** Replaces what has the same names, keeps the rest, and makes it the one that is used. @throws UserError when it is another file */
export function mergeInto(file: string, wanted: ReturnType<typeof localKubeconfig>): void {
  const there = existsSync(file);
  const found: Kubeconfig = there ? readKubeconfig(file) : {};
  const merged = {
    ...found,
    ...wanted,
    clusters: replaceNamed(found.clusters, wanted.clusters),
    users: replaceNamed(found.users, wanted.users),
    contexts: replaceNamed(found.contexts, wanted.contexts),
  };
  if (!there) makeFolder(dirname(file), 0o700);
  // Through a link, as a text editor would.
  writeWhole(there ? realpathSync(file) : file, stringify(merged));
}

function replaceNamed<T extends { name: string }>(found: readonly T[] | null | undefined, wanted: readonly T[]): T[] {
  const names = wanted.map(({ name }) => name);
  return [...(found ?? []).filter(({ name }) => !names.includes(name)), ...wanted];
}

function readKubeconfig(file: string): Kubeconfig {
  let content: unknown;
  try {
    content = parse(readFileSync(file, "utf8")) ?? {};
  } catch (error) {
    throw new UserError(`${file} cannot be read as a kubeconfig: ${String(error)}`);
  }
  const { success, data } = kubeconfigSchema.safeParse(content);
  if (!success) throw new UserError(`${file} is no kubeconfig, so nothing was merged into it.`);
  return data;
}
