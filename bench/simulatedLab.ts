import { join } from "node:path";
import type { TestState } from "../tests/support/hardwayCli";
import { timed } from "./measure";
import { Project, resourcesIn, stackConfig, type ExportedResource, type StackConfig } from "./project";
import type { ScaleFigures } from "./scaleReport";
import { benchKey, SimulatedCloud } from "./simulatedCloud";

/** What is built on simulated hosts. */
export interface LabSize {
  /** One of them is the server. */
  readonly nodes: number;
  /** Configuration besides. */
  readonly config?: StackConfig;
}

/** The figures of one lab of the stack file `dev` on hosts that answer at once. @param env from `engineVariables` */
export async function measureLab(
  state: TestState,
  env: NodeJS.ProcessEnv,
  size: LabSize,
  stack: string,
): Promise<ScaleFigures> {
  // The engine writes the whole state again and again, so that time grows with the square of the nodes whatever the program does.
  const unsaved = { ...env, PULUMI_SKIP_CHECKPOINTS: "true" };
  const unsavedUpSeconds = await withLab(state, unsaved, size, `${stack}-unsaved`, ({ up }) => timed(up));
  return withLab(state, env, size, stack, async ({ cloud, project, up }) => {
    const upSeconds = await timed(up);
    const connections = cloud.logins;
    const exported = await project.export();
    const resources = resourcesIn(exported);
    const commands = resources.filter(({ type }) => type === "command:remote:Command").length;
    if (commands < size.nodes) throw new Error(`The program made ${commands} steps for ${size.nodes} hosts`);
    return {
      nodes: size.nodes,
      resources: resources.length,
      commands,
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
  { nodes, config: more }: LabSize,
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
      ...more,
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
