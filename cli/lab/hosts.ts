import type { LabConfig } from "../../components/config/labConfig";
import type { Context } from "../context";
import { repositoryRoot } from "../paths";
import type { VerifyHost } from "../verify/types";
import type { LabStack } from "../engine/labStack";
import { checkedConfig, type LabSettings } from "./settings";

/** The hosts as the program sees them, for logging in to them. Asks the engine only where values are encrypted. */
export async function labHosts(context: Context, settings: LabSettings, stack: LabStack): Promise<LabConfig["hosts"]> {
  const inventory = settings.bringYourOwn ? undefined : context.paths.inventory;
  if (!settings.hasSecrets) return checkedConfig(settings, repositoryRoot, inventory).hosts;
  const decrypted = { ...settings.values };
  for (const [key, text] of Object.entries(await stack.config())) {
    const name = key.replace(/^hardway:/, "");
    if (name === "hosts") decrypted[name] = JSON.parse(text) as unknown;
  }
  return checkedConfig({ ...settings, values: decrypted }, repositoryRoot, inventory).hosts;
}

export function verifyHosts(hosts: LabConfig["hosts"]): VerifyHost[] {
  return hosts.map(({ name, connection }) => ({ name, ssh: connection as unknown as VerifyHost["ssh"] }));
}
