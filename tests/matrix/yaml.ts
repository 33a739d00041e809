import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { expect } from "chai";
import { stringify } from "yaml";
import { TestEngine } from "../providers/engine";
import { languageTools } from "../support/languageTools";

const plugin = join(__dirname, "../../plugin");

/** What a program in YAML is made of, as far as tests say it. */
export interface YamlProgram {
  readonly resources: object;
  readonly config?: object;
  readonly outputs?: object;
}

/** An engine that runs programs in YAML too. */
export async function yamlEngine(): Promise<TestEngine> {
  const { yamlHost } = await languageTools();
  const engine = await TestEngine.start();
  // Else it has no --event-log.
  engine.env.PULUMI_DEBUG_COMMANDS = "true";
  const host = join(engine.env.PULUMI_HOME ?? "", "plugins", "language-yaml-v1.38.3");
  mkdirSync(host);
  symlinkSync(yamlHost, join(host, "pulumi-language-yaml"));
  return engine;
}

/** A project in YAML with a stack of its own. */
export class YamlProject {
  readonly folder: string;

  private constructor(
    private readonly engine: TestEngine,
    /** Also of its stack. */
    readonly name: string,
  ) {
    this.folder = join(engine.directory, name);
  }

  static async make(engine: TestEngine, name: string, program: YamlProgram): Promise<YamlProject> {
    const project = new YamlProject(engine, name);
    mkdirSync(project.folder);
    const plugins = { providers: [{ name: "hardway", path: plugin }] };
    const text = stringify({ name: "project", runtime: "yaml", plugins, ...program }, { aliasDuplicateObjects: false });
    writeFileSync(join(project.folder, "Pulumi.yaml"), text);
    await project.succeed("stack", "init", name);
    return project;
  }

  run(...args: string[]) {
    return this.engine.run(this.folder, ...args);
  }

  succeed(...args: string[]) {
    return this.engine.succeed(this.folder, ...args);
  }

  events(...args: string[]): Promise<EngineEvent[]> {
    return eventsOf(this.engine, this.folder, ...args);
  }
}

/** What the engine notes of a command in a project, which has to succeed. */
export async function eventsOf(engine: TestEngine, folder: string, ...args: string[]): Promise<EngineEvent[]> {
  const log = join(folder, "events.json");
  await engine.succeed(folder, ...args, "--event-log", log);
  const lines = readFileSync(log, "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as EngineEvent);
}

/** The remote commands that a program in TypeScript would run, as a new stack of that name. */
export async function commandsFromTypeScript(engine: TestEngine, stack: string, program: () => void) {
  const written = await engine.stack(stack);
  const { error, events } = await written.preview(() => Promise.resolve(program()));
  expect(error).to.equal(undefined);
  return commandsOf(events, stack);
}

/** Inputs of the remote commands of a run by URN, without the name of the stack. */
export function commandsOf(events: readonly EngineEvent[], stack: string): Record<string, unknown> {
  const metadata = events.flatMap(({ resourcePreEvent }) => resourcePreEvent?.metadata ?? []);
  return Object.fromEntries(
    metadata
      .filter(({ type }) => type === "command:remote:Command")
      .map(({ urn, new: made }) => [urn.replace(`urn:pulumi:${stack}::`, ""), made?.inputs] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
