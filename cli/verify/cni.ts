import type { LabPlan } from "../../components/labPlan";
import type { PlannedHost } from "../../components/plan/routes";
import { cniFileNames, kernelMtu, renderBridgeConf, renderLoopbackConf } from "../../components/node/cniFiles";
import { addressOutside, containsAddress, parseCidr } from "../../components/plan/cidr";
import type { Facts } from "./facts";
import type { IpAddress, IpRoute } from "./routes";
import { Rows } from "./rows";
import type { Check } from "./types";

/** What the bridge plugin gets from a runtime on a worker. */
export function bridgeConfOf({ podCidr = "" }: PlannedHost, plan: LabPlan["cni"]): string {
  const { bridge, masquerade, hairpinMode, mtu } = plan;
  return renderBridgeConf({ bridge, podCidr, masquerade, hairpinMode, mtu });
}

/** The MTU that pods get, in bytes. */
export function mtuOf({ mtu = kernelMtu }: LabPlan["cni"]): number {
  return mtu;
}

/** The values that scripts/cni.sh gets. @param host a worker */
export function cniValues(host: PlannedHost, plan: LabPlan["cni"], run: string): Record<string, string> {
  return {
    RUN: run,
    BIN_DIR: plan.binDir,
    PLUGINS: plan.plugins.join(" "),
    CONF_DIR: plan.confDir,
    BRIDGE_CONF: bridgeConfOf(host, plan),
    LOOPBACK_CONF: renderLoopbackConf(),
  };
}

/** The values that scripts/firewall.sh gets. @param host a worker */
export function firewallValues(host: PlannedHost, plan: LabPlan): Record<string, string> {
  const { bridge, masquerade, binDir } = plan.cni;
  const { podCidr = "" } = host;
  return {
    CNI_BIN_DIR: binDir,
    BRIDGE: bridge,
    BRIDGE_CONF: bridgeConfOf(host, plan.cni),
    CLUSTER_CIDR: plan.clusterCidr,
    MASQUERADE: masquerade,
    FAR_POD: addressOutside(plan.clusterCidr, podCidr),
    PEER: plan.hosts.find(({ name }) => name !== host.name)?.address ?? "",
  };
}

/** @param host a worker */
export function judgeCni(host: PlannedHost, plan: LabPlan["cni"], facts: Facts): Check[] {
  const rows = new Rows(host.name, "cni");
  const missing = plan.plugins.filter((plugin) => !facts.lines("plugins").includes(`${plugin} executable`));
  const all = plan.plugins.join(", ");
  rows.add(
    `plugins in ${plan.binDir}`,
    `executable: ${all}`,
    missing.length === 0 ? `executable: ${all}` : `missing: ${missing.join(", ")}`,
    missing.length === 0,
  );

  const found = facts.lines("conf-files");
  rows.add(
    `files in ${plan.confDir}`,
    `${cniFileNames.network} first, ${cniFileNames.loopback}`,
    found.join(", ") || "none",
    found[0] === cniFileNames.network && found.includes(cniFileNames.loopback),
  );

  judgeAdd(rows, host, mtuOf(plan), facts);
  judgeLoopback(rows, facts);
  judgeDel(rows, facts);
  return rows.rows;
}

function judgeAdd(rows: Rows, host: PlannedHost, mtu: number, facts: Facts): void {
  const netns = facts.get("netns");
  rows.exits("ADD bridge", netns.code === 0 ? facts.get("add") : netns);

  const podCidr = parseCidr(host.podCidr ?? "0.0.0.0/32");
  const interfaceOfPod = json<IpAddress>(facts, "address");
  const address = interfaceOfPod?.addr_info?.[0];
  const inside =
    address !== undefined && containsAddress(podCidr, address.local) && address.prefixlen === podCidr.prefix;
  const shown = address === undefined ? facts.text("address") : `${address.local}/${address.prefixlen}`;
  rows.add("address in the namespace", `of ${podCidr.text}`, shown, inside);

  rows.equal("MTU in the namespace", String(mtu), String(interfaceOfPod?.mtu ?? "unknown"));

  const route = json<IpRoute>(facts, "route");
  const gateway = route?.gateway;
  const via = gateway === undefined ? facts.text("route") || "none" : `via ${gateway} dev ${route?.dev ?? "none"}`;
  rows.add(
    "default route in the namespace",
    `via the bridge's address in ${podCidr.text}`,
    via,
    gateway !== undefined && containsAddress(podCidr, gateway),
  );

  const { code, text } = facts.get("ping");
  rows.answers("ping of the gateway", { code: gateway === undefined ? 1 : code, text });
}

function judgeLoopback(rows: Rows, facts: Facts): void {
  const add = facts.get("add-loopback");
  const up = json<{ readonly flags?: readonly string[] }>(facts, "lo")?.flags?.includes("UP") === true;
  const seen = add.code !== 0 ? add.text : up ? "lo is up" : "lo is down";
  rows.add("ADD loopback", "lo is up", seen, add.code === 0 && up);
}

/** Each thing must have been there before DEL, or its absence afterwards would prove nothing. */
function judgeDel(rows: Rows, facts: Facts): void {
  rows.exits("DEL bridge", facts.get("del"));
  const gone = (what: string, before: boolean, after: boolean) => {
    rows.equal(`${what} after DEL`, "gone", !before ? "was never there" : after ? "still there" : "gone");
  };
  gone("address lease", facts.text("lease") !== "", facts.text("lease-after") !== "");
  gone("veth on the host", facts.get("veth").code === 0, facts.get("veth-after").code === 0);
  gone(
    "namespace",
    facts.get("netns").code === 0,
    facts.get("netns-del").code !== 0 || facts.get("netns-after").code === 0,
  );
}

/** The first item that `ip -j` printed; it prints empty items for what its filter excludes. */
function json<T extends object>(facts: Facts, section: string): T | undefined {
  const { code, text } = facts.get(section);
  if (code !== 0) return undefined;
  return (JSON.parse(text || "[]") as T[]).find((item) => Object.keys(item).length > 0);
}
