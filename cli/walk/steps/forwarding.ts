import { controlPlanePorts } from "../../../components/cluster/controlPlaneFiles";
import type { PlannedHost } from "../../../components/plan/routes";
import type { Facts } from "../../verify/facts";
import { parseJson } from "../../verify/cluster/json";
import { workersOf } from "../../verify/cluster/nodes";
import { byKubectl, inPodNetwork } from "../byHand";
import { podPaths } from "../pod";
import type { ServiceEndpoint } from "../proxyRules";
import { WalkRows, type WalkRow } from "../rows";
import type { PodSight, Trail, WalkSubject } from "../trail";
import { judgeAnswered, serviceOf } from "./serviceProxy";

/** How a host reached the pod. */
export interface Reached {
  readonly from: PlannedHost;
  /** What scripts/walkreach.sh reported there. */
  readonly facts: Facts;
}

/** What the pod's own log and the other side of its connection say. */
export interface Senders {
  /** The pod's log; only nginx' is known to name senders. */
  readonly log: string;
  /** What `ss` on the controller showed of a connection of the pod's. */
  readonly egress: string;
}

/** Step 7: the kernels forward packets to the pod, on its node and from others, and from it. */
export async function lookAtForwarding(trail: Trail): Promise<WalkRow[]> {
  const { subject, machines } = trail;
  const { controller, plan, run } = subject;
  const sight = await trail.sight();
  const { node, pod, container } = sight;
  const port = portOf(sight) ?? (await serviceOf(trail, pod))?.to.port;
  const to = { address: pod.status.podIP ?? "", port: port ?? 0 };
  const other = workersOf(plan).find(({ name }) => name !== node.name);
  const reached: Reached[] = [];
  if (port !== undefined)
    for (const from of [node, ...(other === undefined ? [] : [other]), controller]) {
      const values = { ADDRESS: to.address, PORT: String(port), QUERY: query(run, from) };
      reached.push({ from, facts: (await machines.ask(from.name, { walkreach: values }))("walkreach") });
    }
  const connection = { PORT: String(controlPlanePorts.apiServer), ...ownPorts(run) };
  const [seen] = await Promise.all([
    machines.ask(controller.name, { walksender: connection }),
    machines.ask(node.name, { walkegress: { PID: container.pid, ADDRESS: controller.address, ...connection } }),
  ]);
  const { log } = podPaths(subject.pod);
  const senders = {
    log: subject.own ? (await trail.api([log])).text(log) : "",
    egress: seen("walksender").text("sender"),
  };
  return judgeForwarding(subject, sight, to, reached, senders);
}

/** Between which the port of the pod's connection is: others for each walk, below those that the kernel and kube-proxy take. */
export function ownPorts(run: string): { FROM: string; TO: string } {
  const first = 20_000 + (Number.parseInt(run.slice(0, 8), 16) % 9900);
  return { FROM: String(first), TO: String(first + 39) };
}

function portOf({ pod }: PodSight): number | undefined {
  return pod.spec.containers.flatMap(({ ports = [] }) => ports).find(({ protocol = "TCP" }) => protocol === "TCP")
    ?.containerPort;
}

/** Marks a host's request in the log. */
function query(run: string, { name }: PlannedHost): string {
  return `${run}-${name}`;
}

/** Compares the route from each host to the pod, its answer, and whom both sides see, with the plan. */
export function judgeForwarding(
  subject: WalkSubject,
  sight: PodSight,
  to: ServiceEndpoint,
  reached: readonly Reached[],
  senders: Senders,
): WalkRow[] {
  const rows = new WalkRows();
  const { plan, controller, own } = subject;
  const { node } = sight;
  if (reached.length === 0)
    rows.notShown(
      "way to the pod",
      "not shown: the pod names no TCP port, and no Service does",
      inPodNetwork(sight, "ss -ltn"),
    );
  for (const { from, facts } of reached) {
    const isHere = from.name === node.name;
    const hop = plan.routes.find((route) => route.host === from.name && route.node === node.name)?.nextHop;
    const route = ((parseJson(facts.text("route")) ?? []) as { gateway?: string; dev?: string }[])[0];
    const way = route?.gateway === undefined ? `dev ${route?.dev ?? "none"}` : `via ${route.gateway}`;
    const wanted = isHere ? `dev ${plan.cni.bridge}` : `via ${hop}`;
    rows.equal(`route on ${from.name} to ${to.address}`, wanted, route === undefined ? facts.text("route") : way, {
      on: from.name,
      run: `ip route get ${to.address}`,
    });
    if (isHere)
      rows.equal(`forwarding on ${from.name}`, "1", facts.text("forward"), {
        on: from.name,
        run: "sysctl net.ipv4.ip_forward",
      });
    judgeAnswered(rows, subject, `${from.name} asks ${to.address}:${to.port}`, facts.text("ask"), {
      on: from.name,
      run: `curl -i http://${to.address}:${to.port}/`,
    });
    if (own && !isHere) {
      const hand = byKubectl(subject, `-n ${subject.pod.namespace} logs ${subject.pod.name}`);
      rows.equal(
        `sender in nginx' log, asked from ${from.name}`,
        from.address,
        senderIn(senders.log, query(subject.run, from)),
        hand,
      );
    }
  }
  const leaves = plan.cni.masquerade === "none" ? to.address : node.address;
  const peer = /([\d.]+)\]?:\d+\s*$/m.exec(senders.egress)?.[1];
  const hand = inPodNetwork(
    sight,
    `curl -k https://${controller.address}:${controlPlanePorts.apiServer}/readyz & ss -tn, on ${controller.name}`,
  );
  rows.equal(
    `sender that ${controller.name} sees of the pod`,
    leaves,
    peer ?? (senders.egress || "no connection"),
    hand,
  );
  return rows.rows;
}

/** The address at the start of the log's line with a request, in the usual format of HTTP servers. */
function senderIn(log: string, mark: string): string | undefined {
  return log
    .split("\n")
    .findLast((line) => line.includes(`walk=${mark} `))
    ?.split(" ")[0];
}
