import type { RuntimePlan } from "../../components/labPlan";
import { parseJson } from "../verify/cluster/json";
import { at, textAt } from "../verify/runtimes/judge";

/** What a runtime shows of a pod's sandbox; undefined for what it does not show. */
export interface SandboxSeen {
  readonly id: string;
  /** In seconds since 1970, by the node's clock. */
  readonly createdAt: number;
  /** Its first process. */
  readonly pid: string | undefined;
  readonly config: SandboxConfigSeen;
}

/** The kubelet's PodSandboxConfig, as far as the runtime reports it. */
interface SandboxConfigSeen {
  /** Namespace, name and uid. */
  readonly metadata?: string | undefined;
  readonly hostname?: string | undefined;
  readonly logDirectory?: string | undefined;
  readonly cgroupParent?: string | undefined;
  readonly dnsServers?: string | undefined;
  readonly ports?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly pidNamespace?: string | undefined;
}

/** Whether Docker Engine runs the pods, by whichever name. */
export function isDocker({ kind }: Pick<RuntimePlan, "kind">): boolean {
  return kind === "docker" || kind === "mirantis";
}

/**
 * Reads what a runtime shows of a sandbox. containerd has the whole message in its verbose status (containerd,
 * internal/cri/types/sandbox_info.go), CRI-O annotations of the sandbox's specification (cri-o, pkg/annotations), and Docker
 * what cri-dockerd made of it.
 *
 * @param info of the verbose status
 * @param inspected what `docker inspect` says, for Docker
 */
export function readSandbox(
  runtime: Pick<RuntimePlan, "kind">,
  { id, createdAt, info, inspected }: { id: string; createdAt: number; info: unknown; inspected?: unknown },
): SandboxSeen {
  const config = { containerd: ofContainerd, crio: ofCrio, docker: ofDocker, mirantis: ofDocker }[runtime.kind];
  const byDocker = isDocker(runtime);
  const pid = Number(byDocker ? at(inspected, "State", "Pid") : at(info, "pid"));
  return { id, createdAt, pid: pid > 0 ? String(pid) : undefined, config: config(byDocker ? inspected : info) };
}

/** Fields of messages that have their default are left out, such as a list without entries or POD for a namespace. */
function ofContainerd(info: unknown): SandboxConfigSeen {
  const config = at(info, "config");
  if (config === undefined) return {};
  const ports = (at(config, "port_mappings") ?? []) as { protocol?: number; container_port?: number }[];
  const pid = (at(config, "linux", "security_context", "namespace_options", "pid") ?? 0) as number;
  return {
    metadata: nameOf(at(config, "metadata")),
    hostname: textAt(config, "hostname") ?? "",
    logDirectory: textAt(config, "log_directory") ?? "",
    cgroupParent: textAt(config, "linux", "cgroup_parent") ?? "",
    dnsServers: ((at(config, "dns_config", "servers") ?? []) as string[]).join(", ") || "none",
    ports:
      ports.map(({ protocol = 0, container_port }) => `${container_port}/${protocols[protocol]}`).join(", ") || "none",
    labels: (at(config, "labels") ?? {}) as Record<string, string>,
    pidNamespace: namespaceModes[pid] ?? String(pid),
  };
}
const protocols = ["TCP", "UDP", "SCTP"] as const;
const namespaceModes = ["the pod's", "the container's own", "the node's", "another container's"] as const;

function ofCrio(info: unknown): SandboxConfigSeen {
  const annotation = (name: string) => textAt(info, "runtimeSpec", "annotations", `io.kubernetes.cri-o.${name}`);
  const labels = parseJson(annotation("Labels") ?? "") as Record<string, string> | undefined;
  // The sandbox's own log would be a file in it.
  const log = annotation("LogPath")?.replace(/\/[^/]*$/, "");
  return {
    metadata: nameOf(parseJson(annotation("Metadata") ?? "")),
    hostname: annotation("HostName"),
    labels,
    logDirectory: log,
  };
}

function ofDocker(inspected: unknown): SandboxConfigSeen {
  const labels = at(inspected, "Config", "Labels") as Record<string, string> | undefined;
  const label = (name: string) => labels?.[`io.kubernetes.pod.${name}`];
  return {
    metadata: nameOf({ namespace: label("namespace"), name: label("name"), uid: label("uid") }),
    hostname: textAt(inspected, "Config", "Hostname"),
    labels,
  };
}

function nameOf(metadata: unknown): string | undefined {
  const [namespace, name, uid] = ["namespace", "name", "uid"].map((key) => textAt(metadata, key));
  return uid === undefined ? undefined : `${namespace}/${name}, ${uid}`;
}

/** The cgroup below which a kubelet has a pod's containers (kubernetes, pkg/kubelet/cm, `cgroupToSystemd`). */
export function podCgroup(driver: RuntimePlan["cgroupDriver"], qosClass: string, uid: string): string {
  const quality = qosClass === "Guaranteed" ? [] : [qosClass.toLowerCase()];
  if (driver === "cgroupfs") return ["/kubepods", ...quality, `pod${uid}`].join("/");
  const slice = ["kubepods", ...quality, `pod${uid.replaceAll("-", "_")}`];
  return slice.map((_, index) => `/${slice.slice(0, index + 1).join("-")}.slice`).join("");
}
