import type { HostVisit } from "./hostVisit";
import type { Check } from "./types";

/** The parts of a visit that are used here. */
export type Visited = Pick<HostVisit, "host" | "checks" | "firewall">;

/**
 * Adds to rows of pods that got no answer what drops pods' packets on the nodes that the rows name. Workers are asked only
 * when there are such rows; a worker that cannot answer adds nothing.
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
