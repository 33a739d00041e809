import type { EngineEvent, Stack } from "@pulumi/pulumi/automation";
import { ExitCode, InterruptedError, UserError } from "../errors";
import type { Interrupt } from "../interrupt";
import type { LabPaths } from "../paths";
import type { PhaseReport } from "../progress/progress";
import { ec2Client } from "./ec2Client";
import type { AwsPluginSettings } from "../settings/settings";
import { saveLastRun } from "./lastRun";
import type { PulumiEngine } from "../toolchain/pulumiEngine";
import { rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { writeWhole } from "../files";
import { automationStack } from "./automationStack";
import { movedProviders, withProviders } from "./awsProviders";
import { backendLocks } from "./backendLocks";
import { builtStack, type BuiltStack } from "./builtStack";
import { cutOffCreates, removeCutOff } from "./cutOffCreates";
import { certificateExpiryOf, machineUrns, revisionOf, type CertificateExpiry, type Deployment } from "./deployment";
import { engineCommand, type EngineCommand } from "./engineCommand";
import { EngineEvents, type ResourceError, type Summary } from "./engineEvents";
import { engineFailure } from "./engineFailure";
import { backendFolder, pruneBackups } from "./fileBackend";
import { madeMachines, type MadeMachines } from "./madeMachines";
import { PlannedChanges, type PlannedChange } from "./plannedChanges";
import { PolicyFindings, type PolicyVerdict } from "./policyFindings";
import { RunLog } from "./runLog";
import { sentScripts, type SentScript } from "./sentScripts";
import { projectName, writeWorkspace } from "./workspaceFiles";

export interface LabStackOptions {
  readonly paths: LabPaths;
  /** The checkout: its Pulumi.yaml, stack files and index.ts. */
  readonly root: string;
  readonly engine: PulumiEngine;
  /** From `engineEnvironment`. */
  readonly env: Readonly<Record<string, string>>;
  readonly interrupt: Interrupt;
  /** The command, for the name of the log. */
  readonly command: string;
  /** URL of the embedded EC2, for a lab that is built on it. */
  readonly endpoint?: string;
  /** How the stack reaches EC2. The embedded one's keys are in `env` too, where the engine finds them. */
  readonly aws?: AwsPluginSettings;
}

export interface StackResult extends BuiltStack {
  readonly summary: Summary;
}

export interface StackPreview {
  readonly summary: Summary;
  readonly changes: readonly PlannedChange[];
  readonly components: readonly PlannedChange[];
  /** The program's outputs, as far as they are known before anything is made. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Undefined without a policy pack. */
  readonly policies?: PolicyVerdict;
}

interface PreviewRequest {
  /** Folder of a policy pack to check the stack with. */
  readonly policyPack?: string;
}

export interface UpRequest {
  readonly refresh: boolean;
  readonly continueOnError?: boolean;
  readonly replace?: readonly string[];
}

type OnEvent = (event: EngineEvent) => void;
type Operation = "up" | "preview" | "destroy" | "refresh";

/** A lab's stack, driven through the Automation API. */
export class LabStack {
  private constructor(
    private readonly options: LabStackOptions,
    private readonly stack: Stack,
    private readonly log: RunLog,
    private readonly command: EngineCommand,
  ) {}

  /** The lab's stack; it is created when it does not exist. */
  static async open(options: LabStackOptions): Promise<LabStack> {
    const { paths, root, env, interrupt } = options;
    const log = new RunLog(paths.logs, options.command);
    writeWorkspace(paths, root, options.endpoint);
    try {
      const command = engineCommand({ engine: options.engine, interrupt, log: log.write });
      return new LabStack(options, await automationStack(paths, env, command), log, command);
    } catch (error) {
      throw engineFailure(error, [], log, options);
    }
  }

  /**
   * Cleans up after a killed run, before `up` or `destroy`: removes its lock, and operations that it had begun. The
   * latter are forgotten and done again: every step on a host can be repeated, and what EC2 was creating is removed. In
   * the state of a stack on the embedded EC2, the address becomes the present one.
   *
   * @returns when certificates end, which is known from the same state
   * @throws UserError while another engine changes the stack, or when it was made on another EC2
   */
  async tidyUp(report: PhaseReport): Promise<CertificateExpiry> {
    const { paths, root, env } = this.options;
    const backend = env["PULUMI_BACKEND_URL"] ?? process.env["PULUMI_BACKEND_URL"];
    const locks = backendLocks(backend, projectName(root), paths.name);
    const held = locks.find((lock) => !lock.stale);
    if (held) {
      throw new UserError(
        `Stack "${paths.name}" is being changed by a Pulumi engine (pid ${held.pid} on ${held.hostname}) since ${held.timestamp}; ` +
          `try again when it is done` +
          (held.hostname === hostname() ? "." : `, or remove ${held.file} if that computer or container is no more.`),
        ExitCode.busy,
      );
    }
    if (locks.length > 0) {
      report.text(
        `taking over the lock that a dead engine left (pid ${locks.map((lock) => lock.pid || "unknown").join(", ")})`,
      );
      await this.stack.cancel();
    }
    const deployment = await this.atItsPlace(await this.deployment(), report);
    const expiry = certificateExpiryOf(deployment);
    const pending = deployment.pending_operations?.length ?? 0;
    if (pending === 0) return expiry;
    if (cutOffCreates(deployment).length > 0) await this.removeCutOff(deployment, report);
    report.text(`clearing ${pending} operations that an interrupted run had begun`);
    await this.operate("refresh", report, (onEvent) =>
      this.stack.refresh({ onEvent, color: "never", clearPendingCreates: true }),
    );
    return expiry;
  }

  /** Puts the embedded EC2's present address into the stack's state, for engines that others run. */
  async relocate(report: PhaseReport): Promise<void> {
    await this.atItsPlace(await this.deployment(), report);
  }

  /**
   * @param refresh whether to read the resources first, so that manual changes are repaired
   * @param continueOnError whether to continue with other resources when one fails
   * @param replace nodes whose machines are replaced, and prepared from scratch
   */
  async up(report: PhaseReport, { refresh, continueOnError = false, replace = [] }: UpRequest): Promise<StackResult> {
    const urns = replace.length > 0 ? machineUrns(await this.deployment(), replace) : [];
    const { summary, value } = await this.operate("up", report, (onEvent) =>
      this.stack.up({ onEvent, color: "never", refresh, continueOnError, ...(urns.length > 0 && { replace: urns }) }),
    );
    return { summary, ...builtStack(value.outputs) };
  }

  /** What `up` would do, and which rules it would break; a broken rule is no failure of the preview itself. */
  async preview(report: PhaseReport, { policyPack }: PreviewRequest = {}): Promise<StackPreview> {
    const planned = new PlannedChanges();
    const policies = new PolicyFindings();
    const { summary } = await this.operate("preview", report, async (onEvent, errors) => {
      try {
        await this.stack.preview({
          onEvent: (event) => {
            planned.handle(event);
            policies.handle(event);
            onEvent(event);
          },
          color: "never",
          ...(policyPack !== undefined && { policyPacks: [policyPack] }),
        });
      } catch (error) {
        if (this.options.interrupt.signal.aborted || !policies.isBroken || errors().length > 0) throw error;
      }
    });
    return {
      ...{ summary, changes: planned.changes, components: planned.components, outputs: planned.outputs },
      ...(policyPack !== undefined && { policies: policies.verdict }),
    };
  }

  async destroy(report: PhaseReport): Promise<Summary> {
    const destroy = (onEvent: OnEvent) => this.stack.destroy({ onEvent, color: "never" });
    return (await this.operate("destroy", report, destroy)).summary;
  }

  /** Removes the stack itself, once it has no resources. */
  async remove(): Promise<void> {
    await this.ask(() => this.stack.workspace.removeStack(this.options.paths.name));
  }

  async built(): Promise<BuiltStack> {
    return builtStack(await this.ask(() => this.stack.outputs()));
  }

  /** See `madeMachines`. */
  async machines(): Promise<MadeMachines | undefined> {
    return madeMachines(await this.deployment());
  }

  /** See `sentScripts`. */
  async scripts(): Promise<SentScript[]> {
    return sentScripts((await this.ask(() => this.encryptedState())).deployment);
  }

  /** See `revisionOf`. */
  async revision(): Promise<string> {
    return revisionOf(await this.deployment());
  }

  /** The configuration as the program sees it, with secrets decrypted; all values are strings, as in `pulumi config`. */
  async config(): Promise<Record<string, string>> {
    const all = await this.stack.getAllConfig();
    return Object.fromEntries(Object.entries(all).map(([key, { value }]) => [key, value]));
  }

  /** See `movedProviders`. */
  private async atItsPlace(deployment: Deployment, report: PhaseReport): Promise<Deployment> {
    const { paths, endpoint, aws = {}, env } = this.options;
    const moved = movedProviders(deployment, { endpoint: endpoint ?? aws.endpoint }, paths.name);
    if (moved.size === 0) return deployment;
    report.text("telling the stack how to reach the embedded EC2 now");
    const file = join(paths.workspace, "moved.json");
    try {
      await this.ask(async () => {
        const state = await this.encryptedState();
        writeWhole(file, JSON.stringify({ ...state, deployment: withProviders(state.deployment, moved) }));
        await this.command.run(["stack", "import", "--file", file, "--stack", paths.name], paths.workspace, env);
      });
    } finally {
      rmSync(file, { force: true });
    }
    return withProviders(deployment, moved);
  }

  /** With its secrets encrypted. The Automation API exports them in plain text, through a file in the shared temporary folder. */
  private async encryptedState(): Promise<{ readonly deployment: Deployment }> {
    const { paths, env } = this.options;
    const { stdout } = await this.command.run(["stack", "export", "--stack", paths.name], paths.workspace, env);
    return JSON.parse(stdout) as { deployment: Deployment };
  }

  /** The state with its secrets in plain text: it must never reach a log or a file. */
  private async deployment(): Promise<Deployment> {
    const state: { deployment?: Deployment } = await this.ask(() => this.stack.exportStack());
    return state.deployment ?? {};
  }

  /** @throws one message instead of all that the engine printed; see `engineFailure` */
  private async ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      throw engineFailure(error, [], this.log, this.options);
    }
  }

  private async removeCutOff(deployment: Deployment, report: PhaseReport): Promise<void> {
    const { aws = {}, interrupt } = this.options;
    report.text("looking for what an interrupted run was making");
    const client = ec2Client(aws);
    try {
      await removeCutOff(client, deployment, interrupt.signal, (what, id) =>
        report.text(`removed ${what} (${id}), which an interrupted run was making`),
      );
    } catch (error) {
      if (interrupt.signal.aborted) throw new InterruptedError();
      throw new UserError(`Cannot remove what an interrupted run was making on EC2: ${(error as Error).message}`);
    } finally {
      client.destroy();
    }
  }

  private async operate<T>(
    operation: Operation,
    report: PhaseReport,
    action: (onEvent: OnEvent, errors: () => readonly ResourceError[]) => Promise<T>,
  ): Promise<{ summary: Summary; value: T }> {
    const { paths, root, env, interrupt } = this.options;
    const events = new EngineEvents(report);
    const save = (result: "succeeded" | "failed" | "interrupted") => {
      if (operation === "preview") return;
      saveLastRun(paths, { command: this.options.command, result, summary: { ...events.summary } });
      // In our own backend alone, which `env` names; one that the user has set is the user's.
      const folder = backendFolder(env["PULUMI_BACKEND_URL"]);
      if (folder !== undefined) pruneBackups(folder, projectName(root), paths.name);
    };
    interrupt.throwIfInterrupted();
    let value: T;
    try {
      value = await action(events.handle, () => events.errors);
    } catch (error) {
      save(interrupt.signal.aborted ? "interrupted" : "failed");
      throw engineFailure(error, events.errors, this.log, this.options);
    }
    save("succeeded");
    return { summary: events.summary, value };
  }
}
