import { ExitCode } from "../errors";
import { makeFolder } from "../files";
import pc from "picocolors";
import type { Colors } from "picocolors/types";
import { Interrupt } from "../interrupt";
import { lockOrThrow } from "../lock";
import { cacheDirectory, labPaths, repositoryRoot, stateDirectory, type LabPaths } from "../paths";
import { LiveRenderer } from "../progress/live";
import { PlainRenderer } from "../progress/plain";
import { Progress } from "../progress/progress";
import { choosePlugins } from "../settings/plugins";
import { readSettings, type LabSettings, type PluginChoice } from "../settings/settings";

/** The options that every command takes. */
export interface GlobalOptions {
  readonly lab: string;
  readonly json?: boolean;
  readonly yes?: boolean;
  readonly plugins?: PluginChoice;
  /** False with --no-color. */
  readonly color: boolean;
}

/** A lab: where its things are, and how it is configured. */
export class Lab {
  readonly paths: LabPaths;
  readonly state = stateDirectory();
  readonly cache = cacheDirectory();
  #settings: LabSettings | undefined;

  constructor(readonly options: GlobalOptions) {
    this.paths = labPaths(options.lab, this.state);
  }

  /** Read once. @throws UserError (exit 78), see `readSettings` */
  get settings(): LabSettings {
    return (this.#settings ??= readSettings(repositoryRoot, this.paths));
  }

  get plugins(): PluginChoice {
    return choosePlugins({ asked: this.options.plugins, kind: this.settings.kind });
  }
}

/** What a command works with: its lab, and its output to the user. */
export class Context extends Lab {
  readonly colors: Colors;
  readonly progress: Progress;
  readonly interrupt: Interrupt;

  /** @param resultOnly whether stdout is for the result alone, as with --json; progress then goes to stderr. */
  constructor(options: GlobalOptions, resultOnly = options.json === true) {
    super(options);
    // picocolors itself knows NO_COLOR, FORCE_COLOR and whether stdout is a terminal.
    this.colors = pc.createColors(options.color && pc.isColorSupported);
    const stream = resultOnly ? process.stderr : process.stdout;
    const live = stream.isTTY && process.env["TERM"] !== "dumb";
    this.progress = new Progress(
      live
        ? new LiveRenderer(stream, pc.createColors(options.color && !process.env["NO_COLOR"]))
        : new PlainRenderer((text) => stream.write(text)),
    );
    this.interrupt = new Interrupt((text) => this.progress.note(text));
  }

  /** Creates the lab's folder, which other users cannot read. */
  makeLabDirectory(): void {
    makeFolder(this.paths.directory, 0o700);
  }

  /** Holds the lab for this process while `action` runs. @throws UserError (exit 75) when another process holds it. */
  async withLock<T>(purpose: string, action: () => Promise<T>): Promise<T> {
    // Problems of the configuration are reported first.
    void this.settings;
    const lock = lockOrThrow(this.paths.lock, purpose, `Lab "${this.paths.name}"`);
    try {
      return await action();
    } finally {
      lock.release();
    }
  }

  /** Leaves terminal and signals to what this process starts next. */
  release(): void {
    this.progress.close();
    this.interrupt.release();
  }

  print(text: string): void {
    process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
  }

  printJson(value: unknown): void {
    this.print(JSON.stringify(value, null, 2));
  }

  /** Ends a command: prints its result, as JSON with --json, and returns its exit code. */
  finish(json: unknown, text: () => string, exitCode: number = ExitCode.ok): number {
    this.progress.close();
    if (this.options.json) this.printJson(json);
    else this.print(text());
    return exitCode;
  }
}
