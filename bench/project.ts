import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { repository, type TestState } from "../tests/support/hardwayCli";

/** Values of a stack file, with their namespaces. */
export type StackConfig = Readonly<Record<string, unknown>>;

interface CommandLines {
  readonly create?: string;
  readonly delete?: string;
}

/** What an exported stack says of a resource. */
export interface ExportedResource {
  readonly urn: string;
  readonly type: string;
  readonly inputs?: CommandLines;
  readonly outputs?: CommandLines;
}

/** This checkout's program as a Pulumi project of its own, run by the engine itself. */
export class Project {
  private constructor(
    private readonly state: TestState,
    private readonly folder: string,
    private readonly stack: string,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  /** @param env from `engineVariables` */
  static async create(state: TestState, stack: string, config: StackConfig, env: NodeJS.ProcessEnv): Promise<Project> {
    const folder = join(state.directory, stack);
    mkdirSync(folder);
    const project = readYaml("Pulumi.yaml");
    writeFileSync(join(folder, "Pulumi.yaml"), stringify({ ...project, main: repository }));
    writeFileSync(join(folder, `Pulumi.${stack}.yaml`), stringify({ config }));
    const made = new Project(state, folder, stack, env);
    await made.pulumi("stack", "init", stack);
    return made;
  }

  /** Runs the engine to its end. @throws with its output when it fails */
  async pulumi(...args: string[]): Promise<string> {
    const env = { ...this.env, PULUMI_STACK: this.stack };
    const { code, stdout, stderr } = await this.state.run("pulumi", [...args, "--non-interactive"], this.folder, env);
    if (code !== 0) throw new Error(`pulumi ${args.join(" ")} ended with ${code}:\n${stdout}${stderr}`);
    return stdout;
  }

  /** The stack's state as text. */
  export(): Promise<string> {
    return this.pulumi("stack", "export");
  }
}

/** What the engine needs in its environment, with our own plugins. */
export async function engineVariables(state: TestState): Promise<NodeJS.ProcessEnv> {
  const { code, stdout, stderr } = await state.hardway("env", "--json", "--plugins", "bundled");
  if (code !== 0) throw new Error(`hardway env ended with ${code}:\n${stderr}`);
  const variables = JSON.parse(stdout) as NodeJS.ProcessEnv;
  // It names the stack file of a lab that is not ours.
  delete variables["PULUMI_OPTION_CONFIG_FILE"];
  return variables;
}

/** The configuration of a stack file in the checkout. */
export function stackConfig(stack: string): StackConfig {
  return readYaml(`Pulumi.${stack}.yaml`)["config"] as StackConfig;
}

export function resourcesIn(exported: string): ExportedResource[] {
  const { deployment } = JSON.parse(exported) as { deployment: { resources?: ExportedResource[] } };
  return deployment.resources ?? [];
}

function readYaml(name: string): Record<string, unknown> {
  return parse(readFileSync(join(repository, name), "utf8")) as Record<string, unknown>;
}
