/** A process of the fabric benchmark: one of two machines' QEMU, or what is between them. Told what to be by its parent. */
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { encodeFrame, FrameDecoder } from "../cloud/fabric/frames";
import type { InterfaceConfig } from "../cloud/fabric/network";
import { VpcFabric } from "../cloud/fabric/VpcFabric";

export type Peer =
  | { readonly role: "receiver"; readonly socket: string }
  | { readonly role: "sender"; readonly listen: boolean; readonly socket: string }
  | { readonly role: "fabric" | "relay"; readonly sockets: readonly string[] };

export type Request = (Peer & { readonly size: number; readonly seconds: number }) | "measure";

export type Result = {
  readonly framesPerSecond: number;
  readonly roundTripMicroseconds: number;
};

const macOf = (n: number): string => `0200000000${n}0`;
/** Frames under way at a time, as a TCP window of 512 KiB would allow. */
const windowBytes = 1 << 19;
const acknowledgeEvery = 32;
const chunkBytes = 1 << 16;

/** A UDP packet; the first payload byte says what the other side does with it. */
function frame(from: number, size: number, kind: "count" | "echo" | "acknowledge"): Buffer {
  const bytes = Buffer.alloc(14 + size);
  bytes.write(macOf(1 - from) + macOf(from) + "0800" + "4500", "hex");
  bytes.writeUInt16BE(size, 16);
  bytes[22] = 64;
  bytes[23] = 17;
  bytes.write(`0af0005${from}0af0005${1 - from}` + "0fa00fa0", 26, "hex");
  bytes.writeUInt16BE(size - 20, 38);
  bytes[42] = { count: 0, echo: 1, acknowledge: 2 }[kind];
  return encodeFrame(bytes);
}

const kindAt = 42;

/** Answers "echo" at once and acknowledges every 32nd of the others. */
function receive(socket: net.Socket, size: number): void {
  const decoder = new FrameDecoder();
  const echo = frame(1, size, "echo");
  const acknowledge = frame(1, 64, "acknowledge");
  let counted = 0;
  socket.on("data", (chunk) =>
    decoder.decode(chunk, (bytes, start) => {
      if (bytes[start + kindAt] === 1) socket.write(echo);
      else if (++counted % acknowledgeEvery === 0) socket.write(acknowledge);
    }),
  );
  socket.on("error", () => undefined);
}

async function measure(socket: net.Socket, size: number, seconds: number): Promise<Result> {
  const decoder = new FrameDecoder();
  let onFrame: (kind: number | undefined) => void = () => undefined;
  socket.on("data", (chunk) => decoder.decode(chunk, (bytes, start) => onFrame(bytes[start + kindAt])));

  const echo = frame(0, size, "echo");
  const trips: number[] = [];
  const end = Date.now() + seconds * 1_000;
  while (Date.now() < end) {
    const start = process.hrtime.bigint();
    await new Promise<void>((resolve) => {
      onFrame = () => resolve();
      socket.write(echo);
    });
    trips.push(Number(process.hrtime.bigint() - start) / 1e3);
  }

  const count = frame(0, size, "count");
  const perChunk = Math.ceil(Math.floor(chunkBytes / count.length) / acknowledgeEvery) * acknowledgeEvery;
  const chunk = Buffer.concat(Array.from({ length: perChunk }, () => count));
  const inWindow = Math.max(2 * perChunk, Math.floor(windowBytes / count.length));
  let sent = 0;
  let acknowledged = 0;
  const fill = (): void => {
    while (sent - acknowledged + perChunk <= inWindow) {
      socket.write(chunk);
      sent += perChunk;
    }
  };
  onFrame = () => {
    acknowledged += acknowledgeEvery;
    fill();
  };
  const start = process.hrtime.bigint();
  fill();
  await sleep(seconds * 1_000);
  const elapsed = Number(process.hrtime.bigint() - start) / 1e9;
  return {
    framesPerSecond: acknowledged / elapsed,
    roundTripMicroseconds: trips.sort((a, b) => a - b)[Math.floor(trips.length / 2)] ?? NaN,
  };
}

/** Two machines in one subnet whose group allows everything between its members. */
async function serveFabric(sockets: readonly string[]): Promise<void> {
  const fabric = new VpcFabric();
  const all = { id: "sgr-1", protocol: "-1", peer: { groupId: "sg-1" } };
  fabric.configure({
    vpcs: [
      {
        id: "vpc-1",
        cidrs: ["10.240.0.0/16"],
        subnets: [{ id: "subnet-1", cidr: "10.240.0.0/24", routeTableId: "rtb-1" }],
        routeTables: [{ id: "rtb-1", routes: [] }],
        securityGroups: [{ id: "sg-1", ingress: [all], egress: [all] }],
        interfaces: sockets.map((socket, n): InterfaceConfig => ({
          id: `eni-${n}`,
          subnetId: "subnet-1",
          mac: (macOf(n).match(/../g) ?? []).join(":"),
          addresses: [`10.240.0.8${n}`],
          securityGroupIds: ["sg-1"],
          sourceDestCheck: true,
          socket,
        })),
      },
    ],
  });
  while (!fabric.status().interfaces.every(({ connected }) => connected)) await sleep(10);
}

function listen(path: string): { listening: Promise<void>; connection: Promise<net.Socket> } {
  const server = net.createServer();
  return {
    listening: new Promise((resolve) => server.listen(path, resolve)),
    connection: new Promise((resolve) => server.once("connection", resolve)),
  };
}

async function connect(path: string): Promise<net.Socket> {
  const socket = net.connect({ path });
  await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  return socket;
}

async function start(peer: Exclude<Request, "measure">): Promise<void> {
  if ("sockets" in peer) {
    if (peer.role === "fabric") return serveFabric(peer.sockets);
    const [one, other] = await Promise.all(peer.sockets.map(connect));
    one!.pipe(other!).pipe(one!);
    return;
  }
  const { size, seconds } = peer;
  if (peer.role === "receiver") {
    const { listening, connection } = listen(peer.socket);
    void connection.then((socket) => receive(socket, size));
    return listening;
  }
  const server = peer.listen ? listen(peer.socket) : undefined;
  const connection = server ? server.connection : connect(peer.socket);
  process.on("message", (request) => {
    if (request === "measure") void connection.then((socket) => measure(socket, size, seconds)).then(answer);
  });
  return server?.listening;
}

const answer = (message: unknown): boolean => process.send?.(message) ?? false;

process.once("message", (request: Exclude<Request, "measure">) => {
  void start(request).then(() => answer("ready"));
});
// Whoever started it is gone.
process.on("disconnect", () => process.exit());
