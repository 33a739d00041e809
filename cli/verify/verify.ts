import { randomBytes } from "node:crypto";
import { setMaxListeners } from "node:events";
import type { LabPlan } from "../../components/labPlan";
import { compareHosts } from "./hosts";
import { HostVisit, type Run } from "./hostVisit";
import { explainSilence } from "./silence";
import type { Check, CheckArea, VerifyHost } from "./types";

export interface VerifyOptions {
  readonly plan: LabPlan;
  /** How to reach the plan's hosts, by name; one that is missing here is a row that is not ok. */
  readonly hosts: readonly VerifyHost[];
  /** Called with a short progress message. */
  readonly onProgress?: (text: string) => void;
  readonly signal?: AbortSignal;
}

/** The order in which a host's rows are listed, which is the order in which the host was prepared. */
const areas: readonly CheckArea[] = ["ssh", "host", "kernel", "runtime", "cni", "cri", "routes", "cluster", "pods"];

/**
 * Compares the machines with the plan from outside: one row per check, with what was seen. On each worker it makes a
 * network namespace, a rule and a pod, and removes them again; what a killed verification left is removed by the next.
 * The bridge plugin turns `ip_forward` on for a pod; where it was off, the verification turns it off again. Several may
 * run at the same time.
 *
 * @throws the signal's reason when it is aborted, after the pods were removed; any other failure is a row
 */
export async function verifyLab({ plan, hosts, onProgress, signal: given }: VerifyOptions): Promise<Check[]> {
  const signal = given && AbortSignal.any([given]);
  // Every host adds several listeners, which Node would report as a leak.
  if (signal !== undefined) setMaxListeners(0, signal);
  const run: Run = { plan, id: randomBytes(6).toString("hex"), progress: onProgress ?? (() => undefined), signal };
  const visits = plan.hosts.map((host) => {
    const access = hosts.find(({ name }) => name === host.name)?.ssh;
    return new HostVisit(host, access, run);
  });
  try {
    run.progress(`connecting to ${plan.hosts.length} hosts`);
    await allDone(visits.map((visit) => visit.open()));
    const open = visits.filter((visit) => visit.isOpen);
    run.progress("inspecting kernel, runtime, pod network and routes");
    await allDone(open.map((visit) => visit.inspect()));
    const together = compareHosts(open.flatMap(({ about }) => (about === undefined ? [] : [about])));
    for (const visit of open) visit.checks.push(...together.filter(({ host }) => host === visit.host.name));
    run.progress("reaching pods across nodes");
    const workers = visits.filter(({ host }) => host.role === "worker");
    const targets = workers.map(({ host, pod }) => ({ host, address: pod?.address }));
    await allDone(open.map((visit) => visit.reach(targets)));
    await explainSilence(open, () => run.progress("looking for what drops pods' packets"));
    signal?.throwIfAborted();
  } finally {
    run.progress("taking the probe pods away");
    await Promise.all(visits.map((visit) => visit.close()));
  }
  return visits.flatMap(({ checks }) => areas.flatMap((area) => checks.filter((check) => check.area === area)));
}

/** Unlike Promise.all, it waits until all have ended, so that nothing is running while the pods are removed. */
async function allDone(work: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
