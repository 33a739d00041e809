import { expect } from "chai";
import { Switch, type DropReason, type PortSpec } from "../../../cloud/fabric/switch";

const port = (n: number): PortSpec => ({ name: `node-${n}`, mac: `02:00:00:00:00:0${n}`, address: `10.240.0.8${n}` });
const broadcast = "ff:ff:ff:ff:ff:ff";

function frame(destination: string, source: string, payload = "data"): Buffer {
  return Buffer.concat([Buffer.from(`${destination}${source}0800`.replaceAll(":", ""), "hex"), Buffer.from(payload)]);
}

describe("switch", () => {
  let sent: string[];
  let refuse: Partial<Record<string, "disconnected" | "queue-full">>;
  let lab: Switch;
  const drops = (name: string): Partial<Record<DropReason, number>> | undefined => lab.counters(name)?.drops;

  beforeEach(() => {
    sent = [];
    refuse = {};
    lab = new Switch([port(0), port(1), port(2)], (name, data) => {
      if (refuse[name]) return refuse[name];
      sent.push(`${name}:${data.subarray(14).toString()}`);
      return undefined;
    });
  });

  it("delivers to the one card that is meant, from the first frame on", () => {
    lab.receive("node-0", frame(port(1).mac, port(0).mac));
    expect(sent).to.deep.equal(["node-1:data"]);
    expect(lab.counters("node-0")).to.deep.equal({ framesIn: 1, bytesIn: 18, framesOut: 0, bytesOut: 0, drops: {} });
    expect(lab.counters("node-1")).to.deep.equal({ framesIn: 0, bytesIn: 0, framesOut: 1, bytesOut: 18, drops: {} });
  });

  it("delivers broadcast and multicast to all others", () => {
    lab.receive("node-1", frame(broadcast, port(1).mac, "b"));
    lab.receive("node-1", frame("01:00:5e:00:00:01", port(1).mac, "m"));
    expect(sent).to.deep.equal(["node-0:b", "node-2:b", "node-0:m", "node-2:m"]);
  });

  it("drops and counts a foreign source address", () => {
    lab.receive("node-0", frame(port(1).mac, port(2).mac));
    lab.receive("node-0", frame(broadcast, "02:00:00:00:00:99"));
    expect(sent).to.deep.equal([]);
    expect(drops("node-0")).to.deep.equal({ "spoofed-source": 2 });
  });

  it("drops and counts what no other card is meant to get", () => {
    lab.receive("node-0", frame("02:00:00:00:00:99", port(0).mac));
    lab.receive("node-0", frame(port(0).mac, port(0).mac));
    lab.receive("node-0", Buffer.alloc(13));
    lab.receive("nobody", frame(port(0).mac, port(1).mac));
    expect(sent).to.deep.equal([]);
    expect(drops("node-0")).to.deep.equal({ "unknown-destination": 1, "same-port": 1, malformed: 1 });
  });

  it("counts at the receiver what it could not take", () => {
    refuse = { "node-1": "queue-full", "node-2": "disconnected" };
    lab.receive("node-0", frame(broadcast, port(0).mac));
    lab.receive("node-0", frame(port(1).mac, port(0).mac));
    expect(drops("node-1")).to.deep.equal({ "queue-full": 2 });
    expect(drops("node-2")).to.deep.equal({ disconnected: 1 });
    expect(lab.counters("node-1")?.framesOut).to.equal(0);
  });

  it("keeps counters of the ports that stay when the set changes", () => {
    lab.receive("node-0", frame(port(1).mac, port(0).mac));
    lab.configure([port(0), port(3)]);
    expect(lab.counters("node-0")?.framesIn).to.equal(1);
    expect(lab.counters("node-1")).to.be.undefined;
    lab.receive("node-0", frame(port(1).mac, port(0).mac));
    lab.receive("node-0", frame(port(3).mac, port(0).mac));
    expect(drops("node-0")).to.deep.equal({ "unknown-destination": 1 });
    expect(sent).to.deep.equal(["node-1:data", "node-3:data"]);
  });
});
