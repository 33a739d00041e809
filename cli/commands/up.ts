import type { LabPlan } from "../../components/plan/labPlan";
import type { MachineStatus } from "../../cloud/machines/types";
import { Context, type GlobalOptions } from "../context";
import { describeSummary, hasChanges } from "../engine/engineEvents";
import { planOf, type LabStack, type StackResult } from "../engine/labStack";
import { ExitCode } from "../errors";
import { labHosts, verifyHosts } from "../lab/hosts";
import { renderInventory, writeInventory } from "../lab/inventory";
import { fromCloud, openMachines } from "../lab/machines";
import { machineSpecs } from "../lab/plannedMachines";
import { readVerified, saveVerified } from "../lab/record";
import { checkBeforeMachines, checkedConfig, readSettings, type LabSettings } from "../lab/settings";
import { ensureTools, openStack } from "../lab/tools";
import { countChecks, renderChecks } from "../output/checks";
import { repositoryRoot } from "../paths";
import { writeSshFiles } from "../ssh/sshFiles";
import type { Check } from "../verify/types";
import { runVerification } from "../lab/verification";

export interface UpOptions {
  /** False with --skip-verify. */
  readonly verify: boolean;
}

interface Machines {
  readonly changed: boolean;
  readonly machines: readonly MachineStatus[];
  readonly acceleration: string;
}

interface Verification {
  readonly checks: readonly Check[];
  /** When an earlier run made these checks; nothing has changed since. */
  readonly since?: string;
}

/** Machines, stack, verification. Returns the exit code. */
export async function up(options: GlobalOptions, { verify }: UpOptions): Promise<number> {
  const context = new Context(options);
  const settings = readSettings(repositoryRoot, context.paths.name);
  const config = settings.bringYourOwn ? checkUnlessSecret(settings) : checkBeforeMachines(settings, repositoryRoot);
  return context.withLock("up", async () => {
    const { progress } = context;
    const tools = await progress.phase("Tools", (report) => ensureTools(context, settings, report));
    const made = settings.bringYourOwn || config === undefined ? undefined : await makeMachines(context, config);
    const { stack, result } = await progress.phase("Stack", async (report) => {
      const stack = await openStack(context, tools, "up");
      const result = await stack.up(report);
      report.result(describeSummary(result.summary, "done"));
      return { stack, result };
    });
    const changed = hasChanges(result.summary) || made?.changed === true;
    const plan = planOf(result.outputs, context.paths.name);
    const verification = verify ? await verified(context, settings, stack, plan, changed, made) : undefined;
    progress.close();
    report(context, { changed, made, result, plan, verification });
    return verification?.checks.some((check) => !check.ok) ? ExitCode.off : ExitCode.ok;
  });
}

/** With encrypted values only the program can check the configuration. */
function checkUnlessSecret(settings: LabSettings) {
  return settings.hasSecrets ? undefined : checkedConfig(settings, repositoryRoot);
}

function makeMachines(context: Context, config: Parameters<typeof machineSpecs>[0]): Promise<Machines> {
  return context.progress.phase("Machines", async (report) => {
    const { signal } = context.interrupt;
    const { changed, machines, acceleration } = await fromCloud(
      openMachines(context.paths, context.cache).up(machineSpecs(config), {
        signal,
        onProgress: ({ machine, text }) => (machine === undefined ? report.text(text) : report.part(machine, text)),
      }),
      signal,
    );
    writeInventory(context.paths.inventory, renderInventory(machines, context.paths.inventory));
    writeSshFiles(context.paths);
    report.result(`${machines.length} running${changed ? "" : " already"}`);
    return { changed, machines, acceleration };
  });
}

/** Verifies, unless the same plan on the same boots has passed already and this run changed nothing. */
async function verified(
  context: Context,
  settings: LabSettings,
  stack: LabStack,
  plan: LabPlan,
  changed: boolean,
  made: Machines | undefined,
): Promise<Verification> {
  const earlier = !changed && made !== undefined ? readVerified(context.paths, plan, made.machines) : undefined;
  if (earlier !== undefined) return { checks: earlier.checks, since: earlier.at };
  const hosts = verifyHosts(await labHosts(context, settings, stack));
  const checks = await runVerification(context, plan, hosts);
  if (made !== undefined && checks.every((check) => check.ok)) saveVerified(context.paths, plan, made.machines, checks);
  return { checks };
}

interface Outcome {
  readonly changed: boolean;
  readonly made: Machines | undefined;
  readonly result: StackResult;
  readonly plan: LabPlan;
  readonly verification: Verification | undefined;
}

function report(context: Context, { changed, made, result, plan, verification }: Outcome): void {
  if (context.options.json) {
    return context.printJson({
      changed,
      machines: made?.machines ?? [],
      acceleration: made?.acceleration ?? null,
      summary: result.summary,
      outputs: result.outputs,
      verification: verification?.checks ?? null,
      verifiedAt: verification?.since ?? null,
    });
  }
  const { print, colors } = { print: (text: string) => context.print(text), colors: context.colors };
  if (verification === undefined) print("Not verified (--skip-verify).");
  else if (verification.since !== undefined) {
    print(
      `Nothing changed; ${countChecks(verification.checks)} at ${verification.since}, and still the same machines and plan.`,
    );
  } else print(renderChecks(verification.checks, colors, process.stdout.columns));
  if (!changed) return verification?.since === undefined ? print("Nothing changed.") : undefined;
  if (verification?.checks.some((check) => !check.ok)) return;
  print(hints(context, plan));
}

function hints(context: Context, plan: LabPlan): string {
  const lab = context.paths.name === "dev" ? "" : ` --lab ${context.paths.name}`;
  const node = plan.hosts.find((host) => host.role === "worker")?.name ?? plan.hosts[0]?.name ?? "server";
  const steps = [
    [`./hardway${lab} ssh ${node}`, "look around on a node"],
    [`./hardway${lab} ssh ${node} -- ip route`, "see its pod routes"],
    [`./hardway${lab} verify`, "check everything again"],
    [`eval "$(./hardway${lab} env)"; pulumi preview`, "work with Pulumi itself"],
    [`./hardway${lab} down`, "remove the lab"],
  ] as const;
  const width = Math.max(...steps.map(([command]) => command.length));
  const lines = steps.map(([command, purpose]) => `  ${command.padEnd(width)}  ${purpose}`);
  return [`Lab "${context.paths.name}" is ready. What now:`, ...lines].join("\n");
}
