import { fork, type ChildProcess } from "node:child_process";
import path from "node:path";
import type { Peer, Request, Result } from "./fabricPeer";
import { medians } from "./measure";
import type { Part } from "./part";
import { withFolder } from "./temporary";

const secondsEach = 1.5;
/** Length of the IPv4 packets, in bytes: full ones and small ones. */
const sizes = [1_500, 64] as const;

/** Nothing in between; a Node process that copies bytes, which is the least that any process between them costs; the fabric. */
const kinds = ["direct", "relay", "fabric"] as const;
type Kind = (typeof kinds)[number];

interface Figures {
  readonly size: number;
  readonly results: Readonly<Record<Kind, Result>>;
}

/** The peers do nothing but count, so real machines see less of the fabric. */
export const fabric: Part = {
  summary: "the fabric between two processes that play QEMU, against one socket between them (no VMs)",
  run: async ({ say, rounds = 3 }) => {
    const figures: Figures[] = [];
    for (const size of sizes) {
      say(`packets of ${size} bytes`);
      const all: Record<Kind, Result[]> = { direct: [], relay: [], fabric: [] };
      // In turns, so that all see the same moods of the computer.
      for (let round = 0; round < rounds; round += 1)
        for (const kind of kinds) all[kind].push(await withFolder((folder) => measure(folder, kind, size)));
      const results = { direct: medians(all.direct), relay: medians(all.relay), fabric: medians(all.fabric) };
      figures.push({ size, results });
    }
    return { figures, text: figures.map(render).join("\n") };
  },
};

/** Runs both peers, and what is between them, as processes of their own. */
async function measure(folder: string, kind: Kind, size: number): Promise<Result> {
  const children: ChildProcess[] = [];
  const start = async (peer: Peer): Promise<ChildProcess> => {
    const child = fork(path.join(__dirname, "fabricPeer.ts"), { execArgv: process.execArgv });
    children.push(child);
    await ask(child, { ...peer, size, seconds: secondsEach });
    return child;
  };
  try {
    const sockets = [0, 1].map((n) => path.join(folder, `${n}.sock`));
    await start({ role: "receiver", socket: sockets[1]! });
    const between = kind !== "direct";
    const sender = await start({ role: "sender", listen: between, socket: sockets[between ? 0 : 1]! });
    if (between) await start({ role: kind, sockets });
    return (await ask(sender, "measure")) as Result;
  } finally {
    for (const child of children) child.kill("SIGKILL");
  }
}

function ask(child: ChildProcess, request: Request): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const failed = (): void => reject(new Error("A process of the benchmark ended early."));
    const timer = setTimeout(failed, 60_000);
    child.once("exit", failed);
    child.once("message", (message) => {
      clearTimeout(timer);
      child.off("exit", failed);
      resolve(message);
    });
    child.send(request);
  });
}

function render({ size, results }: Figures): string {
  const line = (kind: Kind): string => {
    const { framesPerSecond, roundTripMicroseconds } = results[kind];
    const rate = `${Math.round(framesPerSecond)} frames/s (${Math.round((framesPerSecond * (size + 14)) / 1e6)} MB/s)`;
    return `  ${`${kind}:`.padEnd(8)} ${rate}, round trip ${roundTripMicroseconds.toFixed(0)} us`;
  };
  const against = (kind: Kind): string => {
    const throughput = results.fabric.framesPerSecond / results[kind].framesPerSecond;
    const roundTrip = results.fabric.roundTripMicroseconds / results[kind].roundTripMicroseconds;
    return `  fabric against ${kind}: ${throughput.toFixed(2)} of the throughput, ${roundTrip.toFixed(2)} times the round trip`;
  };
  return [`packets of ${size} bytes`, ...kinds.map(line), against("direct"), against("relay")].join("\n");
}
