import type { Colors } from "picocolors/types";
import { controlPlanePorts } from "../../components/cluster/controlPlaneFiles";
import { etcdHealth } from "../../components/cluster/etcdFiles";
import { commandLine } from "../../components/remote/commandLine";
import { UserError } from "../errors";
import type { GlobalOptions } from "../lab/context";
import { plainTable, renderTable } from "../output/table";
import { adminKubectl } from "../verify/cluster/adminKubectl";
import { nodesIn, readiness } from "../verify/cluster/nodes";
import { openClient, type Client } from "./ssh";

const onLoopback = (port: number, path: string) => `https://127.0.0.1:${port}/${path}`;

/** What a controller runs, and the addresses where each says there how it is. */
const services = {
  etcd: etcdHealth,
  "kube-apiserver": onLoopback(controlPlanePorts.apiServer, "readyz"),
  "kube-controller-manager": onLoopback(controlPlanePorts.controllerManager, "healthz"),
  "kube-scheduler": onLoopback(controlPlanePorts.scheduler, "healthz"),
} as const;
type ServiceName = keyof typeof services;

export interface ControllerStatus {
  readonly name: string;
  /** `ok`, or what the service answers instead; not there where the host does not let us in. */
  readonly services?: Readonly<Record<ServiceName, string>>;
  /** Why the host does not let us in. */
  readonly problem?: string;
}

export interface NodeStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly version: string;
  readonly podCidr: string | null;
}

/** What the controllers of a lab say of its cluster. */
export interface ClusterStatus {
  readonly controllers: readonly ControllerStatus[];
  /** `null` where no API server answers. */
  readonly nodes: readonly NodeStatus[] | null;
}

/** Asks all controllers at the same time. */
export async function clusterStatus(options: GlobalOptions): Promise<ClusterStatus> {
  const client = await openClient(options);
  const names = client.hosts.filter(({ role }) => role === "controller").map(({ name }) => name);
  const controllers = await Promise.all(names.map((name) => controllerStatus(client, name)));
  const answering = controllers.find(({ services }) => services?.["kube-apiserver"] === "ok");
  return { controllers, nodes: answering === undefined ? null : await nodesOf(client, answering.name) };
}

const flags = ["-T", "-o", "ConnectTimeout=10"];

async function controllerStatus(client: Client, name: string): Promise<ControllerStatus> {
  const asked = Object.values(services).map((url) => `curl -q -sk -m 5 -o /dev/null -w '%{http_code}\\n' ${url}`);
  try {
    return { name, services: answersOf(await client.read({ node: name, flags, command: [`${asked.join("; ")}; :`] })) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { name, problem: error.message };
  }
}

/** @param text a line with the HTTP status of each service, 000 where nothing answered */
export function answersOf(text: string): Record<ServiceName, string> {
  const answer = (code: string) => (code === "200" ? "ok" : code === "000" ? "does not answer" : `HTTP ${code}`);
  const codes = text.match(/\d{3}/g) ?? [];
  return Object.fromEntries(
    Object.keys(services).map((name, index) => [name, answer(codes[index] ?? "000")]),
  ) as Record<ServiceName, string>;
}

async function nodesOf(client: Client, controller: string): Promise<readonly NodeStatus[] | null> {
  const words = [...adminKubectl, "--request-timeout", "10s", "get", "nodes", "-o", "json"];
  try {
    return readNodes(await client.read({ node: controller, flags, command: [commandLine(words, true)] }));
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

/** @param text Nodes as `kubectl -o json` prints them */
export function readNodes(text: string): NodeStatus[] {
  return [...nodesIn(text)].map(([name, node]) => ({
    name,
    ready: readiness(node) === "Ready",
    version: node.status?.nodeInfo?.kubeletVersion ?? "",
    podCidr: node.spec?.podCIDR ?? null,
  }));
}

/** Two tables: controllers with their services, and Nodes. */
export function renderClusterStatus({ controllers, nodes }: ClusterStatus, colors: Colors): string {
  const word = (text: string, ok: boolean) => (ok ? colors.green(text) : colors.red(text));
  const planes = plainTable(["CONTROLLER", ...Object.keys(services).map((name) => name.toUpperCase())], colors);
  for (const { name, services: found } of controllers)
    if (found !== undefined)
      planes.push([name, ...Object.values(found).map((answer) => word(answer, answer === "ok"))]);
  const workers = plainTable(["NODE", "STATE", "KUBELET", "POD CIDR"], colors);
  for (const { name, ready, version, podCidr } of nodes ?? [])
    workers.push([name, word(ready ? "Ready" : "NotReady", ready), version, podCidr ?? "-"]);
  return [
    ...(planes.length > 0 ? [renderTable(planes)] : []),
    ...controllers.flatMap(({ name, problem }) => (problem === undefined ? [] : [`${name}: ${problem}`])),
    nodes === null ? "No API server tells of the Nodes." : renderTable(workers),
  ].join("\n");
}
