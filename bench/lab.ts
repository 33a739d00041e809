import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { SshSession } from "../cli/ssh/session";
import type { TestState } from "../tests/support/hardwayCli";
import { Checkout } from "./checkout";
import { CloudMachines, type CloudMachine } from "./cloudMachines";
import { renderLab, type LabFigures } from "./labReport";
import { medians, timed } from "./measure";
import type { Part, Say } from "./part";
import type { StackConfig } from "./project";
import { withState } from "./temporary";

/** Packages may have to come over the network, and machines without KVM are slow. */
const scriptLimitSeconds = 1200;

const hosts = [
  { name: "server", role: "controller", address: "10.240.0.10" },
  { name: "node-0", role: "worker", address: "10.240.0.80" },
  { name: "node-1", role: "worker", address: "10.240.0.81" },
] as const;

export const lab: Part = {
  summary: "./hardway up on booted hosts against one shell script a host, up and preview with nothing to do (VMs)",
  run: ({ say, rounds = 3 }) =>
    withState("bench", async (state) => {
      const figures = await measure(state, say, rounds);
      return { figures, text: renderLab(figures) };
    }),
};

/** One command of the stack as its state has it. */
interface Command {
  readonly host: string;
  readonly create: string;
  readonly delete?: string;
}

async function measure(state: TestState, say: Say, rounds: number): Promise<LabFigures> {
  const cloud = await CloudMachines.open(state);
  try {
    const { acceleration } = await cloud.status();
    say("launching the machines");
    const subnet = await cloud.subnet("10.240.0.0/24");
    const machines = await Promise.all(hosts.map(({ name, address }) => cloud.launch(name, subnet, address)));
    const checkout = await Checkout.create(state, labConfig(state, machines));
    return { acceleration, ...(await compare(checkout, machines, say, rounds)) };
  } finally {
    cloud.close();
  }
}

async function compare(
  checkout: Checkout,
  machines: readonly CloudMachine[],
  say: Say,
  rounds: number,
): Promise<Omit<LabFigures, "acceleration">> {
  const up = () => checkout.hardway("up", "--yes", "--skip-verify");
  const down = () => checkout.hardway("down", "--yes");
  say("first round, not counted: package lists and caches are warm for both sides afterwards");
  const before = await logins(machines);
  await up();
  const after = await logins(machines);
  const commands = commandsIn(await checkout.resources(), machines);
  await down();

  const counted: Record<"upSeconds" | "scriptSeconds" | "noopUpSeconds" | "previewSeconds", number>[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    say(`round ${round} of ${rounds}: hardway up`);
    const upSeconds = await timed(up);
    say(`round ${round} of ${rounds}: hardway up and preview with nothing to do`);
    const noopUpSeconds = await timed(up);
    const previewSeconds = await timed(() => checkout.hardway("preview"));
    await down();
    say(`round ${round} of ${rounds}: the same commands as one script per host`);
    const scriptSeconds = await timed(() => asScripts(machines, commands, (command) => command.create));
    await asScripts(machines, [...commands].reverse(), (command) => command.delete);
    counted.push({ upSeconds, scriptSeconds, noopUpSeconds, previewSeconds });
  }
  const names = machines.map(({ name }) => name);
  return {
    resources: byName(names, (name) => commands.filter(({ host }) => host === name).length),
    // One of them is our own second look at the log.
    connections: byName(names, (name) => (after.get(name) ?? NaN) - (before.get(name) ?? NaN) - 1),
    ...medians(counted),
  };
}

function labConfig(state: TestState, machines: readonly CloudMachine[]): StackConfig {
  return {
    "hardway:target": "hosts",
    // The machines' disk brings these images along.
    "hardway:sandboxImage": "hardway.local/pause:1",
    "hardway:probeImage": "hardway.local/busybox:1",
    "hardway:imageArchives": ["/usr/share/hardway/images/lab.tar"],
    "hardway:hosts": machines.map(({ name, address, access }) => {
      const { privateKey, ...ssh } = access;
      const privateKeyFile = join(state.directory, `key-${name}`);
      writeFileSync(privateKeyFile, privateKey, { mode: 0o600 });
      const role = hosts.find((host) => host.name === name)?.role;
      return { name, role, address, ssh: { ...ssh, privateKeyFile } };
    }),
  };
}

function commandsIn(
  resources: Awaited<ReturnType<Checkout["resources"]>>,
  machines: readonly CloudMachine[],
): Command[] {
  return resources
    .filter(({ type }) => type === "command:remote:Command")
    .map(({ urn, inputs }) => {
      const host = machines.find(({ name }) => urn.endsWith(`-${name}`))?.name;
      if (host === undefined || inputs?.create === undefined) throw new Error(`${urn} belongs to no host`);
      return { host, create: inputs.create, ...(inputs.delete !== undefined && { delete: inputs.delete }) };
    });
}

/** All hosts at the same time, each with one session that gets all of its commands on standard input. */
async function asScripts(
  machines: readonly CloudMachine[],
  commands: readonly Command[],
  text: (command: Command) => string | undefined,
): Promise<void> {
  await Promise.all(
    machines.map((machine) => {
      const parts = commands.filter(({ host }) => host === machine.name).flatMap((command) => text(command) ?? []);
      // Each ends in exec, so it gets a shell of its own; its stdin is not the script that we are being read from.
      const script = parts.map((part) => `(\n${part}\n) </dev/null >/dev/null || exit`).join("\n");
      return runOn(machine, script);
    }),
  );
}

async function logins(machines: readonly CloudMachine[]): Promise<Map<string, number>> {
  const command = "sudo -n journalctl -b --no-pager -o cat | grep -c '^Accepted publickey'";
  const counts = machines.map(async (machine) => [machine.name, Number(await runOn(machine, command))] as const);
  return new Map(await Promise.all(counts));
}

async function runOn({ name, access }: CloudMachine, script: string): Promise<string> {
  const session = await SshSession.connect(access);
  try {
    const { code, stdout, stderr } = await session.exec("sh -s", { stdin: script, timeoutSeconds: scriptLimitSeconds });
    if (code !== 0) throw new Error(`${name}: a script ended with ${code}: ${stderr}`);
    return stdout;
  } finally {
    session.close();
  }
}

function byName<T>(names: readonly string[], value: (name: string) => T): Record<string, T> {
  return Object.fromEntries(names.map((name) => [name, value(name)]));
}
