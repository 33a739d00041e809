import { existsSync } from "node:fs";
import type { NetworkFacts } from "../../components/AwsHosts";
import { readHostKeys } from "../../components/config/hostKeys";
import { stackValues } from "../../components/config/stackValues";
import type { Context } from "./context";
import { planOf, type BuiltStack } from "../engine/builtStack";
import type { LabStack } from "../engine/labStack";
import type { MadeMachines } from "../engine/madeMachines";
import { ExitCode, UserError } from "../errors";
import { repositoryRoot } from "../paths";
import { withHostKey } from "../ssh/learnHostKey";
import { pinHostKeys } from "../ssh/pinHostKeys";
import type { SshLogin } from "../ssh/login";
import type { VerifyHost } from "../verify/types";
import { cloudOfLab } from "./cloud";
import { ec2Client } from "../engine/ec2Client";
import { labInstances } from "./instances";
import { atAddresses, writeLogins } from "./logins";
import { checkedConfig } from "../settings/settings";
import { openStackToRead } from "./tools";
import type { BuiltLab } from "./verification";

/** What to verify of a lab that was built. */
export async function readBuiltLab(
  context: Context,
  stack: LabStack,
  { outputs, logins }: BuiltStack,
): Promise<BuiltLab> {
  const { settings, paths } = context;
  const plan = planOf(outputs, paths.name);
  // The state has the addresses of the last `up`; machines that were restarted since may have others.
  const machines = settings.kind === "embedded" ? await labInstances(context) : [];
  const made = Object.entries(atAddresses(logins, machines)).map(([name, ssh]) => ({ name, ssh }));
  const hosts = settings.kind === "hosts" ? await ownHosts(context, stack) : made;
  const network = outputs["network"] as NetworkFacts | undefined;
  if (plan.vpc === undefined || network === undefined) return { plan, hosts };
  const client = ec2Client((await cloudOfLab(context))?.ec2 ?? settings.aws);
  return { plan, hosts, vpc: { client, plan: plan.vpc, network } };
}

/**
 * Writes down how to log in to the machines of a run that did not come to its end, as `writeLogins` does after one that did.
 *
 * @throws UserError where there are none
 */
export async function noteMadeLogins(context: Context, command: string): Promise<void> {
  const { paths, progress } = context;
  if (!existsSync(paths.workspace))
    throw new UserError(`Lab "${paths.name}" has no machines yet; make them with "./hardway up".`);
  await progress.phase("Plan", async (report) => {
    const stack = await openStackToRead(context, command, report);
    const { hosts, logins } = (await stack.machines()) ?? builtMachines(await stack.built(), paths.name);
    writeLogins(paths, logins, hosts);
  });
}

/** Those of the last run that came to its end. */
function builtMachines({ outputs, logins }: BuiltStack, lab: string): MadeMachines {
  return { hosts: planOf(outputs, lab).hosts, logins };
}

/** What to log in by to the hosts of a lab that was built, and its VPC. @param command for what, e.g. `try` */
export function readLogins(
  context: Context,
  command: string,
): Promise<Pick<BuiltLab, "plan" | "vpc"> & { readonly logins: ReadonlyMap<string, SshLogin> }> {
  return context.progress.phase("Plan", async (report) => {
    const stack = await openStackToRead(context, command, report);
    const { hosts, ...lab } = await readBuiltLab(context, stack, await stack.built());
    return { ...lab, logins: new Map(hosts.map(({ name, ssh }) => [name, ssh])) };
  });
}

/**
 * How to log in to the user's own hosts, whose keys are pinned at the first connection. The engine is asked for the
 * configuration only where it contains encrypted values.
 *
 * @throws UserError for a host that has another key than was pinned for it, and for a new one that does not answer
 */
export async function ownHosts(context: Context, stack: LabStack): Promise<VerifyHost[]> {
  const { settings } = context;
  const values = settings.hasSecrets ? stackValues(await stack.config()) : settings;
  const config = checkedConfig({ ...settings, ...values }, repositoryRoot);
  if (config === undefined) throw new UserError("How to log in to the hosts is encrypted.", ExitCode.config);
  const hosts = config.hosts.map(({ name, connection }) => ({ name, ssh: connection as unknown as SshLogin }));
  await pinHostKeys({
    paths: context.paths,
    hosts: hosts.map(({ name, ssh }) => ({ name, access: ssh })),
    timeoutSeconds: config.sshTimeoutSeconds,
    signal: context.interrupt.signal,
    note: (text) => context.progress.note(text),
  });
  const keys = readHostKeys(context.paths.hostKeys);
  return hosts.map(({ name, ssh }) => ({ name, ssh: withHostKey(ssh, keys) }));
}
