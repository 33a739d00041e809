import { isStoreSnapshotter } from "../../components/node/runtime/snapshotters";
import type { LabPlan } from "../../components/labPlan";
import type { PlannedHost } from "../../components/plan/routes";
import { nodeStepNames, stepNames, type StepName } from "../../components/plan/steps";
import { stepOfFiles } from "./stepFiles";
import type { Check, CheckArea } from "./types";

/** What repairs a row of an area: a step of its host, the stack, the repair of other rows, or nothing in hardway. */
type Mender = StepName | "stack" | "symptom" | "nobody";

/**
 * For every area of the verification. A symptom shows that pods do not work; the cause is in another row, or, where no other row
 * failed, in any step of the host.
 */
const menderOf: Readonly<Record<CheckArea, Mender>> = {
  ssh: "stack",
  vpc: "stack",
  host: "nobody",
  kernel: "kernel",
  runtime: "runtime",
  cni: "cni",
  routes: "routes",
  cri: "symptom",
  // It has a step for each of its rows.
  cluster: "nobody",
  pods: "symptom",
  pki: "control-plane",
  etcd: "etcd",
  "control-plane": "control-plane",
  nodes: "kubelet",
  services: "kube-proxy",
  dns: "cluster",
};

/** Rows that are repaired by another step than their area's, besides those about files, which their own step repairs. */
const exceptions: readonly { readonly row: RegExp; readonly step: StepName }[] = [
  { row: /^snapshotter plugin /, step: "store" },
  // Depends on a firewall rule of the step, where the lab has one.
  { row: /^sender of what a pod sends to the outside$/, step: "cni" },
  // The bridge has an MTU of its own.
  { row: /^undivided packet of \d+ bytes from a pod to /, step: "cni" },
  // What the daemon's configuration says of containers that name none.
  { row: /^(seccomp|AppArmor profile) of the container$/, step: "runtime" },
  { row: /^etcd-(server|peer): /, step: "etcd" },
  { row: /^kubelet: /, step: "kubelet" },
  { row: /^kube-proxy: /, step: "kube-proxy" },
  { row: /^Nodes$/, step: "cluster" },
];

/** Rows of workers about what the cluster has from its last step, which runs on the first controller. */
const ofCluster = /^podCIDR$|, (from|through) the API server$/;

/** A step that has to run again, and the failed rows that require it. */
export interface RepairStep {
  readonly host: string;
  readonly step: StepName;
  readonly because: readonly string[];
}

/** What has to be done about failed rows. */
export interface Repair {
  /** In the order of the hosts, and for each host in the order in which they run. */
  readonly steps: readonly RepairStep[];
  /** Rows that a refresh of the stack repairs: VPC, missing machines. Empty for the user's own hosts. */
  readonly stack: readonly string[];
  /** Hosts that could not be inspected. */
  readonly unreachable: readonly string[];
}

/**
 * @param only names of hosts whose steps may run again; all by default
 */
export function planRepair(
  checks: readonly Check[],
  plan: Pick<LabPlan, "hosts" | "runtimes" | "vpc">,
  only: readonly string[] = plan.hosts.map(({ name }) => name),
): Repair {
  const [first] = plan.hosts.filter(({ role }) => role === "controller");
  const broken = checks
    .filter(({ ok }) => !ok)
    .map((row) => {
      const isOfCluster = row.area === "dns" || ofCluster.test(row.check);
      return isOfCluster && first !== undefined ? { ...row, area: "dns" as const, host: first.name } : row;
    });
  const unreachable = plan.hosts.map(({ name }) => name).filter((name) => broken.some(isOf(name, "ssh")));
  const stack = plan.vpc === undefined ? [] : broken.filter(({ area }) => menderOf[area] === "stack");
  // That no answer comes from a host that cannot be inspected says nothing about who asked.
  const telling = broken.filter(({ check }) => !unreachable.some((name) => check.endsWith(` to ${name}`)));
  const causes = plan.hosts
    .filter(({ name }) => !unreachable.includes(name))
    .flatMap((host) => stepsOfHost(host, plan, telling.filter(isOf(host.name))));
  const found = causes.length > 0 || stack.length > 0 || unreachable.length > 0;
  const steps = found
    ? causes
    : plan.hosts.flatMap((host) => everyStep(host, plan, broken.filter(isOf(host.name, "pods"))));
  return { steps: steps.filter(({ host }) => only.includes(host)), stack: stack.map(describe), unreachable };
}

/** The steps that the host's own rows require; when pods do not reach each other, the cause may be on another host. */
function stepsOfHost(host: PlannedHost, plan: Pick<LabPlan, "runtimes">, broken: readonly Check[]): RepairStep[] {
  const steps = stepNames.flatMap((step) => {
    const because = broken.filter((check) => stepOfRow(check, host, plan) === step).map(({ check }) => check);
    return because.length > 0 ? [{ host: host.name, step, because }] : [];
  });
  return steps.length > 0 ? steps : everyStep(host, plan, broken.filter(isOf(host.name, "cri")));
}

function stepOfRow({ area, check }: Check, host: PlannedHost, plan: Pick<LabPlan, "runtimes">): StepName | undefined {
  const own = stepOfFiles(check) ?? exceptions.find(({ row }) => row.test(check))?.step;
  const steps = [...nodeStepsOf(host, plan), ...clusterStepsOf(host)];
  return [own, menderOf[area]].flatMap((mender) => steps.filter((step) => step === mender))[0];
}

function clusterStepsOf({ role }: PlannedHost): readonly StepName[] {
  return role === "controller" ? ["etcd", "control-plane", "cluster"] : ["kubelet", "kube-proxy"];
}

function everyStep(host: PlannedHost, plan: Pick<LabPlan, "runtimes">, because: readonly Check[]): RepairStep[] {
  if (because.length === 0) return [];
  return nodeStepsOf(host, plan).map((step) => ({ host: host.name, step, because: because.map(({ check }) => check) }));
}

/** The steps that make this host ready. */
function nodeStepsOf({ name, role }: PlannedHost, { runtimes }: Pick<LabPlan, "runtimes">): readonly StepName[] {
  if (role === "controller") return ["kernel", "routes"];
  const snapshotter = runtimes[name]?.snapshotter;
  const hasStore = snapshotter !== undefined && isStoreSnapshotter(snapshotter);
  return nodeStepNames.filter((step) => step !== "store" || hasStore);
}

function isOf(host: string, area?: CheckArea): (check: Check) => boolean {
  return (check) => check.host === host && (area === undefined || check.area === area);
}

function describe({ host, check }: Check): string {
  return host === "vpc" ? check : `${check} of ${host}`;
}
