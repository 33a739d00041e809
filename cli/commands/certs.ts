import type { BuiltStack } from "../engine/builtStack";
import { describeSummary, type Summary } from "../engine/engineEvents";
import type { LabStack } from "../engine/labStack";
import { raiseCertificateGeneration } from "../engine/workspaceFiles";
import { ExitCode, UserError } from "../errors";
import { readBuiltLab } from "../lab/builtLab";
import { Context, type GlobalOptions } from "../lab/context";
import { certificatesOnHosts, type HostCertificates } from "../lab/hostCertificates";
import { requireLab } from "../lab/knownNames";
import { takeVerified } from "../lab/lastVerification";
import { openRunningLab, updateLab } from "../lab/runningLab";
import { openStackToRead } from "../lab/tools";
import { confirm } from "../output/confirm";
import { certificateRows, notRenewed, renderCertificates, renderRenewal } from "./certsText";

/** Lists the certificates on all hosts. Exit code 1 when one has ended, is about to, or cannot be read. */
export async function certs(options: GlobalOptions): Promise<number> {
  const context = new Context(options);
  const { paths, progress, colors } = context;
  requireLab(paths);
  return context.withLock("certs", async () => {
    const stack = await progress.phase("Plan", (report) => openStackToRead(context, "certs", report));
    const found = await look(context, stack, await stack.built());
    const rows = certificateRows(found);
    const isWell = rows.every(({ problem }) => problem === undefined);
    return context.finish(
      rows,
      () => renderCertificates(paths.name, found, colors),
      isWell ? ExitCode.ok : ExitCode.off,
    );
  });
}

/** Issues the certificates of all hosts again and looks whether all of them are others. Exit code 1 when one is not. */
export async function renewCerts(options: GlobalOptions): Promise<number> {
  const context = new Context(options);
  const { paths, colors } = context;
  requireLab(paths);
  await confirm(
    options,
    `Issue all certificates of lab "${paths.name}" again? The cluster's services restart, and pods go on.`,
  );
  return context.withLock("certs renew", async () => {
    const stack = await openRunningLab(context, "certs renew");
    const before = await look(context, stack, await stack.built());
    const silent = before.flatMap((each) => ("files" in each ? [] : [`${each.host}: ${each.unreachable}`]));
    if (silent.length > 0)
      throw new UserError(
        `No certificate was issued, since all hosts have to answer for it, and these do not:\n  ${silent.join("\n  ")}`,
      );
    const summary = await issueAgain(context, stack);
    const after = await look(context, stack, await stack.built());
    const problems = notRenewed(before, after);
    return context.finish(
      { summary, notRenewed: problems, certificates: certificateRows(after) },
      () => renderRenewal(after, problems, colors),
      problems.length === 0 ? ExitCode.ok : ExitCode.off,
    );
  });
}

/** @throws UserError for a lab that has none */
async function look(context: Context, stack: LabStack, built: BuiltStack): Promise<readonly HostCertificates[]> {
  const { name } = context.paths;
  const lab = await readBuiltLab(context, stack, built);
  if (built.outputs["certificateExpiry"] === undefined)
    throw new UserError(
      `Lab "${name}" has no cluster, and so no certificates. Set hardway:cluster to true, then run "./hardway up".`,
    );
  return certificatesOnHosts(context, lab);
}

function issueAgain(context: Context, stack: LabStack): Promise<Summary> {
  const { paths, progress } = context;
  return progress.phase("Renewal", async (report) => {
    takeVerified(paths);
    raiseCertificateGeneration(paths);
    const { summary } = await updateLab(context, stack, report);
    report.result(describeSummary(summary));
    return summary;
  });
}
