import type { CloudInstance, CloudStatus } from "../../cloud/daemon/control";
import type { LabPlan } from "../../components/labPlan";
import { Context, type GlobalOptions } from "../lab/context";
import { describeSummary, hasChanges } from "../engine/engineEvents";
import type { LabStack, StackResult } from "../engine/labStack";
import { ExitCode } from "../errors";
import { agreeToAws } from "../lab/agreement";
import { cloudPhase } from "../lab/cloud";
import { labConfig } from "../lab/configuration";
import { labInstances, nodeName, startInstances } from "../lab/instances";
import { allAnswer } from "../lab/logins";
import { holdsFor, keepVerified, takeVerified, type Verified } from "../lab/lastVerification";
import { ownHosts, readBuiltLab } from "../lab/builtLab";
import { renewInTime } from "../lab/renewal";
import { updateLab } from "../lab/runningLab";
import { ensureTools, openStack } from "../lab/tools";
import { runVerification } from "../lab/verification";
import { confirm } from "../output/confirm";
import { renderUp, type Verification } from "./upText";

interface UpOptions {
  readonly skipVerify?: boolean;
  /** Nodes whose machines and disks are removed and made anew. */
  readonly replace?: readonly string[];
}

/** The embedded EC2 where the lab is built on it, the stack, verification. Returns the exit code. */
export async function up(options: GlobalOptions, { skipVerify, replace = [] }: UpOptions): Promise<number> {
  const context = new Context(options);
  const { settings } = context;
  labConfig(context);
  await agreeToAws(context);
  if (replace.length > 0) await confirm(options, `Replace ${replace.join(", ")}? What is on their disks is lost.`);
  return context.withLock("up", async () => {
    const { progress, paths } = context;
    const tools = await progress.phase("Tools", (report) => ensureTools(context, report));
    const cloud = await cloudPhase(context, { showUrl: true });
    // Its record is removed before anything can change a host; a run that changes none puts it back.
    const lastVerified = takeVerified(paths);
    const lab = await progress.phase("Stack", async (report) => {
      const stack = await openStack(context, tools, "up");
      renewInTime(context, await stack.tidyUp(report), report);
      // No plugin starts a stopped instance, which has no public address to log in to.
      const restarted = cloud === undefined ? [] : await startInstances(context, cloud.ec2, report, replace);
      // Before any step is sent to them.
      if (settings.kind === "hosts") await ownHosts(context, stack);
      const { plan, ...update } = await updateLab(context, stack, report, { replace });
      const summary = describeSummary(update.summary);
      report.result(restarted.length > 0 ? `${summary}, started ${restarted.join(", ")} again` : summary);
      const changed = hasChanges(update.summary) || restarted.length > 0;
      return { stack, update, plan, revision: await stack.revision(), changed };
    });
    const machines = cloud === undefined ? [] : await labInstances(context);
    const stillHolds = !lab.changed && lastVerified !== undefined && holdsFor(lastVerified, { ...lab, machines });
    const earlier = stillHolds ? lastVerified : undefined;
    if (earlier !== undefined) keepVerified(paths, earlier);
    const verification = skipVerify ? undefined : await verifyOrTrust(context, lab, earlier);
    return finish(context, { ...lab, cloud: cloud?.status, machines, verification });
  });
}

interface UpdatedLab {
  readonly stack: LabStack;
  readonly update: StackResult;
  readonly plan: LabPlan;
  readonly revision: string;
  /** Whether the stack or a machine changed. */
  readonly changed: boolean;
}

/** Verifies, unless an earlier verification passed and nothing has changed since; then machines only have to answer. */
async function verifyOrTrust(
  context: Context,
  { stack, update, revision }: UpdatedLab,
  earlier: Verified | undefined,
): Promise<Verification> {
  if (earlier !== undefined && (await allAnswer(update.logins))) return { earlier };
  return { checks: await runVerification(context, await readBuiltLab(context, stack, update), revision) };
}

interface Outcome extends UpdatedLab {
  readonly cloud: CloudStatus | undefined;
  /** Instances of the embedded EC2. */
  readonly machines: readonly CloudInstance[];
  readonly verification: Verification | undefined;
}

function finish(context: Context, { changed, cloud, machines, update, plan, verification }: Outcome): number {
  const lab = context.paths.name;
  const json = {
    changed,
    machines: machines.map((machine) => ({ ...machine, name: nodeName(machine) })),
    acceleration: cloud?.acceleration ?? null,
    summary: update.summary,
    outputs: update.outputs,
    verification: verification?.checks ?? null,
    verifiedAt: verification?.earlier?.at ?? null,
    verifiedChecks: verification?.earlier?.checks ?? null,
  };
  return context.finish(
    json,
    () => renderUp({ lab, changed, plan, verification }, context.colors, process.stdout.columns),
    verification?.checks?.some((check) => !check.ok) ? ExitCode.off : ExitCode.ok,
  );
}
