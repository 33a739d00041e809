import { controlPlaneFolder, controlPlanePorts } from "../../../components/cluster/controlPlaneFiles";
import type { ClusterPlan } from "../../../components/labPlan";
import { apiServiceAddress } from "../../../components/plan/cluster";
import type { PlannedHost } from "../../../components/plan/routes";
import type { Facts } from "../facts";
import { Rows } from "../rows";
import { textAt } from "../runtimes/judge";
import type { Check } from "../types";
import { etcdClient } from "./etcd";
import { parseJson, refusalIn } from "./json";

/** Where a controller's own API server answers, and with which files the administrator asks it there. */
export const ownApi = {
  URL: `https://127.0.0.1:${controlPlanePorts.apiServer}`,
  CA: `${controlPlaneFolder}/ca.crt`,
  CERTIFICATE: `${controlPlaneFolder}/admin.crt`,
  KEY: `${controlPlaneFolder}/admin.key`,
} as const;

/** Asks a controller's own API server for paths, each of which is a section of the answer. */
export function apiQuestion(paths: readonly string[]): Readonly<Record<"api", Readonly<Record<string, string>>>> {
  return { api: { ...ownApi, PATHS: paths.join("\n") } };
}

/** The values that scripts/controlplane.sh gets. The API server is asked at the address that the others reach it by. */
export function controlPlaneValues(host: PlannedHost): Record<string, string> {
  return {
    ...ownApi,
    URL: `https://${host.address}:${controlPlanePorts.apiServer}`,
    MANAGER_PORT: String(controlPlanePorts.controllerManager),
    SCHEDULER_PORT: String(controlPlanePorts.scheduler),
    OTHER_CERTIFICATE: etcdClient.CERTIFICATE,
    OTHER_KEY: etcdClient.KEY,
  };
}

/** Checks the three programs on a controller, and whom the API server there lets in. */
export function judgeControlPlane(host: PlannedHost, cluster: ClusterPlan, facts: Facts): Check[] {
  const rows = new Rows(host.name, "control-plane");
  const readyz = answerIn(facts, "readyz");
  const bad = readyz.text.split("\n").filter((line) => /^\[-\]/.test(line));
  const isReady = readyz.status === "200" && /^\[\+\]etcd ok/m.test(readyz.text);
  rows.add("kube-apiserver /readyz", "ok", isReady ? "ok" : bad.join("; ") || said(readyz), isReady);
  for (const [program, section] of [
    ["kube-controller-manager", "manager"],
    ["kube-scheduler", "scheduler"],
  ] as const) {
    const answer = answerIn(facts, section);
    const isHealthy = answer.status === "200" && answer.text.trim() === "ok";
    rows.add(`${program} /healthz`, "ok", isHealthy ? "ok" : said(answer), isHealthy);
  }
  const version = answerIn(facts, "version");
  rows.equal(
    "version",
    `v${cluster.kubernetesVersion}`,
    textAt(parseJson(version.text), "gitVersion") ?? said(version),
  );
  rows.equal("without a certificate", "401", said(answerIn(facts, "nobody")));
  rows.equal("certificate of another authority", "401", said(answerIn(facts, "other")));
  return rows.rows;
}

const service = "/api/v1/namespaces/default/services/kubernetes";
const endpoints = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes";
const leases = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases";
const leading = ["kube-controller-manager", "kube-scheduler"] as const;

/** What a controller's API server is asked about the control plane as a whole. */
export function wholePaths(controllers: readonly PlannedHost[]): string[] {
  return [service, endpoints, ...(controllers.length > 1 ? leading.map((name) => `${leases}/${name}`) : [])];
}

/**
 * Checks what a controller's API server has of the control plane as a whole.
 *
 * @param hostNames what the controllers call themselves, by their names in the plan, as far as they have told
 * @param facts what scripts/api.sh reported
 */
export function judgeWhole(
  host: PlannedHost,
  controllers: readonly PlannedHost[],
  cluster: ClusterPlan,
  hostNames: ReadonlyMap<string, string>,
  facts: Facts,
): Check[] {
  const rows = new Rows(host.name, "control-plane");
  const address = textAt(parseJson(facts.text(service)), "spec", "clusterIP");
  rows.equal("Service kubernetes", apiServiceAddress(cluster.serviceCidr), address ?? facts.text(service));
  const planned = controllers.map((each) => `${each.address}:${controlPlanePorts.apiServer}`);
  rows.equal("endpoints of the Service kubernetes", list(planned), endpointsIn(facts.text(endpoints)));
  for (const name of controllers.length > 1 ? leading : []) {
    const text = facts.text(`${leases}/${name}`);
    const holder = textAt(parseJson(text), "spec", "holderIdentity");
    const leader = controllers.find((each) => holder?.startsWith(`${hostNames.get(each.name) ?? each.name}_`));
    const seen = leader === undefined ? holder || text : `on ${leader.name}`;
    const names = controllers.map((each) => each.name).join(" or ");
    rows.add(`${name} that leads`, `on ${names}`, seen, leader !== undefined);
  }
  return rows.rows;
}

interface EndpointSlice {
  readonly endpoints?: readonly { readonly addresses: readonly string[]; readonly conditions?: { ready?: boolean } }[];
  readonly ports?: readonly { readonly port: number }[];
}

/** The addresses and ports of an EndpointSlice, those that are not ready so marked. */
export function endpointsIn(text: string): string {
  const refusal = refusalIn(text, "EndpointSlice");
  if (refusal !== undefined) return refusal;
  const { endpoints = [], ports = [] } = parseJson(text) as EndpointSlice;
  return list(
    endpoints.flatMap(({ addresses, conditions }) =>
      addresses.flatMap((address) =>
        ports.map(({ port }) => `${address}:${port}${conditions?.ready === false ? " (not ready)" : ""}`),
      ),
    ),
  );
}

function list(words: readonly string[]): string {
  return [...words].sort().join(", ") || "none";
}

/** What controlplane.sh printed for a question: the answer, and its status on the last line. */
function answerIn(facts: Facts, section: string): { status: string; text: string } {
  const { text } = facts.get(section);
  const lines = text.split("\n");
  const status = lines.pop() ?? "";
  return /^\d{3}$/.test(status) ? { status, text: lines.join("\n") } : { status: "", text };
}

function said({ status, text }: { status: string; text: string }): string {
  return text.trim() || status;
}
