import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { GuestGuard } from "../../../cloud/daemon/GuestGuard";
import { machineFiles } from "../../../cloud/machines/files";
import { GuestFilter } from "../../../cloud/machines/guestFilter";
import { FakeMachine, until } from "../fabric/fakeMachine";
import { arp, ethernet, ipv4, tcp } from "../fabric/packets";

const frame = (port: number): Buffer =>
  ethernet(
    "52:55:0a:00:02:02",
    "02:00:00:00:00:01",
    0x0800,
    ipv4({ from: "10.0.2.15", to: "10.0.2.2", protocol: 6, payload: tcp(1, port) }),
  );
const question = arp({ senderMac: "02:00:00:00:00:01", senderAddress: "10.0.2.15", targetAddress: "10.0.2.2" });

describe("the guard of QEMU's user network", () => {
  let folder: string;
  let guard: GuestGuard;
  let out: FakeMachine;
  let back: FakeMachine;
  const files = () => machineFiles(folder);
  const connected = (): Promise<void> =>
    until(() => out.connections.length > 0 && back.connections.length > 0, "the guard");

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "hw-test-"));
    const filter = new GuestFilter(() => []);
    filter.open([4600]);
    guard = new GuestGuard(filter);
    out = new FakeMachine(files().guestOut);
    back = new FakeMachine(files().guestIn);
  });

  afterEach(() => {
    guard.close();
    out.close();
    back.close();
    rmSync(folder, { recursive: true });
  });

  it("gives back what may pass, in order, and nothing else", async () => {
    guard.attach(files());
    await connected();
    out.send(question, frame(18080), frame(4600), frame(22), question);
    await until(() => back.received.length === 3, "three frames");
    expect(back.received).to.deep.equal([question, frame(4600), question]);
  });

  it("makes QEMU listen to it again where another daemon stood before", async () => {
    const said: string[] = [];
    const qmp = createServer((peer) => {
      peer.write('{"QMP": {}}\n');
      peer.on("error", () => undefined);
      peer.on("data", (data) => {
        for (const line of String(data).trim().split("\n")) {
          const { execute, arguments: args, id } = JSON.parse(line) as Record<string, unknown>;
          said.push(`${String(execute)} ${JSON.stringify(args)}`);
          peer.write(`${JSON.stringify({ return: {}, id })}\n`);
        }
      });
    }).listen(files().qmp);
    try {
      await guard.adopt(files());
      await guard.adopt(files());
      await connected();
      out.send(question);
      await until(() => back.received.length === 1, "a frame");
      expect(said).to.deep.equal([
        "qmp_capabilities {}",
        "stop {}",
        'object-del {"id":"guard"}',
        'object-add {"qom-type":"filter-redirector","id":"guard","netdev":"management","queue":"rx","outdev":"guest-out","indev":"guest-in"}',
        "cont {}",
      ]);
    } finally {
      qmp.close();
    }
  });

  it("comes back to a machine that was started again, and leaves one for good", async () => {
    guard.attach(files());
    guard.attach(files());
    await connected();
    expect(out.connections).to.have.length(1);
    out.current.destroy();
    back.current.destroy();
    await until(() => out.connections.length === 2 && back.connections.length === 2, "the guard again");
    out.send(question);
    await until(() => back.received.length === 1, "a frame");
    guard.detach(files());
    await until(() => out.current.destroyed && back.current.destroyed, "the end");
  });
});
