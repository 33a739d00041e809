import type { Facts } from "../../verify/facts";
import { parseJson } from "../../verify/cluster/json";
import { at } from "../../verify/runtimes/judge";
import { inPodNetwork } from "../byHand";
import { WalkRows, type WalkRow } from "../rows";
import { shortId, type PodSight, type Trail, type WalkSubject } from "../trail";

/** Step 4: the runtime calls the plugins with ADD. */
export async function lookAtAdd(trail: Trail): Promise<WalkRow[]> {
  return judgeAdd(trail.subject, await trail.sight());
}

/** Compares libcni's record, the lease, both ends of the veth pair and the rules with the pod's address. */
export function judgeAdd({ plan }: WalkSubject, sight: PodSight): WalkRow[] {
  const rows = new WalkRows();
  const { pod, node, sandbox, facts } = sight;
  const { bridge, masquerade } = plan.cni;
  const address = pod.status.podIP ?? "no address";
  const onNode = (run: string) => ({ on: node.name, run });

  const files = facts.lines("cache-files");
  const file = files.find((path) => path.endsWith("-eth0"));
  const cache = parseJson(facts.text("cache"));
  const hand = onNode(`cat ${file ?? `/var/lib/cni/results/*-${sandbox.id}-eth0`}`);
  const args = Object.fromEntries((at(cache, "cniArgs") ?? []) as [string, string][]);
  const forPod = `${args["K8S_POD_NAMESPACE"]}/${args["K8S_POD_NAME"]}`;
  const expected = `${pod.metadata.namespace}/${pod.metadata.name}`;
  rows.equal("ADD in libcni's cache, for the pod", expected, cache === undefined ? facts.text("cache") : forPod, hand);
  const ips = ((at(cache, "result", "ips") ?? []) as { address: string }[]).map((ip) => ip.address.split("/")[0]);
  rows.equal("address in the plugins' result", address, ips.join(", ") || "none", hand);

  const lease = facts.get("lease");
  const held = `held by ${shortId(sandbox.id)}`;
  const path = `/var/lib/cni/networks/*/${address}`;
  rows.equal(
    "lease of host-local",
    held,
    lease.code === 0 ? held : lease.text || `no ${path} of this sandbox`,
    onNode(`cat ${path}`),
  );

  judgeLink(rows, bridge, sight);
  const [gateway = "no address"] = addressesIn(facts.text("bridge"));
  const route = ((parseJson(facts.text("route")) ?? []) as { gateway?: string; dev?: string }[])[0];
  rows.equal(
    "default route of the pod",
    `via ${gateway} dev eth0, the address of ${bridge}`,
    route &&
      `via ${route.gateway} dev ${route.dev}, ${route.gateway === gateway ? "the" : "not the"} address of ${bridge}`,
    inPodNetwork(sight, "ip route"),
  );
  const flags = (at((parseJson(facts.text("lo")) as unknown[] | undefined)?.[0], "flags") ?? []) as string[];
  rows.equal(
    "lo, which the runtime brings up",
    "UP",
    flags.includes("UP") ? "UP" : "DOWN",
    inPodNetwork(sight, "ip link show lo"),
  );
  if (masquerade === "bridge") {
    const rule = facts.text("masquerade");
    const chain = /-s (\S+?)(?:\/32)? .* -j (CNI-\w+)/.exec(rule);
    const seen = chain === null ? rule || "no rule with the sandbox's id" : `from ${chain[1]} to ${chain[2]}`;
    const grep = onNode(`iptables-save -t nat | grep ${shortId(sandbox.id)}`);
    rows.add("rule of ipMasq", `from ${address} to a chain CNI-...`, seen, chain?.[1] === address, grep);
  }
  return rows.rows;
}

/** The pod's end of the veth pair, and the bridge's. */
function judgeLink(rows: WalkRows, bridge: string, sight: PodSight): void {
  const { pod, node, facts } = sight;
  const hand = inPodNetwork(sight, "ip addr show eth0");
  rows.equal(
    "address of eth0",
    pod.status.podIP ?? "no address",
    addressesIn(facts.text("eth0")).join(", ") || facts.text("eth0"),
    hand,
  );
  const veth = vethOf(facts);
  const shown = veth ?? `its other end is no port of ${bridge}`;
  rows.add("other end of eth0", `a port of ${bridge}`, shown, veth !== undefined, {
    on: node.name,
    run: `ip link show master ${bridge}`,
  });
}

/** Name of the pod's link on its node: the port of the bridge with the number that eth0 has as its other end. */
export function vethOf(facts: Facts): string | undefined {
  const [link] = (parseJson(facts.text("link")) ?? []) as { link_index?: number }[];
  const ports = (parseJson(facts.text("ports")) ?? []) as { ifindex?: number; ifname?: string }[];
  if (link?.link_index === undefined) return undefined;
  return ports.find(({ ifindex }) => ifindex === link.link_index)?.ifname;
}

/** IPv4 addresses in the JSON of `ip address`. */
function addressesIn(text: string): string[] {
  const links = (parseJson(text) ?? []) as { addr_info?: { local?: string }[] }[];
  return links.flatMap(({ addr_info = [] }) => addr_info.flatMap(({ local }) => (local === undefined ? [] : [local])));
}
