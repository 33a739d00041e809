import { join } from "node:path";
import type { TestState } from "../tests/support/hardwayCli";
import { medians, timed } from "./measure";
import type { Part } from "./part";
import { engineVariables, Project, resourcesIn, stackConfig, type ExportedResource } from "./project";
import { renderRound, renderScale, type ScaleFigures } from "./scaleReport";
import { benchKey, SimulatedCloud } from "./simulatedCloud";
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
          const figures = await measure(state, env, nodes, `nodes-${nodes}-${round}`);
          say(renderRound(figures));
          all.push(figures);
        }
      const figures = sizes.map((nodes) => medians(all.filter((one) => one.nodes === nodes)));
      return { figures, text: renderScale(figures) };
    }),
};

async function measure(state: TestState, env: NodeJS.ProcessEnv, nodes: number, stack: string): Promise<ScaleFigures> {
  // The engine writes the whole state again and again, so that time grows with the square of the nodes whatever the program does.
  const unsaved = { ...env, PULUMI_SKIP_CHECKPOINTS: "true" };
  const unsavedUpSeconds = await withLab(state, unsaved, nodes, `${stack}-unsaved`, ({ up }) => timed(up));
  return withLab(state, env, nodes, stack, async ({ cloud, project, up }) => {
    const upSeconds = await timed(up);
    const connections = cloud.logins;
    const exported = await project.export();
    const resources = resourcesIn(exported);
    return {
      nodes,
      resources: resources.length,
      commands: resources.filter(({ type }) => type === "command:remote:Command").length,
      connections,
      stateKiB: exported.length / 1024,
      scriptKiB: scriptBytes(resources) / 1024,
      upSeconds,
      unsavedUpSeconds,
      noopUpSeconds: await timed(() => up("--expect-no-changes")),
      previewSeconds: await timed(() => project.pulumi("preview", "--expect-no-changes")),
    };
  });
}

interface SimulatedLab {
  readonly cloud: SimulatedCloud;
  readonly project: Project;
  /** As `./hardway up` does it. */
  readonly up: (...more: string[]) => Promise<string>;
}

/** A project for a lab that is not built yet, in a cloud of its own. */
async function withLab<T>(
  state: TestState,
  env: NodeJS.ProcessEnv,
  nodes: number,
  stack: string,
  action: (lab: SimulatedLab) => Promise<T>,
): Promise<T> {
  const cloud = await SimulatedCloud.start(join(state.directory, `${stack}.ec2.json`));
  try {
    const config = {
      ...stackConfig("dev"),
      "aws:endpoints": [{ ec2: cloud.url, sts: cloud.url }],
      "hardway:sshPort": cloud.sshPort,
      "hardway:workers": nodes - 1,
    };
    const keys = { AWS_ACCESS_KEY_ID: benchKey.accessKeyId, AWS_SECRET_ACCESS_KEY: benchKey.secretAccessKey };
    const project = await Project.create(state, stack, config, { ...env, ...keys });
    const up = (...more: string[]) => project.pulumi("up", "--yes", "--skip-preview", "--refresh", ...more);
    return await action({ cloud, project, up });
  } finally {
    await cloud.stop();
  }
}

/** Size of the steps' scripts in the exported stack, in which a resource's inputs are repeated among its outputs. */
function scriptBytes(resources: readonly ExportedResource[]): number {
  const texts = resources.flatMap(({ inputs, outputs }) =>
    [inputs, outputs].flatMap((held) => [held?.create, held?.delete]),
  );
  return texts.reduce((sum, text) => sum + (text === undefined ? 0 : JSON.stringify(text).length), 0);
}
