import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import type { NetworkConfig } from "../../../cloud/fabric/network";
import { VpcFabric } from "../../../cloud/fabric/VpcFabric";
import type { InterfaceStatus } from "../../../cloud/fabric/VpcRouter";
import { FakeMachine, until } from "./fakeMachine";
import { frameOf, labVpc, node, routerMacs } from "./lab";
import { arp, ethernet, ipv4, ping, protocolNumbers, udp } from "./packets";

const [a, b, c] = ["10.240.0.80", "10.240.0.81", "10.240.1.82"] as const;

describe("VPC fabric", () => {
  let folder: string;
  let machines: FakeMachine[];
  let fabric: VpcFabric;

  const network = (...without: number[]): NetworkConfig => ({
    vpcs: [
      labVpc({
        interfaces: [0, 1, 2]
          .filter((n) => !without.includes(n))
          .map((n) => node(n, n === 2 ? "b" : "a", { socket: machines[n]!.socket })),
      }),
    ],
  });
  const status = (n: number): InterfaceStatus => {
    const found = fabric.status().interfaces.find(({ id }) => id === `eni-${n}`);
    if (!found) throw new Error(`no eni-${n}`);
    return found;
  };
  const allConnected = (): boolean => fabric.status().interfaces.every(({ connected }) => connected);
  const pingFrame = frameOf({ node: 0, via: 1, from: a, to: b, payload: ping() });

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "hardway-test-"));
    machines = [0, 1, 2].map((i) => new FakeMachine(path.join(folder, `${i}.sock`)));
    fabric = new VpcFabric();
    fabric.configure(network());
    await until(allConnected, "connections");
  });

  afterEach(() => {
    fabric.close();
    for (const machine of machines) machine.close();
    rmSync(folder, { recursive: true });
  });

  it("answers ARP, delivers in the subnet and routes to another one", async () => {
    machines[0]!.send(arp({ senderMac: "02:00:00:00:00:00", senderAddress: a, targetAddress: "10.240.0.1" }));
    await until(() => machines[0]!.received.length === 1, "the ARP reply");
    expect(machines[0]!.received[0]!.toString("hex", 22, 28)).to.equal(routerMacs.a.replaceAll(":", ""));
    const packet = { from: a, to: c, payload: ping() };
    machines[0]!.send(pingFrame, frameOf({ node: 0, via: "router", ...packet }));
    await until(() => machines[1]!.received.length === 1 && machines[2]!.received.length === 1, "two pings");
    expect(machines[1]!.received[0]).to.deep.equal(pingFrame);
    const expected = ethernet("02:00:00:00:00:02", routerMacs.b, 0x0800, ipv4({ ...packet, protocol: 1 }));
    expect(machines[2]!.received[0]).to.deep.equal(expected);
    const { id, name, instanceId, vpcId, subnetId, mac, addresses, framesIn, framesOut, bytesOut } = status(2);
    expect({ id, name, instanceId, vpcId, subnetId, mac, addresses, framesIn, framesOut, bytesOut }).to.deep.equal({
      id: "eni-2",
      name: "node-2",
      instanceId: "i-2",
      vpcId: "vpc-1",
      subnetId: "subnet-b",
      mac: "02:00:00:00:00:02",
      addresses: [c],
      framesIn: 0,
      framesOut: 1,
      bytesOut: expected.length,
    });
  });

  it("carries thousands of frames in order and unchanged, however they are cut", async () => {
    const frames = Array.from({ length: 5_000 }, (_, i) => {
      const payload = udp(4000, 53, Buffer.alloc((i * 37) % 1_400, i));
      return frameOf({ node: 0, via: 1, from: a, to: b, protocol: protocolNumbers.udp, payload, id: i });
    });
    const stream = Buffer.concat(
      frames.map((frame) => Buffer.concat([Buffer.from([0, 0, frame.length >> 8, frame.length & 255]), frame])),
    );
    for (let at = 0; at < stream.length; at += 7_919) {
      const flowing = machines[0]!.current.write(stream.subarray(at, at + 7_919));
      if (!flowing) await new Promise((resolve) => machines[0]!.current.once("drain", resolve));
    }
    await until(() => machines[1]!.received.length === frames.length, "all frames");
    expect(Buffer.concat(machines[1]!.received).equals(Buffer.concat(frames))).to.be.true;
  });

  it("connects again when a machine's QEMU is restarted", async () => {
    machines[1]!.current.destroy();
    await until(() => !status(1).connected, "the end of the connection");
    machines[0]!.send(pingFrame);
    await until(() => status(1).drops.disconnected === 1, "the drop");
    await until(() => machines[1]!.connections.length === 2 && allConnected(), "a second connection");
    machines[0]!.send(pingFrame);
    await until(() => machines[1]!.received.length === 1, "the ping");
    expect(status(1).drops).to.deep.equal({ disconnected: 1 });
  });

  it("starts over with a machine whose stream makes no sense", async () => {
    machines[0]!.current.write(Buffer.from("ffffffff00", "hex"));
    await until(() => machines[0]!.connections.length === 2 && allConnected(), "a second connection");
    machines[0]!.send(pingFrame);
    await until(() => machines[1]!.received.length === 1, "the ping");
  });

  it("drops frames to a machine that does not read, and counts them", async () => {
    machines[1]!.current.pause();
    const payload = udp(4000, 53, Buffer.alloc(1_400));
    const frame = frameOf({ node: 0, via: 1, from: a, to: b, protocol: protocolNumbers.udp, payload });
    machines[0]!.send(...Array.from({ length: 4_000 }, () => frame));
    await until(() => status(0).framesIn === 4_000, "all frames");
    const dropped = status(1).drops["queue-full"] ?? 0;
    expect(dropped).to.be.greaterThan(1_000);
    expect(status(1).framesOut + dropped).to.equal(4_000);
    machines[1]!.current.resume();
    await until(() => machines[1]!.received.length === 4_000 - dropped, "what was not dropped");
    machines[0]!.send(pingFrame);
    await until(() => machines[1]!.received.at(-1)?.equals(pingFrame) ?? false, "the ping");
  });

  it("adds and removes interfaces while it runs; the others keep connection, counters and flows", async () => {
    machines[0]!.send(pingFrame);
    await until(() => machines[1]!.received.length === 1, "the ping");
    fabric.configure(network(2));
    await until(
      () => machines[2]!.current.destroyed || machines[2]!.current.readableEnded,
      "the end of the connection",
    );
    expect(fabric.status().interfaces.map(({ id }) => id)).to.deep.equal(["eni-0", "eni-1"]);
    expect([status(0).framesIn, status(0).flows]).to.deep.equal([1, 1]);
    fabric.configure(network());
    await until(allConnected, "connections");
    expect(machines.map(({ connections }) => connections.length)).to.deep.equal([1, 1, 2]);
  });

  it("leaves connections alone when a configuration makes no sense", () => {
    const [vpc] = network().vpcs;
    expect(() => fabric.configure({ vpcs: [{ ...vpc!, routeTables: [] }] })).to.throw("rtb-1, which is not in vpc-1");
    expect(allConnected()).to.be.true;
  });

  it("has no machine behind an interface without a socket", () => {
    fabric.configure({ vpcs: [labVpc()] });
    expect(fabric.status().interfaces.map(({ connected }) => connected)).to.deep.equal([false, false, false]);
    const result = fabric.trace({ from: "eni-0", destination: b, protocol: "icmp" });
    expect(result.dropReason).to.equal("disconnected");
  });

  it("traces over its connections", () => {
    expect(fabric.trace({ from: "eni-0", destination: c, protocol: "tcp", port: 22 }).to).to.equal("eni-2");
    expect(fabric.trace({ from: "eni-0", destination: c, protocol: "tcp", port: 22 }).delivered).to.be.true;
  });
});
