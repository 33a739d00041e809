import type { NodeRuntime } from "../completeLab";
import type { RuntimeSettings } from "../node/runtime/runtimeSettings";
import { runtimeOf, settingProblems, withDefaults } from "../node/runtime/runtimes";
import { isStoreSnapshotter } from "../node/runtime/snapshotters";
import { withDefaultMirror, type DefaultMirror, type MirrorSums } from "./defaultMirror";
import { didYouMean, repeated, type Problem } from "./problems";
import type { NodeValues, RuntimeValues } from "./runtimeSchema";

/** The mirrors that are known, with the lists of their checksums. */
export interface Mirrors {
  readonly sums: MirrorSums;
  readonly defaultMirror?: DefaultMirror;
}

/** The lab's values about runtimes, and what single workers have differently. */
export type RuntimeConfig = RuntimeValues & {
  readonly nodes: Readonly<Record<string, NodeValues>>;
  readonly registryCredentials: Readonly<Record<string, unknown>>;
};

/**
 * The runtime of each worker, by name.
 *
 * @param problems everything that a runtime cannot do is added here, and names that are no worker's
 */
export function nodeRuntimes(
  values: RuntimeConfig,
  workers: readonly string[],
  problems: Problem[],
  { sums, defaultMirror }: Mirrors,
): Record<string, NodeRuntime> {
  const hasCredentials = Object.keys(values.registryCredentials).length > 0;
  const complete = (node: NodeValues) => withDefaultMirror(merged(values, node), defaultMirror);
  const settings = (own: RuntimeValues, prefix: string) =>
    withDefaults({
      ...own,
      runtimeMirrorSums: sums.read(`${prefix}runtimeMirrorSums`, own),
      defaultHandler: own.defaultHandler === "" ? undefined : own.defaultHandler,
    });
  const check = (own: RuntimeValues, prefix: string) =>
    runtimeProblems(prefix, own, settings(own, prefix), hasCredentials);
  const labProblems = check(complete({}), "hardway:");
  problems.push(...labProblems);
  const known = new Set(labProblems.map(({ key, rule }) => `${key} ${rule}`));
  for (const [name, node] of Object.entries(values.nodes)) {
    if (!workers.includes(name)) {
      const rule = `is not a worker of this lab${didYouMean(name, workers)}; there are ${workers.join(", ") || "none"}`;
      problems.push({ key: `hardway:nodes.${name}`, rule });
    }
    const own = check(complete(node), `hardway:nodes.${name}.`);
    // What is wrong with the whole lab is said once.
    problems.push(...own.filter(({ key, rule }) => !known.has(`hardway:${key.split(".").at(-1)} ${rule}`)));
  }
  return Object.fromEntries(
    workers.map((name) => {
      const own = complete(values.nodes[name] ?? {});
      return [name, nodeRuntime(own, settings(own, `hardway:nodes.${name}.`))];
    }),
  );
}

function merged(values: RuntimeConfig, node: NodeValues): RuntimeValues {
  const given = Object.fromEntries(Object.entries(node).filter(([, value]) => value !== undefined));
  return { ...values, ...(given as Partial<RuntimeValues>) };
}

function nodeRuntime(values: RuntimeValues, settings: RuntimeSettings): NodeRuntime {
  const { runtime, snapshotter, snapshotterDevice: device, snapshotterGiB: sizeGiB } = values;
  return { kind: runtime, settings, ...(isStoreSnapshotter(snapshotter) ? { store: { device, sizeGiB } } : {}) };
}

function runtimeProblems(
  prefix: string,
  values: RuntimeValues,
  settings: RuntimeSettings,
  hasCredentials: boolean,
): Problem[] {
  const { handlers, snapshotter, snapshotterDevice } = values;
  const problems = settingProblems(runtimeOf(values.runtime), settings, hasCredentials).map(
    ({ setting, ...problem }): Problem => ({ key: `${prefix}${setting}`, ...problem }),
  );
  problems.push(...repeated(`${prefix}handlers`, handlers));
  if (snapshotterDevice !== "" && !isStoreSnapshotter(snapshotter)) {
    const rule = `is of no use: snapshotter ${snapshotter} needs no device of its own`;
    problems.push({ key: `${prefix}snapshotterDevice`, rule, got: snapshotterDevice });
  }
  return problems;
}
