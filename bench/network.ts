import { join } from "node:path";
import { cacheDirectory } from "../cli/paths";
import { CloudMachines } from "./cloudMachines";
import { medians } from "./measure";
import { paths, renderNetwork, type NetworkFigures, type Path, type Traffic } from "./networkReport";
import type { Part, Say } from "./part";
import { bootPlainPair } from "./plainPair";
import { withState } from "./temporary";
import type { TestState } from "../tests/support/hardwayCli";
import { bytesPerSecond, openPeer, roundTripMs, type Peer } from "./traffic";

const secondsEach = 5;
const packetsEach = 40;

export const network: Part = {
  summary:
    "throughput, latency, daemon memory and launch time with virtual machines, against a plain socket between two",
  run: async ({ say, rounds = 3 }) => {
    const figures = await withState("network", 20 + rounds, (state) => measure(state, say, rounds));
    return { figures, text: renderNetwork(figures) };
  },
};

async function measure(state: TestState, say: Say, rounds: number): Promise<NetworkFigures> {
  say("starting the embedded EC2, whose disk is built first where there is none yet");
  const cloud = await CloudMachines.open(state);
  const peers: Peer[] = [];
  try {
    const { acceleration, memoryMiB: empty } = await cloud.status();
    const [near, far] = [await cloud.subnet("10.240.0.0/24"), await cloud.subnet("10.240.1.0/24")];
    say("launching three instances, one after the other");
    const instances = [
      await cloud.launch("bench-0", near, "10.240.0.80"),
      await cloud.launch("bench-1", near, "10.240.0.81"),
      await cloud.launch("bench-2", far, "10.240.1.82"),
    ];
    const { memoryMiB: withMachines } = await cloud.status();
    say("booting two machines that are joined by a socket");
    const plain = await bootPlainPair(join(state.directory, "plain"), cacheDirectory());
    for (const machine of [...instances, ...plain]) peers.push(await openPeer(machine));
    const [one, neighbour, other, left, right] = peers as [Peer, Peer, Peer, Peer, Peer];
    const ends = { plain: [left, right], subnet: [one, neighbour], across: [one, other] } as const;
    const traffic = await measureTraffic(ends, say, rounds);
    const { memoryMiB: afterTraffic } = await cloud.status();
    return {
      acceleration,
      traffic,
      launchSeconds: instances.map(({ launchSeconds }) => launchSeconds),
      plainBootSeconds: plain.map(({ launchSeconds }) => launchSeconds),
      daemonMemoryMiB: { empty, withMachines, afterTraffic },
    };
  } finally {
    for (const { session } of peers) session.close();
    cloud.close();
  }
}

async function measureTraffic(
  ends: Readonly<Record<Path, readonly [Peer, Peer]>>,
  say: Say,
  rounds: number,
): Promise<Readonly<Record<Path, Traffic>>> {
  const all: Record<Path, Traffic[]> = { plain: [], subnet: [], across: [] };
  // In turns, so that all see the same moods of the computer.
  for (let round = 1; round <= rounds; round += 1) {
    say(`traffic, round ${round} of ${rounds}`);
    for (const path of paths) {
      const [from, to] = ends[path];
      all[path].push({
        roundTripMs: await roundTripMs(from, to, packetsEach),
        bytesPerSecond: await bytesPerSecond(from, to, secondsEach),
      });
    }
  }
  return { plain: medians(all.plain), subnet: medians(all.subnet), across: medians(all.across) };
}
