import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { callFabric, serveControl } from "../../../cloud/fabric/control";
import { Fabric } from "../../../cloud/fabric/Fabric";
import { FabricProcess } from "../../../cloud/fabric/FabricProcess";
import { encodeFrame, FrameDecoder } from "../../../cloud/fabric/frames";
import { labFiles } from "../../../cloud/machines/files";
import { processStart } from "../../../cloud/machines/processes";

const macs = ["02:00:00:00:00:00", "02:00:00:00:00:01"] as const;
const frameFrom0To1 = Buffer.from(`${macs[1]}${macs[0]}0800`.replaceAll(":", "") + "cafe", "hex");

/** One machine's QEMU as the fabric sees it: a listener that takes one connection after the other. */
class Machine {
  readonly received: string[] = [];
  readonly connections: net.Socket[] = [];
  private readonly server = net.createServer((socket) => {
    const decoder = new FrameDecoder();
    this.connections.push(socket);
    socket.on("data", (chunk) => this.received.push(...decoder.push(chunk).map((frame) => frame.toString("hex"))));
    socket.on("error", () => undefined);
  });

  constructor(readonly socket: string) {
    this.server.listen(socket);
  }

  get current(): net.Socket | undefined {
    return this.connections.at(-1);
  }

  close(): void {
    this.server.close();
    for (const connection of this.connections) connection.destroy();
  }
}

async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let waited = 0; waited < 5_000; waited += 10) {
    if (await condition()) return;
    await sleep(10);
  }
  throw new Error(`Waited in vain for ${what}.`);
}

describe("fabric", () => {
  let folder: string;
  let machines: Machine[];
  const ports = (): { name: string; mac: string; address: string; socket: string }[] =>
    machines.map(({ socket }, i) => ({ name: `node-${i}`, mac: macs[i] ?? "", address: `10.240.0.8${i}`, socket }));

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "hardway-test-"));
    machines = [0, 1].map((i) => new Machine(path.join(folder, `${i}.sock`)));
  });

  afterEach(() => {
    for (const machine of machines) machine.close();
    rmSync(folder, { recursive: true });
  });

  describe("in this process", () => {
    let fabric: Fabric;
    const connected = (): boolean => fabric.status().ports.every((port) => port.connected);

    beforeEach(async () => {
      fabric = new Fabric();
      fabric.configure({ ports: ports() });
      await until(connected, "connections");
    });

    afterEach(() => fabric.close());

    it("carries a frame from one machine to the other", async () => {
      machines[0]!.current!.write(encodeFrame(frameFrom0To1));
      await until(() => machines[1]!.received.length > 0, "the frame");
      expect(machines[1]!.received).to.deep.equal([frameFrom0To1.toString("hex")]);
      expect(machines[0]!.received).to.deep.equal([]);
      expect(
        fabric.status().ports.map(({ name, framesIn, framesOut }) => ({ name, framesIn, framesOut })),
      ).to.deep.equal([
        { name: "node-0", framesIn: 1, framesOut: 0 },
        { name: "node-1", framesIn: 0, framesOut: 1 },
      ]);
    });

    it("connects again when a machine's QEMU is restarted", async () => {
      machines[1]!.current!.destroy();
      await until(() => machines[1]!.connections.length === 2, "a second connection");
      await until(connected, "connections");
      machines[0]!.current!.write(encodeFrame(frameFrom0To1));
      await until(() => machines[1]!.received.length === 1, "the frame");
    });

    it("starts over with a machine whose stream makes no sense", async () => {
      machines[0]!.current!.write(Buffer.from("ffffffff00", "hex"));
      await until(() => machines[0]!.connections.length === 2, "a second connection");
    });

    it("drops frames to a machine that does not read, and counts them", async () => {
      machines[1]!.current!.pause();
      const big = encodeFrame(Buffer.concat([frameFrom0To1, Buffer.alloc(60_000)]));
      for (let i = 0; i < 200; i += 1) machines[0]!.current!.write(big);
      const drops = (): number => fabric.status().ports[1]?.drops["queue-full"] ?? 0;
      await until(() => fabric.status().ports[0]?.framesIn === 200, "all frames");
      expect(drops()).to.be.greaterThan(100);
      expect((fabric.status().ports[1]?.framesOut ?? 0) + drops()).to.equal(200);
    });

    it("adds and removes ports while it runs", async () => {
      fabric.configure({ ports: ports().slice(0, 1) });
      await until(
        () => machines[1]!.current!.destroyed || machines[1]!.current!.readableEnded,
        "the end of the connection",
      );
      expect(fabric.status().ports.map(({ name }) => name)).to.deep.equal(["node-0"]);
      expect(machines[0]!.connections.length, "the other connection stays").to.equal(1);
    });

    it("answers status and reload on its control socket, and nothing else", async () => {
      const socket = path.join(folder, "control.sock");
      const server = await serveControl(socket, {
        status: () => fabric.status(),
        reload: () => Promise.reject(new Error("no such file")),
      });
      try {
        expect((await callFabric(socket, "status")).ports.map(({ name }) => name)).to.deep.equal(["node-0", "node-1"]);
        const refused = await callFabric(socket, "reload").catch((error: unknown) => String(error));
        expect(refused).to.equal("Error: The fabric refused reload: no such file");
        const unknown = await callFabric(socket, "explode" as "status").catch((error: unknown) => String(error));
        expect(unknown).to.contain('unknown method "explode"');
      } finally {
        server.close();
      }
    });
  });

  describe("as a process of its own", () => {
    it("survives, is found, is reconfigured, is replaced when it was killed, and goes away", async function () {
      this.timeout(60_000);
      const files = labFiles(folder).fabric;
      const fabric = new FabricProcess(files);
      try {
        expect(await fabric.find()).to.be.undefined;
        expect(await fabric.ensure({ ports: ports() })).to.be.true;
        const first = await fabric.find();
        expect((await fabric.status()).pid).to.equal(first?.pid);
        expect(await fabric.ensure({ ports: ports() }), "nothing to do").to.be.false;

        expect(await fabric.ensure({ ports: ports().slice(0, 1) }), "reload").to.be.true;
        expect((await fabric.status()).ports.map(({ name }) => name)).to.deep.equal(["node-0"]);
        expect((await fabric.find())?.pid).to.equal(first?.pid);

        process.kill(first!.pid, "SIGKILL");
        await until(async () => (await fabric.find()) === undefined, "the end of the fabric");
        expect(await fabric.ensure({ ports: ports() })).to.be.true;
        expect((await fabric.find())?.pid).not.to.equal(first?.pid);
        await until(async () => (await fabric.status()).ports.every(({ connected }) => connected), "connections");

        const last = await fabric.find();
        await fabric.stop();
        expect(await fabric.find()).to.be.undefined;
        expect(await processStart(last!.pid), "nothing but a zombie that its parent has yet to bury").to.be.undefined;
      } finally {
        await fabric.stop();
      }
    });

    it("says why it could not be started", async function () {
      this.timeout(60_000);
      const files = { ...labFiles(folder).fabric, control: path.join(folder, "no such folder", "control.sock") };
      const error = await new FabricProcess(files).ensure({ ports: [] }).catch((reason: unknown) => reason as Error);
      expect(String(error))
        .to.contain("The lab network could not be started: it ended with status 1")
        .and.to.contain(files.log);
    });
  });
});
