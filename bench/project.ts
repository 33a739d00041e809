import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { repository, type Result, type TestState } from "../tests/support/hardwayCli";

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

/** This checkout's program as a separate Pulumi project, run by the plain engine. */
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
    writeFileSync(
      join(folder, "Pulumi.yaml"),
      stringify({ ...project, main: join(repository, String(project["main"])) }),
    );
    writeFileSync(join(folder, `Pulumi.${stack}.yaml`), stringify({ config }));
    const made = new Project(state, folder, stack, env);
    await made.pulumi("stack", "init", stack);
    return made;
  }

  /** Runs the engine to its end. @throws with its output when it fails */
  async pulumi(...args: string[]): Promise<string> {
    const env = { ...this.env, PULUMI_STACK: this.stack };
    const result = this.state.run("pulumi", [...args, "--non-interactive"], this.folder, env);
    return succeed(result, `pulumi ${args.join(" ")}`);
  }

  /** The stack's state as text. */
  export(): Promise<string> {
    return this.pulumi("stack", "export");
  }
}

/** The engine's environment, with the bundled plugins. */
export async function engineVariables(state: TestState): Promise<NodeJS.ProcessEnv> {
  const printed = await succeed(state.hardway("env", "--json", "--plugins", "bundled"), "hardway env");
  const variables = JSON.parse(printed) as NodeJS.ProcessEnv;
  // It names the stack file of another lab.
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

/** What a program prints. @throws Error with its output when it fails */
export async function succeed(result: Promise<Result>, what: string): Promise<string> {
  const { code, stdout, stderr } = await result;
  if (code !== 0) throw new Error(`${what} ended with ${code}:\n${stdout}${stderr}`);
  return stdout;
}

function readYaml(name: string): Record<string, unknown> {
  return parse(readFileSync(join(repository, name), "utf8")) as Record<string, unknown>;
}
