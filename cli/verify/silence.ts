import type { HostVisit } from "./hostVisit";
import type { Check } from "./types";

/** What of a visit is looked at. */
export type Visited = Pick<HostVisit, "host" | "checks" | "firewall">;

/**
 * Says in rows of pods that got no answer who drops pods' packets on the nodes that these name. Workers are asked only where
 * there are such rows; one that cannot say adds nothing.
 */
export async function explainSilence(visits: readonly Visited[], onBegin: () => void): Promise<void> {
  if (!visits.some(({ checks }) => checks.some(isSilent))) return;
  onBegin();
  const workers = visits.filter(({ host }) => host.role === "worker");
  const found = await Promise.all(
    workers.map(async (visit) => [visit.host.name, await visit.firewall().catch(() => undefined)] as const),
  );
  for (const { checks } of visits)
    for (const [index, check] of checks.entries()) {
      if (!isSilent(check)) continue;
      const reasons = found.flatMap(([name, firewall]) =>
        firewall !== undefined && concerns(check, name) ? [`on ${name}, ${firewall}`] : [],
      );
      checks[index] = { ...check, observed: [check.observed, ...reasons].join("; ") };
    }
}

function isSilent({ area, ok, observed }: Check): boolean {
  return area === "pods" && !ok && !observed.startsWith("not tried");
}

function concerns({ host, check }: Check, node: string): boolean {
  return host === node || check.split(/[\s,]+/).includes(node);
}
