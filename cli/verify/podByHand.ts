import type { LabPlan } from "../../components/labPlan";
import type { PlannedHost } from "../../components/plan/routes";
import { mtuOf } from "./cni";
import type { Facts } from "./facts";
import { nextHost } from "./hosts";
import { judgeAnswer } from "./pods";
import { hostPort, probePort } from "./probePod";
import { Rows } from "./rows";
import type { Check } from "./types";

/** What scripts/cni.sh gets for what its pod reaches. @param pod address of the probe pod on the same node */
export function byHandValues(
  host: PlannedHost,
  plan: LabPlan,
  pod: string | undefined,
  run: string,
): Record<string, string> {
  return {
    ...{ PEER: nextHost(host.name, plan)?.address ?? "", MTU: String(mtuOf(plan.cni)) },
    POD: pod ?? "",
    PORT: String(probePort),
    NODE: host.address,
    HOST_PORT: String(hostPort(run)),
    QUESTION: run,
  };
}

/**
 * Checks what a pod that was connected by hand reaches on its own node, and how its packets leave the node.
 *
 * @param pod address of the probe pod on the same node
 * @param facts what scripts/cni.sh reported
 */
export function judgeByHand(
  host: PlannedHost,
  plan: LabPlan,
  pod: string | undefined,
  run: string,
  facts: Facts,
): Check[] {
  const rows = new Rows(host.name, "pods");
  const { name } = host;
  const { masquerade } = plan.cni;
  const own = facts.text("own") || "its own address";
  for (const [section, check, expected] of [
    ["pod", `pod to pod on ${name}, HTTP`, `${name} answers, sees ${own}`],
    // Its answer only crosses the bridge, so br_netfilter has to pass it to the rule that restores the address.
    ["service", `pod to Service by hand on ${name}, HTTP`, `${name} answers, sees ${own}`],
    ["host-port", `host port on ${name} itself, HTTP`, `${name} answers`],
  ] as const) {
    if (pod === undefined) rows.add(check, expected, `not tried: ${name} has no pod`, false);
    else judgeAnswer(rows, check, expected, facts.text(section), run);
  }
  judgeSender(rows, masquerade, facts);
  judgeWhole(rows, nextHost(name, plan), facts);
  // Without masquerading, it depends on the outside network whether an answer returns.
  if (masquerade !== "none") judgeOutside(rows, facts);
  return rows.rows;
}

/** Read at the last hook before the packet would leave, so that no host outside has to report it. */
function judgeSender(rows: Rows, masquerade: LabPlan["cni"]["masquerade"], facts: Facts): void {
  const { text } = facts.get("senders");
  const count = (who: string) => Number(new RegExp(`^${who} (\\d+)$`, "m").exec(text)?.[1] ?? 0);
  const seen = count("pod") > 0 ? "the pod" : count("other") > 0 ? "the node" : `no packet came out: ${text}`;
  rows.equal("sender of what a pod sends to the outside", masquerade === "none" ? "the pod" : "the node", seen);
}

/** A packet as large as pods may send it: what divides or drops it on the way is silent about smaller ones. */
function judgeWhole(rows: Rows, peer: PlannedHost | undefined, facts: Facts): void {
  if (peer === undefined) return;
  rows.answers(`undivided packet of ${facts.text("size")} bytes from a pod to ${peer.name}`, facts.get("undivided"));
}

/** The gateway may not answer pings at all, so the host pings it as well. */
function judgeOutside(rows: Rows, facts: Facts): void {
  const gateway = facts.text("outside");
  if (gateway === "") return;
  const check = `pod to the default gateway ${gateway}, ping`;
  const [host, pod] = [facts.get("outside-host"), facts.get("outside-pod")];
  if (host.code === 0) rows.answers(check, pod, "answers, as it does the host");
  else rows.add(check, "answers, if it does the host", "answers neither the host nor pods", pod.code !== 0);
}
