import type { LabPlan } from "../../components/labPlan";
import type { PodRoute } from "../../components/plan/routes";
import { Address4 } from "ip-address";
import { containsCidr, nthAddress, parseCidr } from "../../components/plan/cidr";
import { properties, unitOf, type Facts, type Section } from "./facts";
import { Rows } from "./rows";
import type { Check } from "./types";

export interface IpRoute {
  readonly dst: string;
  readonly gateway?: string;
  readonly dev?: string;
  readonly type?: string;
  readonly protocol?: string;
}

export interface IpAddress {
  readonly ifindex: number;
  readonly ifname: string;
  readonly mtu?: number;
  readonly addr_info?: readonly { readonly local: string; readonly prefixlen: number }[];
}

/** A sample address of a pod network: the second, since the first is the gateway's. */
export function sampleAddress(podCidr: string): string {
  return nthAddress(parseCidr(podCidr), 2);
}

/** The values that scripts/routes.sh gets. */
export function routeValues(host: string, plan: LabPlan): Record<string, string> {
  const own = plan.routes.filter((route) => route.host === host);
  const { address = "", podCidr } = plan.hosts.find(({ name }) => name === host) ?? {};
  const lines = (first: (route: PodRoute) => string) => own.map((route) => `${first(route)} via ${route.nextHop}`);
  return {
    TARGETS: lines(({ destination }) => sampleAddress(destination)).join("\n"),
    WANTED: [...lines(({ destination }) => destination), ...(podCidr === undefined ? [] : [podCidr])].join("\n"),
    SOURCES: [address, ...(podCidr === undefined ? [] : [podCidr])].join(" "),
    BRIDGE: plan.cni.bridge,
    HERE: address,
    POD: podCidr === undefined ? "" : sampleAddress(podCidr),
  };
}

export function judgeRoutes(host: string, plan: LabPlan, facts: Facts): Check[] {
  const rows = new Rows(host, "routes");
  const own = plan.routes.filter((route) => route.host === host);
  const table = JSON.parse(facts.text("routes") || "[]") as IpRoute[];
  const addresses = JSON.parse(facts.text("addresses") || "[]") as IpAddress[];
  for (const route of own) {
    const device = deviceTowards(route.nextHop, addresses);
    const target = sampleAddress(route.destination);
    const { code, text } = facts.get(`get ${target}`);
    const taken = code === 0 ? (JSON.parse(text) as IpRoute[])[0] : undefined;
    const expected = `via ${route.nextHop} dev ${device?.ifname ?? "of the hosts' network"}`;
    rows.equal(`route to ${target} (pods of ${route.node})`, expected, taken === undefined ? text : wayOf(taken));
    judgePassage(rows, route, target, expected, facts, plan.cni.bridge);
    rows.add(
      `route ${route.destination} at the next boot`,
      "kept by networkd or a unit",
      ...persistence(route, facts, device),
    );
  }

  const podCidr = plan.hosts.find(({ name }) => name === host)?.podCidr;
  const stale = table.filter((route) => isStale(route, own, podCidr, plan));
  const list = stale.map(({ dst, gateway, dev, type }) =>
    `${type ?? ""} ${dst} via ${gateway ?? dev ?? "nothing"}`.trim(),
  );
  rows.none(`other routes into ${plan.clusterCidr}`, list);
  // "CIDR KIND TEXT", see scripts/node/lib-network.sh.
  const obstacles = facts.text("obstacles").replaceAll(/^(\S+) \w+ /gm, "$1: ");
  rows.equal("networks, routes and rules in the way of pods", "none", obstacles || "none");
  return rows.rows;
}

/** Checks that the kernel would forward packets from another node's pods, and packets from pods here to them. */
function judgePassage(
  rows: Rows,
  { node }: PodRoute,
  target: string,
  expected: string,
  facts: Facts,
  bridge: string,
): void {
  const inwards = passage(facts.get(`from ${target}`));
  // Before the first pod there is no bridge, and the script asks for the host's own address.
  const taken = inwards.route?.dev === bridge || inwards.route?.type === "local";
  rows.add(`packets from ${target} (pods of ${node})`, "taken in", taken ? "taken in" : inwards.shown, taken);
  const outwards = facts.all("to").get(target);
  if (outwards === undefined) return;
  const { shown } = passage(outwards);
  rows.equal(`packets of pods here to ${target} (pods of ${node})`, expected, shown);
}

/**
 * What `ip route get` prints for an incoming packet, and what its errors mean for one (kernel, fib_validate_source).
 */
function passage({ code, text }: Section): { readonly route?: IpRoute; readonly shown: string } {
  if (code !== 0) {
    if (text.includes("No route to host"))
      return { shown: `dropped: the card it comes in by does not forward (${text})` };
    if (text.includes("Invalid cross-device link")) return { shown: `dropped by rp_filter (${text})` };
    return { shown: text };
  }
  const route = (JSON.parse(text) as IpRoute[])[0];
  return { route, shown: wayOf(route ?? {}) };
}

function wayOf({ gateway = "no gateway", dev = "none" }: Partial<IpRoute>): string {
  return `via ${gateway} dev ${dev}`;
}

/** The network card whose network contains the next hop. */
function deviceTowards(nextHop: string, addresses: readonly IpAddress[]): IpAddress | undefined {
  return addresses.find(({ addr_info: own = [] }) =>
    own.some(({ local, prefixlen }) => new Address4(nextHop).isInSubnet(new Address4(`${local}/${prefixlen}`))),
  );
}

function isStale(route: IpRoute, own: readonly PodRoute[], podCidr: string | undefined, plan: LabPlan): boolean {
  // The kernel adds these itself, for the host's own addresses.
  if (route.type === "local" || route.type === "broadcast" || route.dst === "default") return false;
  const destination = parseCidr(route.dst.includes("/") ? route.dst : `${route.dst}/32`);
  if (!containsCidr(parseCidr(plan.clusterCidr), destination)) return false;
  if (route.dst === podCidr && route.dev === plan.cni.bridge && route.gateway === undefined) return false;
  return !own.some(({ destination: planned, nextHop }) => planned === route.dst && nextHop === route.gateway);
}

/** What restores a route at boot, and whether it will work: a networkd drop-in, else a unit. */
function persistence(route: PodRoute, facts: Facts, device: IpAddress | undefined): [string, boolean] {
  const file = dropinOf(route, facts.text("dropins"));
  if (file !== undefined) {
    const problem = networkdProblem(file, facts, device);
    return problem === undefined ? [file, true] : [`${file}, but ${problem}`, false];
  }
  if (!facts.text("unit-text").includes(`${route.destination} via ${route.nextHop}`)) return ["no file has it", false];
  const state = unitOf("hardway-pod-routes.service", facts.text("units"))["UnitFileState"] ?? "";
  return [`hardway-pod-routes.service (${state})`, state === "enabled"];
}

/** Why networkd would not use a drop-in for the device that the route needs. */
function networkdProblem(dropin: string, facts: Facts, device: IpAddress | undefined): string | undefined {
  const unit = unitOf("systemd-networkd.service", facts.text("units"));
  const { ActiveState: active = "missing", UnitFileState: boot = "missing" } = unit;
  if (active !== "active" || !boot.startsWith("enabled")) return `systemd-networkd is ${active}, ${boot}`;
  const link = facts.all("link").get(String(device?.ifindex))?.text ?? "";
  const used = properties(link)["NETWORK_FILE"]?.replace(/^.*\//, "") ?? "no file";
  if (dropin.includes(`/${used}.d/`)) return undefined;
  return `networkd manages ${device?.ifname ?? "no device"} by ${used}`;
}

/** The drop-in with a [Route] section of this destination and gateway (systemd.network(5)). */
function dropinOf(route: PodRoute, text: string): string | undefined {
  let file = "";
  for (const part of text.split(/^(?=\[|# \/)/m)) {
    if (part.startsWith("# /")) file = part.slice(2).split("\n")[0] ?? "";
    const section = properties(part);
    const isIt = section["Destination"] === route.destination && section["Gateway"] === route.nextHop;
    if (part.startsWith("[Route]") && isIt) return file;
  }
  return undefined;
}
