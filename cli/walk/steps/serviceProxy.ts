import { kubeProxyPorts } from "../../../components/cluster/kubeProxyFiles";
import type { Facts } from "../../verify/facts";
import { parseJson, type ApiObject } from "../../verify/cluster/json";
import { byKubectl } from "../byHand";
import { podPaths, type WalkedPod } from "../pod";
import { readProxyRules, type ServiceEndpoint } from "../proxyRules";
import { WalkRows, type ByHand, type WalkRow } from "../rows";
import type { PodSight, Trail, WalkSubject } from "../trail";

/** A Service that leads to the pod. */
export interface ServiceOfPod {
  readonly name: string;
  /** Its address in the cluster, and a port. */
  readonly at: ServiceEndpoint;
  /** Where that leads in the pod. */
  readonly to: ServiceEndpoint;
}

/** Step 6: kube-proxy leads to the pod what is sent to its Service. */
export async function lookAtService(trail: Trail): Promise<WalkRow[]> {
  const { subject, machines } = trail;
  const sight = await trail.sight();
  const service = await serviceOf(trail, sight.pod);
  if (service === undefined) return noService(subject, sight);
  const values = { ...serviceValues(subject, service), QUERY: subject.run };
  const facts = (await machines.ask(sight.node.name, { walkservice: values }))("walkservice");
  return judgeService(subject, sight, service, facts);
}

/** What scripts/walkservice.sh and walkgone.sh get. */
export function serviceValues({ pod }: WalkSubject, { name, at, to }: ServiceOfPod): Record<string, string> {
  return { SERVICE: `${pod.namespace}/${name}`, ADDRESS: at.address, PORT: String(at.port), POD: to.address };
}

/** The first Service with an address that has the pod among its endpoints, ready or not, by a port of TCP. */
export async function serviceOf(trail: Trail, pod: WalkedPod): Promise<ServiceOfPod | undefined> {
  const { slices, services } = podPaths(trail.subject.pod);
  const facts = await trail.api([slices, services]);
  return findService(facts.text(slices), facts.text(services), pod);
}

interface Slice extends ApiObject {
  readonly endpoints?: readonly {
    readonly addresses: readonly string[];
    readonly targetRef?: { readonly uid?: string };
  }[];
  readonly ports?: readonly { readonly name?: string; readonly port: number; readonly protocol: string }[];
}

interface Service extends ApiObject {
  readonly spec: {
    readonly clusterIP?: string;
    readonly ports?: readonly { readonly name?: string; readonly port: number; readonly protocol: string }[];
  };
}

/** @param slices, services: the namespace's lists in the API's JSON */
export function findService(slices: string, services: string, pod: WalkedPod): ServiceOfPod | undefined {
  const { items = [] } = (parseJson(slices) ?? {}) as { items?: readonly Slice[] };
  const all = ((parseJson(services) ?? {}) as { items?: readonly Service[] }).items ?? [];
  const found = items.flatMap(({ metadata, endpoints = [], ports = [] }): ServiceOfPod[] => {
    const name = metadata?.labels?.["kubernetes.io/service-name"] ?? "";
    const address = endpoints.find(({ targetRef }) => targetRef?.uid === pod.metadata.uid)?.addresses[0];
    const service = all.find((each) => each.metadata?.name === name)?.spec;
    if (address === undefined || !/^\d/.test(service?.clusterIP ?? "")) return [];
    return ports.flatMap((port) => {
      const own = service?.ports?.find((each) => each.protocol === "TCP" && (each.name ?? "") === (port.name ?? ""));
      if (own === undefined || port.protocol !== "TCP") return [];
      return [{ name, at: { address: service?.clusterIP ?? "", port: own.port }, to: { address, port: port.port } }];
    });
  });
  return found[0];
}

/** One of the walk's own pod has to be there. */
function noService(subject: WalkSubject, { pod }: PodSight): WalkRow[] {
  const rows = new WalkRows();
  const hand = byKubectl(subject, `-n ${subject.pod.namespace} get endpointslices`);
  const address = pod.status.podIP ?? "the pod's address";
  if (subject.own) rows.add("EndpointSlice of its Service", `has ${address}`, "none has it", false, hand);
  else rows.notShown("Service", "not shown: no Service with an address leads to a TCP port of this pod", hand);
  return rows.rows;
}

/** Compares what the kernel of the pod's node has for the Service, and what it does with a request. */
export function judgeService(
  subject: WalkSubject,
  { pod, node }: PodSight,
  service: ServiceOfPod,
  facts: Facts,
): WalkRow[] {
  const rows = new WalkRows();
  const { namespace } = subject.pod;
  const { name, at, to } = service;
  const mode = facts.text("mode");
  const slices = byKubectl(subject, `-n ${namespace} get endpointslices -l kubernetes.io/service-name=${name}`);
  rows.equal(`EndpointSlice of the Service ${name}`, pod.status.podIP ?? "no address", to.address, slices);
  const health = `http://127.0.0.1:${kubeProxyPorts.health}/livez`;
  const livez = facts.text("livez");
  rows.add(`kube-proxy on ${node.name}`, "runs", livez === "200" ? "runs" : livez, livez === "200", {
    on: node.name,
    run: `curl ${health}`,
  });
  const hand = { on: node.name, run: rulesByHand(mode, `${namespace}/${name}`, at) };
  const [before, after] = [facts.text("rules"), facts.text("rules-after")].map((text) =>
    readProxyRules(mode, text, at),
  );
  const wanted = `${to.address}:${to.port}`;
  const leads = before?.to ?? [];
  rows.add(
    `rules of ${mode} for ${at.address}:${at.port}`,
    `lead to ${wanted}`,
    leads.join(", ") || "no rule",
    leads.includes(wanted),
    hand,
  );
  const asked = judgeAnswered(rows, subject, `${node.name} asks ${at.address}:${at.port}`, facts.text("ask"), {
    on: node.name,
    run: `curl -i http://${at.address}:${at.port}/`,
  });
  const counts =
    mode === "nftables"
      ? [Number(facts.text("counted")), Number(facts.text("counted-after"))]
      : [before?.count, after?.count];
  judgeCount(rows, counts, asked, hand);
  return rows.rows;
}

function judgeCount(
  rows: WalkRows,
  [before, after]: readonly (number | undefined)[],
  asked: boolean,
  hand: ByHand,
): void {
  const seen = `${before ?? "no rule"}, then ${after ?? "no rule"}`;
  const ok = before !== undefined && after !== undefined && after > before;
  rows.add(
    "what the kernel counts for it, before and after",
    "more",
    asked ? seen : `${seen}, without an answer`,
    ok,
    hand,
  );
}

/** A row for an answer, as walkask.sh prints it. Only of the walk's own pod it is known what it answers. @returns whether there was one */
export function judgeAnswered(
  rows: WalkRows,
  { own }: WalkSubject,
  what: string,
  asked: string,
  hand: ByHand,
): boolean {
  const [, status = "", connected] = /(\d{3}) (\d+)\s*$/.exec(asked) ?? [];
  const ok = own ? status === "200" : Number(connected) > 0;
  const seen = Number(connected) > 0 ? (status === "000" ? "connected, no HTTP" : `HTTP ${status}`) : asked;
  rows.add(what, own ? "HTTP 200" : "a connection", seen, ok, hand);
  return ok;
}

function rulesByHand(mode: string, service: string, { address }: ServiceEndpoint): string {
  if (mode === "nftables") return `nft list table ip kube-proxy | grep -A 3 ${service}`;
  return mode === "ipvs" ? `ipvsadm -Ln | grep -A 3 ${address}` : `iptables-save -c -t nat | grep ${service}`;
}
