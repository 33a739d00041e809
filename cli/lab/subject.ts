import type { NetworkFacts } from "../../components/AwsHosts";
import type { Host } from "../../components/host";
import type { Context } from "../context";
import { planOf, type BuiltStack, type LabStack } from "../engine/labStack";
import { ExitCode, UserError } from "../errors";
import { repositoryRoot } from "../paths";
import type { VerifyHost } from "../verify/types";
import { cloudUrl } from "./cloud";
import { ec2Client } from "./ec2Client";
import type { Logins } from "./logins";
import { checkedConfig, type LabSettings } from "./settings";
import type { Subject } from "./verification";

/** What there is to verify of a lab that was built; `built` is what its stack gives. */
export async function subjectOf(
  context: Context,
  settings: LabSettings,
  stack: LabStack,
  { outputs, logins }: BuiltStack,
): Promise<Subject> {
  const plan = planOf(outputs, context.paths.name);
  const hosts = await verifyHosts(settings, stack, logins);
  const network = outputs["network"] as NetworkFacts | undefined;
  if (plan.vpc === undefined || network === undefined) return { plan, hosts };
  const endpoint = await cloudUrl(context, settings);
  const client = ec2Client(settings.aws, endpoint);
  return { plan, hosts, vpc: { client, plan: plan.vpc, network } };
}

/**
 * How to log in to the hosts: machines that the stack made are in its outputs, the user's own in the configuration, for which
 * the engine is asked only where values are encrypted.
 */
async function verifyHosts(settings: LabSettings, stack: LabStack, logins: Logins): Promise<VerifyHost[]> {
  if (settings.kind !== "hosts") return Object.entries(logins).map(([name, ssh]) => ({ name, ssh }));
  const hosts = settings.hasSecrets ? await decryptedHosts(settings, stack) : ownHosts(settings);
  return hosts.map(({ name, connection }) => ({ name, ssh: connection as unknown as VerifyHost["ssh"] }));
}

async function decryptedHosts(settings: LabSettings, stack: LabStack): Promise<readonly Host[]> {
  const values = { ...settings.values };
  for (const [key, text] of Object.entries(await stack.config()))
    if (key === "hardway:hosts") values["hosts"] = JSON.parse(text) as unknown;
  return ownHosts({ ...settings, values });
}

function ownHosts(settings: LabSettings): readonly Host[] {
  const config = checkedConfig(settings, repositoryRoot);
  if (config === undefined) throw new UserError("How to log in to the hosts is encrypted.", ExitCode.config);
  return config.hosts;
}
