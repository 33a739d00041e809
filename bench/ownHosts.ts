import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { SshSession } from "../cli/ssh/session";
import type { TestState } from "../tests/support/hardwayCli";
import type { CloudMachine } from "./cloudMachines";
import type { StackConfig, ExportedResource } from "./project";

/** Packages may have to come over the network, and machines without KVM are slow. */
const scriptLimitSeconds = 1200;

/** A machine and what it is in a lab. */
interface OwnHost {
  readonly machine: CloudMachine;
  readonly role: "controller" | "worker";
}

/** One step of a host as the stack's state has it: two command lines. */
export interface Step {
  readonly host: string;
  readonly create: string;
  readonly delete?: string;
}

/** The configuration of a lab with target hosts. @param more keys besides */
export function ownHostsConfig(state: TestState, hosts: readonly OwnHost[], more: StackConfig = {}): StackConfig {
  return {
    "hardway:target": "hosts",
    // The machines' disk contains these images.
    "hardway:sandboxImage": "hardway.local/pause:1",
    "hardway:probeImage": "hardway.local/busybox:1",
    "hardway:imageArchives": ["/usr/share/hardway/images/lab.tar"],
    ...more,
    "hardway:hosts": hosts.map(({ machine: { name, address, access }, role }) => {
      const { privateKey, ...ssh } = access;
      const privateKeyFile = join(state.directory, `key-${name}`);
      writeFileSync(privateKeyFile, privateKey, { mode: 0o600 });
      return { name, role, address, ssh: { ...ssh, privateKeyFile } };
    }),
  };
}

/** The steps among a stack's resources, in their order. */
export function stepsIn(resources: readonly ExportedResource[], hosts: readonly string[]): Step[] {
  return resources
    .filter(({ type }) => type === "command:remote:Command")
    .map(({ urn, inputs }) => {
      const host = hosts.find((name) => urn.endsWith(`-${name}`));
      if (host === undefined || inputs?.create === undefined) throw new Error(`${urn} belongs to no host`);
      return { host, create: inputs.create, ...(inputs.delete !== undefined && { delete: inputs.delete }) };
    });
}

/** Command lines as one shell script that ends with the first that fails. */
export function asOneScript(commands: readonly string[]): string {
  // Each ends in exec, so it runs in a subshell; its stdin must not be this script.
  return commands.map((command) => `(\n${command}\n) </dev/null >/dev/null || exit`).join("\n");
}

/** Runs a script on a machine over one SSH session. @returns what it prints @throws Error when it fails */
export async function runOn({ name, access }: CloudMachine, script: string): Promise<string> {
  const session = await SshSession.connect(access);
  try {
    const { code, stdout, stderr } = await session.exec("sh -s", { stdin: script, timeoutSeconds: scriptLimitSeconds });
    if (code !== 0) throw new Error(`${name}: a script ended with ${code}: ${stderr}`);
    return stdout;
  } finally {
    session.close();
  }
}
