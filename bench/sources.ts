import { join } from "node:path";
import { sumsFile } from "../cli/artifacts/built";
import { cacheDirectory } from "../cli/paths";
import { mirrorDirectory } from "../cloud/daemon/MirrorServer";
import type { RuntimeFacts } from "../components/node/ContainerRuntime";
import { repository, type TestState } from "../tests/support/hardwayCli";
import { Checkout, type CheckoutLab } from "./checkout";
import { CloudMachines, type CloudMachine } from "./cloudMachines";
import { medians, timed } from "./measure";
import { asOneScript, ownHostsConfig, runOn, stepsIn } from "./ownHosts";
import type { Part, Say } from "./part";
import { succeed, type StackConfig } from "./project";
import { renderSources, sources, type MeasuredSource, type SourceFigures, type SourcesFigures } from "./sourcesReport";
import { withState } from "./temporary";

/** A fresh worker for each source, so that neither finds what the other has downloaded. */
export const sourcesPart: Part = {
  summary: `a worker's runtime from ${sources.join(" and ")}: ready from booted, bytes downloaded, second run (VMs)`,
  run: ({ say, rounds = 1 }) =>
    withState("sources", 30 + 10 * rounds, async (state) => {
      const figures = await measure(state, say, rounds);
      return { figures, text: renderSources(figures) };
    }),
};

async function measure(state: TestState, say: Say, rounds: number): Promise<SourcesFigures> {
  say("building the mirror where there is none yet, which takes some minutes, once");
  await succeed(state.run(join(repository, "hardway"), ["artifacts", "build"]), "hardway artifacts build");
  say("starting the embedded EC2, whose disk is built first where there is none yet");
  const cloud = await CloudMachines.open(state);
  try {
    const { acceleration, mirror } = await cloud.status();
    const checkout = await Checkout.create(state);
    const subnet = await cloud.subnet("10.240.0.0/24");
    const all: Record<MeasuredSource, SourceFigures[]> = { distro: [], mirror: [] };
    for (let round = 1; round <= rounds; round += 1) {
      const tell = (text: string): void => say(`round ${round} of ${rounds}: ${text}`);
      tell("launching a machine for each source");
      const launches = sources.map((source, n) =>
        cloud.launch(`${source}-${round}`, subnet, `10.240.0.${80 + sources.length * round + n}`),
      );
      for (const [n, machine] of (await Promise.all(launches)).entries()) {
        const source = sources[n]!;
        const config = ownHostsConfig(state, [{ machine, role: "worker" }], sourceConfig(source, mirror));
        tell(`source ${source}`);
        all[source].push(await measureNode(checkout.lab(machine.name, config), machine, source));
      }
    }
    return { acceleration, distro: middle(all.distro), mirror: middle(all.mirror) };
  } finally {
    cloud.close();
  }
}

/** @param mirror URL of the embedded EC2's mirror, as machines reach it */
function sourceConfig(source: MeasuredSource, mirror: string): StackConfig {
  if (source === "distro") return { "hardway:runtimeSource": source };
  return {
    "hardway:runtimeSource": source,
    "hardway:runtimeMirror": mirror,
    "hardway:runtimeMirrorSums": join(mirrorDirectory(cacheDirectory()), sumsFile),
  };
}

async function measureNode(stack: CheckoutLab, machine: CloudMachine, asked: MeasuredSource): Promise<SourceFigures> {
  let built = "";
  const before = await receivedBytes(machine);
  const readySeconds = await timed(async () => {
    built = await stack.hardway("up", "--yes", "--skip-verify", "--json");
  });
  const after = await receivedBytes(machine);
  const steps = stepsIn(await stack.resources(), [machine.name]);
  // The engine runs nothing again when nothing has changed, so the commands are run without it.
  const again = asOneScript(steps.map(({ create }) => create));
  const beforeAgain = await receivedBytes(machine);
  const secondRunSeconds = await timed(() => runOn(machine, again));
  const secondRunBytes = (await receivedBytes(machine)) - beforeAgain;
  const { version, source } = runtimeOf(built, machine.name);
  if (source !== asked) throw new Error(`${machine.name} has its runtime from source ${source}, not ${asked}`);
  return { version, readySeconds, receivedBytes: after - before, secondRunSeconds, secondRunBytes };
}

/** Bytes received over the management card since the boot: downloads, and a little SSH. */
async function receivedBytes(machine: CloudMachine): Promise<number> {
  return Number(await runOn(machine, "cat /sys/class/net/eth0/statistics/rx_bytes"));
}

function runtimeOf(built: string, node: string): RuntimeFacts {
  const { outputs } = JSON.parse(built) as { outputs: { runtimes: Record<string, RuntimeFacts> } };
  const runtime = outputs.runtimes[node];
  if (runtime === undefined) throw new Error(`The lab has no runtime on ${node}: ${built}`);
  return runtime;
}

function middle(rounds: readonly SourceFigures[]): SourceFigures {
  const version = rounds[0]?.version ?? "";
  return { version, ...medians(rounds.map(({ version: _version, ...figures }) => figures)) };
}
