import { medians } from "./measure";
import type { Part } from "./part";
import { engineVariables } from "./project";
import { renderCluster, renderRound, type ScaleFigures } from "./scaleReport";
import { measureLab } from "./simulatedLab";
import { withState } from "./temporary";

const workers = 50;

/** What a cluster adds to the engine's own work, and to what it keeps: the same lab without and with it. */
export const cluster: Part = {
  summary: `what a cluster adds for the engine with ${workers} workers on simulated hosts (no VMs)`,
  run: ({ say, rounds = 1 }) =>
    withState("cluster", 20 + 40 * rounds, async (state) => {
      const env = await engineVariables(state);
      const measured: Record<"without" | "with", ScaleFigures[]> = { without: [], with: [] };
      for (let round = 1; round <= rounds; round += 1)
        for (const kind of ["without", "with"] as const) {
          say(`round ${round} of ${rounds}: ${workers} workers ${kind} a cluster`);
          const size = { nodes: workers + 1, config: { "hardway:cluster": kind === "with" } };
          const figures = await measureLab(state, env, size, `${kind}-${round}`);
          say(renderRound(figures));
          measured[kind].push(figures);
        }
      const figures = { without: medians(measured.without), with: medians(measured.with) };
      return { figures, text: renderCluster(figures) };
    }),
};
