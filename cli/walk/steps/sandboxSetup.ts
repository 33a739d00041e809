import { dnsServiceAddress } from "../../../components/plan/cluster";
import type { Facts } from "../../verify/facts";
import { parseJson } from "../../verify/cluster/json";
import { configzPath } from "../../verify/cluster/nodes";
import { Rows } from "../../verify/rows";
import { at } from "../../verify/runtimes/judge";
import { runtimeJudges } from "../../verify/runtimes/runtimes";
import { byApi, byCrictl } from "../byHand";
import { WalkRows, type ByHand, type WalkRow } from "../rows";
import { isDocker, podCgroup } from "../sandbox";
import { logFolder, shortId, type PodSight, type Trail, type WalkSubject } from "../trail";

/** Step 3: the kubelet has the runtime make a sandbox, which pause holds open. */
export async function lookAtSandbox(trail: Trail): Promise<WalkRow[]> {
  const { subject, machines } = trail;
  const sight = await trail.sight();
  const { node, runtime, sandbox } = sight;
  const configz = configzPath(node.name);
  const kubelet = (await trail.api([configz])).text(configz);
  const { image } = await machines.cri(node.name, "ImageStatus", { image: { image: runtime.sandboxImage } });
  const checks = new Rows(node.name, "runtime");
  const { info } = await machines.cri(node.name, "PodSandboxStatus", { podSandboxId: sandbox.id, verbose: true });
  const asked = {
    id: sandbox.id,
    info: info["info"],
    ask: (scripts: Parameters<typeof machines.ask>[1]) => machines.ask(node.name, scripts),
  };
  await runtimeJudges[runtime.kind].seeSandbox(checks, runtime, asked);
  const [imageCheck] = checks.rows;
  return [
    ...judgeConfig(subject, sight, kubelet),
    ...judgePause(sight, {
      used: imageCheck?.observed ?? "not reported",
      isRight: imageCheck?.ok === true,
      pinned: image?.pinned,
    }),
  ];
}

/** Compares each field of PodSandboxConfig with what the kubelet made it of: the pod, its own configuration, or the rules that it has. */
export function judgeConfig(subject: WalkSubject, sight: PodSight, configz: string): WalkRow[] {
  const rows = new WalkRows();
  const { pod, node, runtime, sandbox, facts } = sight;
  const { config } = sandbox;
  const { namespace, name, uid } = pod.metadata;
  const hand = byCrictl(sight, `inspectp ${shortId(sandbox.id)}`);
  const by = runtime.kind;
  const bound = pod.status.conditions?.find(({ type }) => type === "PodScheduled")?.lastTransitionTime;
  const seconds = sandbox.createdAt - Date.parse(bound ?? "") / 1000;
  // The API's times are whole seconds of another host's clock.
  const isAfter = seconds > -3;
  const seen = `${Math.max(0, isAfter ? seconds : -seconds).toFixed(0)} s ${isAfter ? "after" : "before"} it`;
  rows.add("RunPodSandbox", "after the binding", seen, isAfter, hand);
  rows.equalIfShown("metadata, of the pod", `${namespace}/${name}, ${uid}`, config.metadata, by, hand);
  rows.equalIfShown("hostname, of the pod", (pod.spec.hostname ?? name).slice(0, 63), config.hostname, by, hand);
  const ports = pod.spec.containers.flatMap(({ ports = [] }) => ports);
  const portText =
    ports.map(({ containerPort, protocol = "TCP" }) => `${containerPort}/${protocol}`).join(", ") || "none";
  rows.equalIfShown("port mappings, of the pod", portText, config.ports, by, hand);
  judgeLabels(rows, sight, hand);
  rows.equalIfShown("process namespace, of the pod", processNamespace(pod), config.pidNamespace, by, hand);
  rows.equalIfShown("log folder, the kubelet's rule", logFolder(pod), config.logDirectory, by, hand);
  const cgroup = podCgroup(runtime.cgroupDriver, pod.status.qosClass ?? "", uid);
  rows.equalIfShown(`cgroup parent, for ${pod.status.qosClass} pods`, cgroup, config.cgroupParent, by, hand);
  const dns = nameServers(pod, dnsServiceAddress(subject.cluster.serviceCidr));
  if (dns === undefined)
    rows.notShown("name servers", `not compared: dnsPolicy ${pod.spec.dnsPolicy} takes the node's`, hand);
  else {
    if (pod.spec.dnsPolicy !== "None") {
      const servers = at(parseJson(configz), "kubeletconfig", "clusterDNS");
      const seen = Array.isArray(servers) ? servers.join(", ") : configz;
      rows.equal(`clusterDNS, of the kubelet on ${node.name}`, dns, seen, byApi(subject, configzPath(node.name)));
    }
    rows.equalIfShown("name servers, of clusterDNS", dns, config.dnsServers, by, hand);
    const inside = [...facts.text("resolv").matchAll(/^nameserver\s+(\S+)/gm)].map(([, server]) => server).join(", ");
    const file = { on: node.name, run: `cat /proc/${sight.container.pid}/root/etc/resolv.conf` };
    rows.equal("name servers in the pod's /etc/resolv.conf", dns, inside || facts.text("resolv"), file);
  }
  return rows.rows;
}

/** Whose processes a container sees. */
function processNamespace({ spec }: PodSight["pod"]): string {
  if (spec.hostPID === true) return "the node's";
  return spec.shareProcessNamespace === true ? "the pod's" : "the container's own";
}

function judgeLabels(rows: WalkRows, { pod, runtime, sandbox }: PodSight, hand: ByHand): void {
  const { namespace, name, uid, labels = {} } = pod.metadata;
  const wanted = Object.entries({
    ...labels,
    ...{ "io.kubernetes.pod.name": name, "io.kubernetes.pod.namespace": namespace, "io.kubernetes.pod.uid": uid },
  });
  const { labels: seen } = sandbox.config;
  const missing = wanted.filter(([key, value]) => seen?.[key] !== value).map(([key]) => key);
  rows.equalIfShown(
    "labels, of the pod and io.kubernetes.pod.*",
    `all ${wanted.length}`,
    seen && (missing.length === 0 ? `all ${wanted.length}` : `without ${missing.join(", ")}`),
    runtime.kind,
    hand,
  );
}

/** What the kubelet has to write for a pod; undefined where that is the node's own business. */
function nameServers({ spec }: PodSight["pod"], clusterDns: string): string | undefined {
  if (spec.dnsPolicy === "None") return spec.dnsConfig?.nameservers?.join(", ") ?? "";
  return spec.dnsPolicy === "Default" ? undefined : [clusterDns, ...(spec.dnsConfig?.nameservers ?? [])].join(", ");
}

const joined = ["net", "ipc", "uts"];

/** Compares the first process of the sandbox with that of the container. @param image of the sandbox, as the runtime has it */
export function judgePause(
  sight: PodSight,
  image: { readonly used: string; readonly isRight: boolean; readonly pinned: boolean | undefined },
): WalkRow[] {
  const rows = new WalkRows();
  const { pod, node, runtime, sandbox, container, facts } = sight;
  const by = runtime.kind;
  const hand = byCrictl(sight, `inspectp ${shortId(sandbox.id)}`);
  rows.add("sandbox image, the runtime's setting", runtime.sandboxImage, image.used, image.isRight, hand);
  const pinned = byCrictl(sight, `inspecti ${runtime.sandboxImage}`);
  if (isDocker(runtime)) rows.notShown("sandbox image is kept", `not shown by ${by}`, pinned);
  else rows.equal("sandbox image is kept", "pinned", image.pinned === true ? "pinned" : "not pinned", pinned);
  const { pid } = sandbox;
  const ids = { on: node.name, run: `ls -l /proc/${pid}/ns /proc/${container.pid}/ns` };
  if (pid === undefined) {
    rows.notShown("process that holds the namespaces", `not shown by ${by}, which may hold them without one`, hand);
    return rows.rows;
  }
  const words = facts.text("pause").split("\n");
  const isPause = words.some((word) => /(^|\/)pause$/.test(word));
  const file = { on: node.name, run: `tr '\\0' ' ' </proc/${pid}/cmdline` };
  rows.add(`process ${pid} of the sandbox`, "pause", words.join(" "), isPause, file);
  const [own, theirs] = [namespacesIn(facts, "namespaces"), namespacesIn(facts, "sandbox-namespaces")];
  const same = joined.filter((kind) => own.get(kind) !== undefined && own.get(kind) === theirs.get(kind));
  const shown = same.map((kind) => theirs.get(kind)).join(", ");
  rows.add("shared with the container", joined.join(", "), shown, same.length === joined.length, ids);
  const apart = processNamespace(pod) === "the container's own" ? ["pid", "mnt"] : ["mnt"];
  const different = apart.filter((kind) => own.get(kind) !== undefined && own.get(kind) !== theirs.get(kind));
  rows.equal("each its own", apart.join(", "), different.join(", ") || "none", ids);
  return rows.rows;
}

function namespacesIn(facts: Facts, section: string): Map<string, string> {
  return new Map(
    facts.lines(section).flatMap((line) => {
      const [kind = "", id = ""] = line.split(" ");
      return id === "" ? [] : [[kind, id] as const];
    }),
  );
}
