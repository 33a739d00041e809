import { spawn } from "node:child_process";
import { accessSync, constants, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  LocalWorkspace,
  PulumiCommand,
  type EngineEvent,
  type OutputMap,
  type PreviewOptions,
  type PulumiFn,
  Stack,
  type UpOptions,
} from "@pulumi/pulumi/automation";
import { expect } from "chai";
import { installPlugins } from "../../providers/install";

/**
 * Directory of the `pulumi` that the tests run: HARDWAY_TEST_PULUMI, or where it is on PATH.
 * @throws Error when there is none: the tests are worth nothing without the real engine
 */
export function pulumiDirectory(): string {
  const candidates =
    process.env.HARDWAY_TEST_PULUMI?.split(path.delimiter) ?? process.env.PATH?.split(path.delimiter) ?? [];
  const found = candidates.find((directory) => isExecutable(path.join(directory, "pulumi")));
  if (found !== undefined) return found;
  const where =
    process.env.HARDWAY_TEST_PULUMI === undefined ? "on PATH" : `in HARDWAY_TEST_PULUMI (${candidates.join()})`;
  throw new Error(`These tests run the real Pulumi engine, and there is no pulumi ${where}. Run them with npm test.`);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface Outcome {
  /** Message of the error, if the operation failed. */
  error?: string;
  /** All that was printed. */
  output: string;
  events: EngineEvent[];
  /** What the program exported, secrets masked. */
  outputs: Record<string, unknown>;
  /** Last operation per resource name: `create`, `update`, `replace`, `same`, `delete`. */
  operations: Record<string, string>;
}

/** What the engine notes of a resource, as far as tests read it. */
interface ResourceState {
  urn: string;
  type: string;
  id: string;
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
}

/** The real engine with our plugins and nothing else, its own home, and a file backend in a temporary folder. */
export class TestEngine {
  private constructor(
    readonly directory: string,
    readonly env: Record<string, string>,
  ) {}

  static async start(): Promise<TestEngine> {
    const bin = pulumiDirectory();
    const directory = mkdtempSync(path.join(tmpdir(), "hardway-engine-"));
    const [home, backend] = ["home", "backend"].map((name) => path.join(directory, name));
    mkdirSync(backend ?? "");
    await installPlugins({ pulumiHome: home ?? "" });
    return new TestEngine(directory, {
      PATH: `${bin}${path.delimiter}${process.env.PATH}`,
      PULUMI_HOME: home ?? "",
      PULUMI_BACKEND_URL: `file://${backend}`,
      PULUMI_CONFIG_PASSPHRASE: "for tests only",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      // A machine's own plugins and warnings about them are none of the tests' business.
      PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
    });
  }

  stop() {
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** A stack whose program is given to each operation. */
  async stack(name: string): Promise<TestStack> {
    const workDir = path.join(this.directory, name);
    mkdirSync(workDir);
    const pulumiCommand = await this.#pulumiCommand();
    const stack = await LocalWorkspace.createStack(
      { stackName: name, projectName: "project", program: async () => {} },
      { workDir, envVars: this.env, pulumiHome: this.env.PULUMI_HOME, pulumiCommand },
    );
    // After each operation the engine would be started three times more to ask for them; the events tell what a test needs.
    Object.assign(stack, { outputs: () => Promise.resolve({}), info: () => Promise.resolve(undefined) });
    return new TestStack(stack);
  }

  async #pulumiCommand() {
    const saved = process.env.PATH;
    process.env.PATH = this.env.PATH;
    try {
      return await PulumiCommand.get();
    } finally {
      process.env.PATH = saved;
    }
  }

  /** Every byte of the backend: stacks, history, backups. */
  backendText(): string {
    const root = path.join(this.directory, "backend");
    return readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), "latin1"))
      .join("\n");
  }

  /** Runs the command line, without a terminal. */
  run(cwd: string, ...args: string[]): Promise<{ code: number | null; output: string }> {
    return this.runUntil(cwd, args, () => false);
  }

  /** Runs the command line, which has to succeed. Gives what it prints. */
  async succeed(cwd: string, ...args: string[]): Promise<string> {
    const { code, output } = await this.run(cwd, ...args);
    expect(code, output).to.equal(0);
    return output;
  }

  /** @param interrupt called with all output so far; true presses Ctrl-C, once */
  async runUntil(cwd: string, args: string[], interrupt: (output: string) => boolean) {
    const child = spawn("pulumi", [...args, "--non-interactive", "--color=never"], {
      cwd,
      env: { ...process.env, ...this.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    let interrupted = false;
    const collect = (chunk: Buffer) => {
      output += chunk.toString();
      if (!interrupted && interrupt(output)) interrupted = child.kill("SIGINT");
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
    return { code, output };
  }
}

export class TestStack {
  constructor(readonly stack: Stack) {}

  preview(program: PulumiFn, options: PreviewOptions = {}) {
    return this.#operate((onEvent, onOutput) => this.stack.preview({ ...options, program, onEvent, onOutput }));
  }

  /** @param interrupt called after each event; true presses Ctrl-C */
  up(program: PulumiFn, interrupt: (events: EngineEvent[]) => boolean = () => false, options: UpOptions = {}) {
    const control = new AbortController();
    const { signal } = control;
    return this.#operate(
      (onEvent, onOutput) => this.stack.up({ ...options, program, onEvent, onOutput, signal }),
      (events) => interrupt(events) && control.abort(),
    );
  }

  destroy() {
    return this.#operate((onEvent, onOutput) => this.stack.destroy({ onEvent, onOutput }));
  }

  /** What the program exported, secrets in the clear. */
  outputs(): Promise<OutputMap> {
    return Stack.prototype.outputs.call(this.stack);
  }

  /** Resource states by name. */
  async state(): Promise<Record<string, ResourceState>> {
    const { deployment } = (await this.stack.exportStack()) as { deployment: { resources: ResourceState[] } };
    return Object.fromEntries(deployment.resources.map((each) => [nameOf(each.urn), each]));
  }

  async #operate(
    operation: (onEvent: (event: EngineEvent) => void, onOutput: (text: string) => void) => Promise<unknown>,
    afterEvent?: (events: EngineEvent[]) => void,
  ): Promise<Outcome> {
    const outcome: Outcome = { output: "", events: [], outputs: {}, operations: {} };
    const onEvent = (event: EngineEvent) => {
      outcome.events.push(event);
      const metadata = event.resourcePreEvent?.metadata;
      if (metadata && !metadata.type.startsWith("pulumi:")) outcome.operations[nameOf(metadata.urn)] = metadata.op;
      const made = event.resOutputsEvent?.metadata;
      if (made?.type === "pulumi:pulumi:Stack") outcome.outputs = made.new?.outputs ?? {};
      afterEvent?.(outcome.events);
    };
    try {
      await operation(onEvent, (text) => (outcome.output += text));
    } catch (error) {
      outcome.error = (error as Error).message;
    }
    return outcome;
  }
}

function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** Messages that the engine showed at a severity. */
export function diagnostics(events: EngineEvent[], severity: "warning" | "error" | "info"): string[] {
  return events.flatMap(({ diagnosticEvent }) =>
    diagnosticEvent?.severity === severity ? [diagnosticEvent.message] : [],
  );
}
