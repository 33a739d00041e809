import { medians } from "./measure";
import type { Part } from "./part";
import { engineVariables } from "./project";
import { renderRound, renderScale, type ScaleFigures } from "./scaleReport";
import { measureLab } from "./simulatedLab";
import { withState } from "./temporary";

/** One of them is the server. */
const sizes = [3, 10, 30] as const;

/**
 * The real engine, the bundled plugins and the embedded EC2's API with labs of several sizes, whose hosts answer at once: the
 * time that is left is their own.
 */
export const scale: Part = {
  summary: `resources and time with ${sizes.join(", ")} nodes on simulated hosts (no VMs)`,
  run: ({ say, rounds = 1 }) =>
    withState("scale", 10 + 20 * rounds, async (state) => {
      const env = await engineVariables(state);
      const all: ScaleFigures[] = [];
      // In turns, so that the computer's other load affects all sizes alike.
      for (let round = 1; round <= rounds; round += 1)
        for (const nodes of sizes) {
          say(`round ${round} of ${rounds}: ${nodes} nodes`);
          const figures = await measureLab(state, env, { nodes }, `nodes-${nodes}-${round}`);
          say(renderRound(figures));
          all.push(figures);
        }
      const figures = sizes.map((nodes) => medians(all.filter((one) => one.nodes === nodes)));
      return { figures, text: renderScale(figures) };
    }),
};
