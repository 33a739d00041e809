import type { TestState } from "../tests/support/hardwayCli";
import { Checkout, type CheckoutLab } from "./checkout";
import { CloudMachines, type CloudMachine } from "./cloudMachines";
import { renderLab, type LabFigures } from "./labReport";
import { medians, timed } from "./measure";
import { asOneScript, ownHostsConfig, runOn, stepsIn, type Step } from "./ownHosts";
import type { Part, Say } from "./part";
import { withState } from "./temporary";

const hosts = [
  { name: "server", role: "controller", address: "10.240.0.10" },
  { name: "node-0", role: "worker", address: "10.240.0.80" },
  { name: "node-1", role: "worker", address: "10.240.0.81" },
] as const;

export const lab: Part = {
  summary: "./hardway up on booted hosts against one shell script a host, up and preview with nothing to do (VMs)",
  run: ({ say, rounds = 1 }) =>
    withState("bench", 15 + 10 * rounds, async (state) => {
      const figures = await measure(state, say, rounds);
      return { figures, text: renderLab(figures) };
    }),
};

async function measure(state: TestState, say: Say, rounds: number): Promise<LabFigures> {
  say("starting the embedded EC2, whose disk is built first where there is none yet");
  const cloud = await CloudMachines.open(state);
  try {
    const { acceleration } = await cloud.status();
    say("launching three machines at once");
    const subnet = await cloud.subnet("10.240.0.0/24");
    const machines = await Promise.all(hosts.map(({ name, address }) => cloud.launch(name, subnet, address)));
    const config = ownHostsConfig(
      state,
      machines.map((machine, n) => ({ machine, role: hosts[n]!.role })),
    );
    const checkout = await Checkout.create(state);
    return { acceleration, ...(await compare(checkout.lab(state.lab, config), machines, say, rounds)) };
  } finally {
    cloud.close();
  }
}

type Times = Record<"upSeconds" | "scriptSeconds" | "noopUpSeconds" | "previewSeconds", number>;

async function compare(
  stack: CheckoutLab,
  machines: readonly CloudMachine[],
  say: Say,
  rounds: number,
): Promise<Omit<LabFigures, "acceleration">> {
  const names = machines.map(({ name }) => name);
  const up = () => stack.hardway("up", "--yes", "--skip-verify");
  say(
    "first up, not counted: it tells the commands, and packages are in the machines' caches for both sides afterwards",
  );
  const before = await logins(machines);
  await up();
  const after = await logins(machines);
  const steps = stepsIn(await stack.resources(), names);

  const counted: Times[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const tell = (text: string): void => say(`round ${round} of ${rounds}: ${text}`);
    tell("hardway down");
    await stack.hardway("down", "--yes");
    tell("the same commands as one script per host, and then what undoes them");
    const scriptSeconds = await timed(() => asScripts(machines, steps, (step) => step.create));
    await asScripts(machines, [...steps].reverse(), (step) => step.delete);
    tell("hardway up");
    const upSeconds = await timed(up);
    tell("hardway up and preview with nothing to do");
    const noopUpSeconds = await timed(up);
    const previewSeconds = await timed(() => stack.hardway("preview"));
    counted.push({ upSeconds, scriptSeconds, noopUpSeconds, previewSeconds });
  }
  return {
    resources: byName(names, (name) => steps.filter(({ host }) => host === name).length),
    // One of them is ours, for the second count.
    connections: byName(names, (name) => (after.get(name) ?? NaN) - (before.get(name) ?? NaN) - 1),
    ...medians(counted),
  };
}

/** All hosts at the same time, each with one session that gets all of its commands on standard input. */
async function asScripts(
  machines: readonly CloudMachine[],
  steps: readonly Step[],
  text: (step: Step) => string | undefined,
): Promise<void> {
  await Promise.all(
    machines.map((machine) => {
      const own = steps.filter(({ host }) => host === machine.name).flatMap((step) => text(step) ?? []);
      return runOn(machine, asOneScript(own));
    }),
  );
}

async function logins(machines: readonly CloudMachine[]): Promise<Map<string, number>> {
  const command = "sudo -n journalctl -b --no-pager -o cat | grep -c '^Accepted publickey'";
  const counts = machines.map(async (machine) => [machine.name, Number(await runOn(machine, command))] as const);
  return new Map(await Promise.all(counts));
}

function byName<T>(names: readonly string[], value: (name: string) => T): Record<string, T> {
  return Object.fromEntries(names.map((name) => [name, value(name)]));
}
