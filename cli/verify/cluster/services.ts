import type { ClusterPlan } from "../../../components/labPlan";
import { containsAddress, isAddress, parseCidr } from "../../../components/plan/cidr";
import { apiServiceAddress } from "../../../components/plan/cluster";
import type { PlannedHost } from "../../../components/plan/routes";
import type { Facts, Section } from "../facts";
import { judgeAnswer } from "../pods";
import { Rows } from "../rows";
import { textAt } from "../runtimes/judge";
import type { Check } from "../types";
import { parseJson, refusalIn, type ApiObject } from "./json";
import { knownValue, logLine, probeLabels, servicePort } from "./probeObjects";

/** What is looked at of a pod. */
interface Pod extends ApiObject {
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly conditions?: readonly { type: string; status: string; reason?: string; message?: string }[];
    readonly containerStatuses?: readonly { state?: { waiting?: { reason?: string; message?: string } } }[];
  };
  readonly spec?: { readonly nodeName?: string };
}

/** Where a worker's own Service leads: its address in the cluster, and its port on every Node. */
export interface ServicePlace {
  readonly node: string;
  readonly address: string;
  readonly nodePort: number;
}

/** The probe pods in an answer of the API server, by their Node. */
export function podsIn(text: string): Map<string, Pod> {
  const { items = [] } = (parseJson(text) ?? {}) as { items?: readonly Pod[] };
  return new Map(items.map((pod) => [pod.metadata?.labels?.[probeLabels.node] ?? "", pod]));
}

export function areRunning(workers: readonly PlannedHost[], text: string): boolean {
  const pods = podsIn(text);
  return workers.every(({ name }) => isReady(pods.get(name)));
}

function isReady(pod: Pod | undefined): boolean {
  return pod?.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}

/** The Services of the workers in an answer of the API server. */
export function servicesIn(text: string): ServicePlace[] {
  interface Service extends ApiObject {
    readonly spec: { clusterIP: string; selector?: Record<string, string>; ports: readonly { nodePort: number }[] };
  }
  const { items = [] } = (parseJson(text) ?? {}) as { items?: readonly Service[] };
  return items.map(({ spec }) => ({
    node: spec.selector?.[probeLabels.node] ?? "",
    address: spec.clusterIP,
    nodePort: spec.ports[0]?.nodePort ?? 0,
  }));
}

/** A row for a pod that was created through the API: scheduled, and run by its Node's kubelet. */
export function judgePod(worker: PlannedHost, text: string): Check[] {
  const rows = new Rows(worker.name, "nodes");
  const pod = podsIn(text).get(worker.name);
  const { podCidr = "" } = worker;
  const address = pod?.status?.podIP ?? "";
  const isInside = isAddress(address) && podCidr !== "" && containsAddress(parseCidr(podCidr), address);
  const isPlaced = pod?.spec?.nodeName === worker.name;
  const seen = isReady(pod)
    ? `runs on ${pod?.spec?.nodeName}, ${address}`
    : (refusalIn(text, "PodList") ?? whyNotReady(pod));
  rows.add(podCheck, podExpected(worker), seen, isReady(pod) && isPlaced && isInside);
  return rows.rows;
}

/** A worker on which no pod would start: that would only be waited for. */
export function podNotTried(worker: PlannedHost): Check[] {
  const rows = new Rows(worker.name, "nodes");
  rows.add(podCheck, podExpected(worker), "not tried: its Node is not ready, or what pods need is off", false);
  return rows.rows;
}

const podCheck = "pod by the scheduler and the kubelet";
const podExpected = ({ podCidr = "" }: PlannedHost): string => `runs there, with an address of ${podCidr}`;

function whyNotReady(pod: Pod | undefined): string {
  if (pod === undefined) return "no pod";
  const { phase = "no phase", conditions = [], containerStatuses = [] } = pod.status ?? {};
  const waiting = containerStatuses.flatMap(({ state }) => [state?.waiting?.reason, state?.waiting?.message]);
  const unmet = conditions
    .filter(({ status }) => status !== "True")
    .flatMap(({ reason, message }) => [reason, message]);
  return [phase, ...waiting, ...unmet].filter(Boolean).join(": ");
}

/** What scripts/services.sh gets as TARGETS: each worker's Service at its address in the cluster. */
export function serviceTargets(places: readonly ServicePlace[]): string {
  return places.map(({ node, address }) => `${node} ${address} ${servicePort}`).join("\n");
}

/** The same for node ports: each worker's Service at that worker, and at the next one, which has to pass it on. */
export function nodePortTargets(workers: readonly PlannedHost[], places: readonly ServicePlace[]): string {
  return nodePorts(workers, places)
    .map(({ at, node, nodePort }) => `${node}-at-${at.name} ${at.address} ${nodePort}`)
    .join("\n");
}

function nodePorts(workers: readonly PlannedHost[], places: readonly ServicePlace[]) {
  return places.flatMap(({ node, nodePort }) => {
    const index = workers.findIndex(({ name }) => name === node);
    const at = new Set([workers[index], workers[(index + 1) % workers.length]]);
    return [...at].flatMap((worker) => (worker === undefined ? [] : [{ at: worker, node, nodePort }]));
  });
}

/** What `kubectl logs` and `kubectl exec` did with the pod of a worker. */
export function judgeLogAndExec(worker: PlannedHost, run: string, log: Section, exec: Section): Check[] {
  const rows = new Rows(worker.name, "nodes");
  rows.equal("log of a pod, from the API server", logLine(run), log.text);
  const isRun = exec.text.includes(run) && exec.code === 0;
  rows.add("exec in a pod, through the API server", `prints ${run}`, isRun ? `prints ${run}` : exec.text, isRun);
  return rows.rows;
}

/** What the pod of a worker reaches. @param facts what scripts/services.sh reported in it, or why it did not run */
export function judgeServices(
  worker: PlannedHost,
  places: readonly ServicePlace[],
  run: string,
  facts: Facts | Error,
): Check[] {
  const rows = new Rows(worker.name, "services");
  for (const { node } of places) {
    const check =
      node === worker.name
        ? `pod on ${node} to itself by its own Service`
        : `pod on ${worker.name} to the Service of a pod on ${node}`;
    const expected = `${node} answers`;
    if (facts instanceof Error) rows.add(check, expected, facts.message, false);
    else judgeAnswer(rows, check, expected, facts.text(`http ${node}`), run);
  }
  return rows.rows;
}

/** A port that the Service of the API servers does not have, as `ADDRESS:PORT`. */
export function strayOf({ serviceCidr }: Pick<ClusterPlan, "serviceCidr">): string {
  return `${apiServiceAddress(serviceCidr)}:${servicePort}`;
}

/** What is sent to a port that no Service has must not leave the Node, where somebody else may answer it. */
export function judgeStray(worker: PlannedHost, cluster: ClusterPlan, facts: Facts | Error): Check[] {
  const rows = new Rows(worker.name, "services");
  const text = facts instanceof Error ? facts.message : facts.text("stray");
  const isRefused = text.includes("Connection refused");
  const check = `pod on ${worker.name} to ${strayOf(cluster)}, which no Service has`;
  rows.add(check, "refused", isRefused ? "refused" : text, isRefused);
  return rows.rows;
}

/** The name of the Service of the API servers, complete, so that a pod's resolver adds no domain. */
export function apiServiceName({ clusterDomain }: Pick<ClusterPlan, "clusterDomain">): string {
  return `kubernetes.default.svc.${clusterDomain}.`;
}

/** What the pod of a worker is told by DNS, as its `/etc/resolv.conf` has it from the kubelet. */
export function judgeDns(worker: PlannedHost, cluster: ClusterPlan, facts: Facts | Error): Check[] {
  const rows = new Rows(worker.name, "dns");
  const name = apiServiceName(cluster);
  const text = facts instanceof Error ? facts.message : facts.text(`lookup ${name}`);
  const expected = apiServiceAddress(cluster.serviceCidr);
  // The name server itself is there with its port.
  const addresses = [...text.matchAll(/^Address(?: \d+)?: *(\S+)$/gm)].map(([, address = ""]) => address);
  const found = addresses.filter(isAddress).join(", ");
  rows.equal(`pod on ${worker.name} asks for ${name.slice(0, -1)}`, expected, found || text);
  return rows.rows;
}

/** What a controller, which has no kube-proxy, reaches by the workers' ports. */
export function judgeNodePorts(
  controller: PlannedHost,
  workers: readonly PlannedHost[],
  places: readonly ServicePlace[],
  run: string,
  facts: Facts,
): Check[] {
  const rows = new Rows(controller.name, "services");
  for (const { at, node } of nodePorts(workers, places)) {
    const to = at.name === node ? `a pod there` : `a pod on ${node}`;
    const check = `${controller.name} to a node port of ${at.name}, to ${to}`;
    judgeAnswer(rows, check, `${node} answers`, facts.text(`http ${node}-at-${at.name}`), run);
  }
  return rows.rows;
}

/** Kinds of objects of which etcd is asked what it has. */
export const kindsInEtcd = ["secrets", "configmaps"] as const;

/** What etcd has of a Secret and a ConfigMap, and of all others: encrypted or not, as planned. */
export function judgeEncryption(controller: PlannedHost, { encryptedResources }: ClusterPlan, facts: Facts): Check[] {
  const rows = new Rows(controller.name, "etcd");
  for (const kind of kindsInEtcd) {
    const expected = isEncrypted(kind, encryptedResources) ? encrypted : plain;
    const { text } = facts.get(kind);
    const [found] = ((parseJson(text) as { kvs?: { value: string }[] } | undefined)?.kvs ?? []) as { value: string }[];
    const value = found === undefined ? undefined : Buffer.from(found.value, "base64");
    rows.equal(`a ${kind.slice(0, -1)} in etcd`, expected, value === undefined ? text : describeValue(value));
    const all = expected === encrypted ? allEncrypted : plain;
    rows.equal(`all ${kind} in etcd`, all, describeBeginnings(facts.text(`all ${kind}`)));
  }
  return rows.rows;
}
/** What the API server writes before everything that it has encrypted as planned. */
const sealed = "k8s:enc:secretbox:v1:";
const encrypted = `${sealed}, its text not to be found`;
const plain = "in the clear";
const allEncrypted = "encrypted";

/** Whether objects of a kind, e.g. `secrets`, are encrypted in etcd by plan. */
export function isEncrypted(kind: string, resources: readonly string[]): boolean {
  return resources.some((each) => each === kind || each === "*." || each === "*.*");
}

/** `encrypted`, or `12 encrypted, 3 in the clear` where they differ, of lines `NUMBER BASE64`. */
function describeBeginnings(text: string): string {
  const numbers = new Map<string, number>();
  for (const [, count, start] of text.matchAll(/^ *(\d+) (\S+)$/gm)) {
    const how = describeBeginning(Buffer.from(start!, "base64").toString("latin1"));
    numbers.set(how, (numbers.get(how) ?? 0) + Number(count));
  }
  if (numbers.size === 0) return text || "nothing";
  if (numbers.size === 1) return [...numbers.keys()].join();
  return [...numbers].map(([how, number]) => `${number} ${how}`).join(", ");
}

function describeBeginning(text: string): string {
  if (text === sealed) return allEncrypted;
  return text.startsWith("k8s:enc:") ? `${text}…` : plain;
}

function describeValue(value: Buffer): string {
  const isReadable = value.includes(knownValue);
  const prefix = /^k8s:enc:\w+:\w+:/.exec(value.subarray(0, 100).toString("latin1"))?.[0];
  if (prefix === undefined) return isReadable ? plain : "neither encrypted nor what was put there";
  return `${prefix}, its text ${isReadable ? "readable" : "not to be found"}`;
}

/** What a worker's kubelet is refused, which proves something only if it is let in with what is its own. */
export function judgeRights(worker: PlannedHost, facts: Facts): Check[] {
  const rows = new Rows(worker.name, "nodes");
  const own = facts.text("own").trim();
  rows.equal("kubelet's rights: its own Node", "200", own);
  for (const [section, check, reason] of [
    ["secret", "kubelet's rights: a Secret of none of its pods", /no relationship found/],
    ["label", "kubelet's rights: a label node-role of its own Node", /not allowed to modify labels/],
  ] as const) {
    const lines = facts.text(section).split("\n");
    const status = lines.at(-1);
    const message = textAt(parseJson(lines.slice(0, -1).join("\n")), "message") ?? lines.slice(0, -1).join(" ");
    const isRefused = status === "403" && reason.test(message);
    rows.add(check, "refused", isRefused ? "refused" : `${status}: ${message}`, isRefused);
  }
  return rows.rows;
}
