import { apiQuestion, ownApi } from "../../verify/cluster/controlPlane";
import { etcdValues } from "../../verify/cluster/etcd";
import { parseJson } from "../../verify/cluster/json";
import type { Facts } from "../../verify/facts";
import { byApi, byCrictl, byEtcdctl } from "../byHand";
import { judgeEvents } from "../events";
import { podPaths } from "../pod";
import { readProxyRules, type ServiceEndpoint } from "../proxyRules";
import { WalkRows, type ByHand, type WalkRow } from "../rows";
import { podCgroup } from "../sandbox";
import { logFolder, shortId, type PodSight, type Trail, type WalkSubject } from "../trail";
import { vethOf } from "./podNetwork";
import { serviceOf, serviceValues, type ServiceOfPod } from "./serviceProxy";

/** A kubelet removes the logs of deleted pods about once a minute. */
const mostSeconds = 240;

/** One thing of the pod, what is left of it, and after how many seconds nothing was. */
export interface Trace {
  readonly what: string;
  /** Empty where it is gone. */
  readonly left: string;
  readonly seconds?: number;
  readonly byHand: ByHand;
}

/** Step 9: the pod is deleted, and everything that the steps before have shown goes. */
export async function lookAtCleanup(trail: Trail): Promise<WalkRow[]> {
  const { subject, machines } = trail;
  const sight = await trail.sight();
  const service = await serviceOf(trail, sight.pod);
  const { pod: path, events } = podPaths(subject.pod);
  const removed = (await machines.ask(subject.controller.name, { walkremove: { ...ownApi, OBJECT: path } }))(
    "walkremove",
  ).get("removed");
  if (removed.code !== 0) throw new Error(`the pod cannot be deleted: ${removed.text}`);
  const begun = trail.now();
  const gone = new Map<string, number>();
  const traces = await trail.until(
    "waiting until everything of it is gone",
    async () => {
      const found = await lookForTraces(trail, sight, service);
      for (const { what, left } of found) {
        if (left !== "") gone.delete(what);
        else if (!gone.has(what)) gone.set(what, (trail.now() - begun) / 1000);
      }
      return found.map((trace): Trace => ({ ...trace, seconds: gone.get(trace.what) ?? 0 }));
    },
    (found) => found.every(({ left }) => left === ""),
    mostSeconds,
  );
  const rows = new WalkRows();
  const own = events(sight.pod.metadata.uid);
  judgeEvents(rows, subject, sight.pod, (await trail.api([own])).text(own), trail.now(), [
    ["Killing", "kubelet", "Stopping container"],
  ]);
  return [...rows.rows, ...judgeTraces(traces)];
}

/** A row for each thing that has to be gone. */
export function judgeTraces(traces: readonly Trace[]): WalkRow[] {
  const rows = new WalkRows();
  for (const { what, left, seconds = 0, byHand } of traces)
    rows.add(
      what,
      "gone",
      left === "" ? `gone after ${seconds.toFixed(0)} s` : `still there: ${left}`,
      left === "",
      byHand,
    );
  return rows.rows;
}

async function lookForTraces(trail: Trail, sight: PodSight, service: ServiceOfPod | undefined): Promise<Trace[]> {
  const { subject, machines } = trail;
  const { pod, node, runtime, sandbox, facts } = sight;
  const { key, pod: path } = podPaths(subject.pod);
  const values = {
    ...(service === undefined ? { SERVICE: "" } : serviceValues(subject, service)),
    ...{
      SANDBOX: sandbox.id,
      VETH: vethOf(facts) ?? "none",
      LOGS: logFolder(pod),
      NETNS: /net:\[\d+\]/.exec(facts.text("namespaces"))?.[0] ?? "none",
    },
    CGROUP: podCgroup(runtime.cgroupDriver, pod.status.qosClass ?? "", pod.metadata.uid),
  };
  const onController = await machines.ask(subject.controller.name, {
    ...apiQuestion([path]),
    rawvalues: { ...etcdValues, KEYS: `pod ${key}` },
  });
  const here = (await machines.ask(node.name, { walkgone: values }))("walkgone");
  const { items } = await machines.cri(node.name, "ListPodSandbox", {
    filter: { labelSelector: { "io.kubernetes.pod.uid": pod.metadata.uid } },
  });
  return readTraces(
    subject,
    sight,
    service?.at,
    {
      api: onController("api").text(path),
      etcd: onController("rawvalues").text("pod"),
      sandboxes: items.map(({ id }) => id),
      node: here,
    },
    values,
  );
}

/** What was found after the deletion. */
interface Remains {
  readonly api: string;
  readonly etcd: string;
  readonly sandboxes: readonly string[];
  /** What scripts/walkgone.sh reported. */
  readonly node: Facts;
}

/** In the order in which things usually go. @param values what walkgone.sh got */
export function readTraces(
  subject: WalkSubject,
  sight: PodSight,
  service: ServiceEndpoint | undefined,
  { api, etcd, sandboxes, node: here }: Remains,
  values: Readonly<Record<string, string>>,
): Trace[] {
  const { node, pod, sandbox } = sight;
  const id = shortId(sandbox.id);
  const { bridge, masquerade } = subject.plan.cni;
  const paths = podPaths(subject.pod);
  const onNode = (run: string) => ({ on: node.name, run });
  const address = pod.status.podIP ?? "";
  const rules = service === undefined ? [] : readProxyRules(here.text("mode"), here.text("rules"), service).to;
  const status = at404(api);
  const { kvs = [] } = (parseJson(etcd) ?? { kvs: [etcd] }) as { kvs?: readonly unknown[] };
  const onHost = (section: string, what: string, run: string): Trace => ({
    what,
    left: here.text(section),
    byHand: onNode(run),
  });
  return [
    ...(service === undefined
      ? []
      : [
          {
            what: "kube-proxy's rule to it",
            left: rules.filter((to) => to.startsWith(`${address}:`)).join(", "),
            byHand: onNode(`iptables-save -t nat | grep ${address}`),
          },
        ]),
    onHost("cache", "libcni's cache", `ls /var/lib/cni/results | grep ${id}`),
    onHost("lease", "lease of its address", `grep -l ${id} /var/lib/cni/networks/*/*`),
    onHost("veth", `${values["VETH"]}, its port of ${bridge}`, `ip link show ${values["VETH"]}`),
    onHost("netns", "network namespace", `lsns -t net | grep ${/\d+/.exec(values["NETNS"] ?? "")?.[0] ?? ""}`),
    ...(masquerade !== "bridge" ? [] : [onHost("masquerade", "rule of ipMasq", `iptables-save -t nat | grep ${id}`)]),
    { what: "sandbox in the runtime", left: sandboxes.join(", "), byHand: byCrictl(sight, `pods --id ${id}`) },
    onHost("cgroup", "cgroup", `ls -d /sys/fs/cgroup${values["CGROUP"]}`),
    { what: "object in the API", left: status, byHand: byApi(subject, paths.pod) },
    { what: "key in etcd", left: kvs.length === 0 ? "" : paths.key, byHand: byEtcdctl(subject, paths.key) },
    onHost("logs", "logs", `ls -d ${values["LOGS"]}`),
  ];
}

/** Empty where the API server says that there is no such object. */
function at404(text: string): string {
  const { code, metadata } = (parseJson(text) ?? {}) as {
    code?: number;
    metadata?: { uid?: string; deletionTimestamp?: string };
  };
  if (code === 404) return "";
  return metadata?.uid === undefined ? text : `to be deleted since ${metadata.deletionTimestamp}`;
}
