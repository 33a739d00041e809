/** Those that make a host ready for a cluster; a controller has the first and the last. */
export const nodeStepNames = ["kernel", "store", "runtime", "cni", "routes"] as const;

/**
 * Those of a cluster, on hosts that are ready for it: the first two on controllers, the next three on workers, of which
 * api-balancer only with several controllers, the last on one controller.
 */
export const clusterStepNames = ["etcd", "control-plane", "api-balancer", "kubelet", "kube-proxy", "cluster"] as const;

/** The steps that change a host, in the order in which it goes through them; also part of their resources' names. */
export const stepNames = [...nodeStepNames, ...clusterStepNames] as const;

export type StepName = (typeof stepNames)[number];

/**
 * How often steps were asked to run again: by host for all of its steps, and by `HOST/STEP` for one of them. Only a
 * change of a number counts.
 */
export type RunAgain = Readonly<Record<string, number>>;

/** Both counts of a step in one number that is another one whenever one of them grows. */
export function runAgainOf(counts: RunAgain, host: string, step: StepName): number {
  return (counts[host] ?? 0) + (counts[`${host}/${step}`] ?? 0);
}

/** The same counts with these steps asked for once more. */
export function askAgain(
  counts: RunAgain,
  steps: readonly { readonly host: string; readonly step: StepName }[],
): RunAgain {
  const keys = steps.map(({ host, step }) => `${host}/${step}`);
  return { ...counts, ...Object.fromEntries(keys.map((key) => [key, (counts[key] ?? 0) + 1])) };
}
