import { randomBytes } from "node:crypto";
import { setMaxListeners } from "node:events";
import type { LabPlan } from "../../components/labPlan";
import { allDone } from "./allDone";
import { ClusterRound } from "./cluster/clusterRound";
import { compareHostParts } from "./cluster/hostPart";
import { compareHosts } from "./hosts";
import { HostVisit, type Run } from "./hostVisit";
import { explainSilence } from "./silence";
import { checkAreas, clusterAreas, type Check, type CheckArea, type VerifyHost } from "./types";

export interface VerifyOptions {
  readonly plan: LabPlan;
  /** How to reach the plan's hosts, by name; one that is missing here is a row that is not ok. */
  readonly hosts: readonly VerifyHost[];
  /** Only these are checked, and whether the hosts let us in. @default all */
  readonly areas?: readonly CheckArea[];
  /** How the CLI is called for the lab, for rows that say what to do. @default ./hardway */
  readonly command?: string;
  /** Called with a short progress message. */
  readonly onProgress?: (text: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Compares the machines with the plan from outside: one row per check, with what was seen. On each worker it makes a
 * network namespace, a rule and a pod, and removes them again; what a killed verification left is removed by the next.
 * The bridge plugin turns `ip_forward` on for a pod; where it was off, the verification turns it off again. Several may
 * run at the same time.
 *
 * @throws the signal's reason when it is aborted, after the pods were removed; any other failure is a row
 */
export async function verifyLab(options: VerifyOptions): Promise<Check[]> {
  const { plan, hosts, onProgress, signal: given, areas = checkAreas, command = "./hardway" } = options;
  const signal = given && AbortSignal.any([given]);
  // Every host adds several listeners, which Node would report as a leak.
  if (signal !== undefined) setMaxListeners(0, signal);
  const id = randomBytes(6).toString("hex");
  const run: Run = { plan, id, progress: onProgress ?? (() => undefined), signal, command };
  const visits = plan.hosts.map((host) => {
    const access = hosts.find(({ name }) => name === host.name)?.ssh;
    return new HostVisit(host, access, run);
  });
  const isWanted = (area: CheckArea) => area === "ssh" || areas.includes(area);
  try {
    run.progress(`connecting to ${plan.hosts.length} hosts`);
    await allDone(visits.map((visit) => visit.open()));
    const open = visits.filter((visit) => visit.isOpen);
    run.progress("inspecting kernel, runtime, pod network and routes");
    await allDone(open.map((visit) => visit.look()));
    addTo(open, compareHosts(open.flatMap(({ about }) => (about === undefined ? [] : [about]))));
    if (clusterAreas.some(isWanted)) await checkCluster(open, run, isWanted);
    if (podAreas.some(isWanted)) await checkPods(visits, open, run);
    signal?.throwIfAborted();
  } finally {
    run.progress("taking the probe pods away");
    await Promise.all(visits.map((visit) => visit.close()));
  }
  const wanted = checkAreas.filter(isWanted);
  return visits.flatMap(({ checks }) => wanted.flatMap((area) => checks.filter((check) => check.area === area)));
}

/** The areas that need pods over the CRI. */
const podAreas: readonly CheckArea[] = ["cri", "cni", "pods"];

/** Checks the cluster, where there is one, while its kubelets run: those pods are the cluster's own. */
async function checkCluster(
  open: readonly HostVisit[],
  { plan, id, progress, signal }: Run,
  isWanted: (area: CheckArea) => boolean,
): Promise<void> {
  if (plan.cluster === undefined) return;
  const parts = open.flatMap(({ part }) => (part === undefined ? [] : [part]));
  // What a host did not report is a row of the first one, which is as good as any.
  await open[0]?.area("pki", () => {
    addTo(open, compareHostParts(parts));
    return Promise.resolve([]);
  });
  const controller = open.find(({ host }) => host.role === "controller");
  if (controller === undefined) return;
  progress("using the cluster");
  await new ClusterRound(plan, plan.cluster, id, controller, open, signal, isWanted).check();
}

async function checkPods(visits: readonly HostVisit[], open: readonly HostVisit[], { progress }: Run): Promise<void> {
  progress("making pods over the CRI");
  await allDone(open.map((visit) => visit.tryPods()));
  progress("reaching pods across nodes");
  const workers = visits.filter(({ host }) => host.role === "worker");
  const targets = workers.map(({ host, pod }) => ({ host, address: pod?.address }));
  await allDone(open.map((visit) => visit.reach(targets)));
  await explainSilence(open, () => progress("looking for what drops pods' packets"));
}

/** Adds each row to the host that it is about. */
function addTo(visits: readonly HostVisit[], checks: readonly Check[]): void {
  for (const visit of visits) visit.checks.push(...checks.filter(({ host }) => host === visit.host.name));
}
