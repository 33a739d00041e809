import type { LabPlan } from "../../../components/labPlan";
import type { PlannedHost } from "../../../components/plan/routes";
import type { Facts } from "../facts";
import { Rows } from "../rows";
import { runtimeOfHost } from "../runtime";
import { textAt } from "../runtimes/judge";
import type { Check } from "../types";
import { parseJson, refusalIn, type ApiObject } from "./json";

/** Path of the list of Nodes in the API. */
export const nodesPath = "/api/v1/nodes";

/** What is looked at of a Node (kubernetes, API reference, `Node`). */
interface Node extends ApiObject {
  readonly spec?: { readonly podCIDR?: string };
  readonly status?: {
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly conditions?: readonly { type: string; status: string; reason?: string; message?: string }[];
    readonly images?: readonly { readonly names?: readonly string[] }[];
    readonly nodeInfo?: { readonly kubeletVersion: string; readonly containerRuntimeVersion: string };
  };
}

/** The configuration that a Node's kubelet runs with, through the API server. */
export function configzPath(node: string): string {
  return `${nodesPath}/${node}/proxy/configz`;
}

/** Whether these workers' Nodes are Ready. */
export function areReady(workers: readonly PlannedHost[], text: string): boolean {
  const nodes = nodesIn(text);
  return workers.every(({ name }) => readiness(nodes.get(name)) === "Ready");
}

/** Compares the Nodes with the plan's workers. @param facts what scripts/api.sh reported on a controller */
export function judgeNodes(controller: PlannedHost, plan: LabPlan, facts: Facts): Check[] {
  const workers = workersOf(plan);
  const text = facts.text(nodesPath);
  const nodes = nodesIn(text);
  const rows = new Rows(controller.name, "nodes");
  const names = workers.map(({ name }) => name).sort();
  rows.equal("Nodes", names.join(", "), refusalIn(text, "NodeList") ?? ([...nodes.keys()].sort().join(", ") || "none"));
  return [...rows.rows, ...workers.flatMap((worker) => judgeNode(worker, plan, nodes.get(worker.name), facts))];
}

function judgeNode(worker: PlannedHost, plan: LabPlan, node: Node | undefined, facts: Facts): Check[] {
  const rows = new Rows(worker.name, "nodes");
  rows.equal("Node", "Ready", readiness(node));
  if (node === undefined) return rows.rows;
  const { nodeInfo, addresses = [] } = node.status ?? {};
  const runtime = runtimeOfHost(plan, worker.name);
  rows.equal("kubelet's version", `v${plan.cluster?.kubernetesVersion}`, nodeInfo?.kubeletVersion);
  rows.equal("runtime as the Node has it", runtime.criName, nodeInfo?.containerRuntimeVersion.replace(/:\/\/.*/, ""));
  const internal = addresses.filter(({ type }) => type === "InternalIP").map(({ address }) => address);
  rows.equal("InternalIP", worker.address, internal.join(", ") || "none");
  rows.equal("podCIDR", worker.podCidr ?? "", node.spec?.podCIDR ?? "none");
  const configz = facts.text(configzPath(worker.name));
  const driver = textAt(parseJson(configz), "kubeletconfig", "cgroupDriver");
  rows.equal(
    "kubelet's cgroup driver",
    `${runtime.cgroupDriver}, the runtime's`,
    driver === undefined ? configz : `${driver}, ${driver === runtime.cgroupDriver ? "" : "not "}the runtime's`,
  );
  return rows.rows;
}

export function workersOf({ hosts }: Pick<LabPlan, "hosts">): PlannedHost[] {
  return hosts.filter(({ role }) => role === "worker");
}

export function controllersOf({ hosts }: Pick<LabPlan, "hosts">): PlannedHost[] {
  return hosts.filter(({ role }) => role === "controller");
}

/** Nodes of a list in the API's JSON, by name. */
export function nodesIn(text: string): Map<string, Node> {
  const { items = [] } = (parseJson(text) ?? {}) as { items?: readonly Node[] };
  return new Map(items.map((node) => [node.metadata?.name ?? "", node]));
}

/** `Ready`, or why a Node is not. */
export function readiness(node: Node | undefined): string {
  if (node === undefined) return "not in the cluster";
  const ready = node.status?.conditions?.find(({ type }) => type === "Ready");
  if (ready === undefined) return "has no condition Ready";
  return ready.status === "True" ? "Ready" : `${ready.status}: ${ready.message ?? ready.reason ?? "no reason"}`;
}
