import type { Facts } from "../../verify/facts";
import { byKubectl } from "../byHand";
import { podPaths, type WalkedPod } from "../pod";
import { WalkRows, type WalkRow } from "../rows";
import type { PodSight, Trail, WalkSubject } from "../trail";
import { serviceOf, type ServiceOfPod } from "./serviceProxy";

/** Step 8: the pod is ready, and is found by name. */
export async function lookAtOnline(trail: Trail): Promise<WalkRow[]> {
  const { subject, machines } = trail;
  const sight = await trail.sight();
  const { log } = podPaths(subject.pod);
  const pod = await trail.pod();
  const service = await serviceOf(trail, pod);
  const text = subject.own ? (await trail.api([log])).text(log) : "";
  const values = { PID: sight.container.pid, NAME: service === undefined ? "" : nameOf(subject, service) };
  const name = service && (await machines.ask(sight.node.name, { walkname: values }))("walkname");
  return [...judgeConditions(subject, pod, text), ...judgeName(subject, sight, service, name)];
}

/** Without a search domain after it. */
function nameOf({ pod, cluster }: WalkSubject, { name }: ServiceOfPod): string {
  return `${name}.${pod.namespace}.svc.${cluster.clusterDomain}.`;
}

const conditions = ["PodScheduled", "PodReadyToStartContainers", "Initialized", "ContainersReady", "Ready"];

/** What the kubelet reports of the pod. @param log of the walk's own pod */
export function judgeConditions(subject: WalkSubject, pod: WalkedPod, log: string): WalkRow[] {
  const rows = new WalkRows();
  const { namespace, name } = subject.pod;
  const hand = byKubectl(subject, `-n ${namespace} get pod ${name} -o yaml`);
  rows.equal("phase", "Running", pod.status.phase, hand);
  for (const type of conditions) {
    const found = pod.status.conditions?.find((each) => each.type === type);
    const time = found?.lastTransitionTime?.replace(/^.*T/, "") ?? "";
    const why = [found?.reason, found?.message].filter(Boolean).join(": ");
    const seen = found === undefined ? "not there" : `${found.status} since ${time}${why && `, ${why}`}`;
    rows.add(`condition ${type}`, "True", seen, found?.status === "True", hand);
  }
  const logs = byKubectl(subject, `-n ${namespace} logs ${name}`);
  if (subject.own) {
    const version = subject.cluster.kubernetesVersion.replace(/\.\d+$/, "");
    const line = log.split("\n").find((each) => each.includes(`kube-probe/`)) ?? "";
    const seen = /"(GET \S+) [^"]*" (\d+) .*"(kube-probe\/[\d.]+)"/.exec(line);
    const text = seen === null ? line || "no request of a probe" : `${seen[1]} ${seen[2]} by ${seen[3]}`;
    rows.equal("readiness probe in nginx' log", `GET / 200 by kube-probe/${version}`, text, logs);
  } else {
    const probes = pod.spec.containers
      .filter(({ readinessProbe }) => readinessProbe !== undefined)
      .map((each) => each.name);
    rows.notShown(
      "requests of probes",
      `not shown: only nginx' log is known; with a readiness probe: ${probes.join(", ") || "none"}`,
      logs,
    );
  }
  return rows.rows;
}

/** What the name of the pod's Service leads to, asked as the pod does. */
export function judgeName(
  subject: WalkSubject,
  sight: PodSight,
  service: ServiceOfPod | undefined,
  facts: Facts | undefined,
): WalkRow[] {
  const rows = new WalkRows();
  const { namespace } = subject.pod;
  if (service === undefined || facts === undefined) {
    rows.notShown(
      "name of its Service",
      "not shown: no Service leads to this pod",
      byKubectl(subject, `-n ${namespace} get services`),
    );
    return rows.rows;
  }
  const name = nameOf(subject, service);
  const { dnsPolicy = "" } = sight.pod.spec;
  const hand = byKubectl(subject, `-n ${namespace} exec ${subject.pod.name} -- nslookup ${name}`);
  if (["Default", "None"].includes(dnsPolicy)) {
    rows.notShown(
      name.slice(0, -1),
      `not asked: dnsPolicy ${dnsPolicy} takes other name servers than the cluster's`,
      hand,
    );
    return rows.rows;
  }
  const { code, text } = facts.get("name");
  const address = /^([\d.]+)\s/m.exec(text)?.[1];
  rows.equal(
    `${name.slice(0, -1)}, asked as the pod does`,
    service.at.address,
    code === 0 ? address : text || "no answer",
    hand,
  );
  return rows.rows;
}
