import { etcdValues } from "../../verify/cluster/etcd";
import { parseJson } from "../../verify/cluster/json";
import { isEncrypted } from "../../verify/cluster/services";
import { nodesPath, workersOf } from "../../verify/cluster/nodes";
import { byApi, byEtcdctl, byKubectl } from "../byHand";
import { judgeEvents } from "../events";
import { podPaths, type WalkedPod } from "../pod";
import { WalkRows, type WalkRow } from "../rows";
import type { Trail, WalkSubject } from "../trail";

/** Step 1: the API server stores the pod in etcd. */
export async function lookAtSubmission(trail: Trail): Promise<WalkRow[]> {
  const { subject, machines } = trail;
  const { key } = podPaths(subject.pod);
  const before = await trail.pod();
  const values = { ...etcdValues, KEYS: `pod ${key}` };
  const etcd = (await machines.ask(subject.controller.name, { rawvalues: values }))("rawvalues").text("pod");
  return judgeSubmission(subject, [before, await trail.pod()], etcd);
}

/** @param pods the pod as the API had it before and after etcd was read, since it may change meanwhile */
export function judgeSubmission(subject: WalkSubject, pods: readonly [WalkedPod, WalkedPod], etcd: string): WalkRow[] {
  const rows = new WalkRows();
  const { key } = podPaths(subject.pod);
  const hand = byEtcdctl(subject, key);
  const [{ metadata }] = pods;
  const found = (parseJson(etcd) as { kvs?: { mod_revision: string; value: string }[] } | undefined)?.kvs?.[0];
  const versions = [...new Set(pods.map((pod) => pod.metadata.resourceVersion))];
  const revision = found?.mod_revision ?? "";
  rows.add(
    "object in etcd",
    `${key} with mod_revision ${versions.join(" or ")}, the API's resourceVersion`,
    found === undefined ? etcd : `mod_revision ${revision}`,
    versions.includes(revision),
    hand,
  );
  if (found === undefined) return rows.rows;
  const value = Buffer.from(found.value, "base64");
  const encrypted = isEncrypted("pods", subject.cluster.encryptedResources);
  rows.equal("how it is written", encrypted ? "encrypted" : "protobuf, in the clear", describe(value), hand);
  if (encrypted) rows.notShown("uid in etcd", "not shown: pods are encrypted in etcd here", hand);
  else {
    const has = value.includes(metadata.uid);
    rows.add("uid in etcd", metadata.uid, has ? metadata.uid : "another one", has, hand);
  }
  return rows.rows;
}

/** An object in the API server's own encoding begins with `k8s` and a zero byte. */
function describe(value: Buffer): string {
  const start = value.subarray(0, 8).toString("latin1");
  if (start.startsWith("k8s\0")) return "protobuf, in the clear";
  return start.startsWith("k8s:enc:") ? "encrypted" : JSON.stringify(start);
}

/** Step 2: the scheduler binds it, and the kubelet has it in its list. */
export async function lookAtDetection(trail: Trail): Promise<WalkRow[]> {
  const pod = await trail.podThat("waiting for the scheduler", ({ spec }) => spec.nodeName !== undefined);
  const events = podPaths(trail.subject.pod).events(pod.metadata.uid);
  const kubelet = kubeletsPods(pod.spec.nodeName ?? "");
  const facts = await trail.api([events, kubelet]);
  return judgeDetection(trail.subject, pod, { events: facts.text(events), kubelet: facts.text(kubelet) }, trail.now());
}

function kubeletsPods(node: string): string {
  return `${nodesPath}/${node}/proxy/pods`;
}

/** @param answers of the API server: events of the pod, and what the kubelet of its Node says of itself */
export function judgeDetection(
  subject: WalkSubject,
  pod: WalkedPod,
  answers: { readonly events: string; readonly kubelet: string },
  now: number,
): WalkRow[] {
  const rows = new WalkRows();
  const { namespace, name } = subject.pod;
  const node = pod.spec.nodeName;
  const workers = workersOf(subject.plan).map(({ name }) => name);
  const binding = byKubectl(subject, `-n ${namespace} get pod ${name} -o jsonpath={.spec.nodeName}`);
  rows.add("spec.nodeName", workers.join(" or "), node ?? "not set", workers.includes(node ?? ""), binding);
  judgeEvents(rows, subject, pod, answers.events, now, [
    ["Scheduled", "default-scheduler", `Successfully assigned ${namespace}/${name} to ${node}`],
  ]);
  if (node === undefined) return rows.rows;
  const { items = [] } = (parseJson(answers.kubelet) ?? {}) as { items?: readonly { metadata?: { uid?: string } }[] };
  const has = items.some(({ metadata }) => metadata?.uid === pod.metadata.uid);
  const seen = has ? pod.metadata.uid : items.length > 0 ? `${items.length} other pods` : answers.kubelet;
  rows.add(`pods of the kubelet on ${node}`, pod.metadata.uid, seen, has, byApi(subject, kubeletsPods(node)));
  return rows.rows;
}
