import { expect } from "chai";
import fc from "fast-check";
import { maxFlows } from "../../../cloud/fabric/conntrack";
import { maxFragmentedPackets } from "../../../cloud/fabric/fragments";
import { Lab, frameOf } from "./lab";
import { arp, icmp, ipv4, ping, tcp, udp } from "./packets";

const [a, b] = ["10.240.0.80", "10.240.0.81"] as const;

const valid = [
  frameOf({ node: 0, via: 1, from: a, to: b, payload: ping() }),
  frameOf({ node: 0, via: 1, from: a, to: b, protocol: 6, payload: tcp(1, 2) }),
  frameOf({ node: 0, via: "router", from: a, to: "10.240.1.82", protocol: 17, payload: udp(1, 2, Buffer.alloc(9)) }),
  frameOf({ node: 0, via: "router", from: "10.200.0.5", to: "10.200.2.5", payload: ping(), moreFragments: true }),
  frameOf({
    node: 0,
    via: 1,
    from: a,
    to: b,
    payload: icmp(3, 4, 0, ipv4({ from: b, to: a, protocol: 17, payload: udp(2, 1) })),
  }),
  arp({ senderMac: "02:00:00:00:00:00", senderAddress: a, targetAddress: b }),
];

/** A valid frame with some bytes changed and perhaps its end cut off: random bytes alone never get past the source MAC. */
const damaged = fc
  .tuple(fc.constantFrom(...valid), fc.array(fc.tuple(fc.nat(90), fc.nat(255)), { maxLength: 6 }), fc.nat(90))
  .map(([frame, changes, cut]) => {
    const copy = Buffer.from(frame);
    // The sender's own MAC stays, most of the time.
    for (const [at, value] of changes) if (at < copy.length && (at < 6 || at > 11)) copy[at] = value;
    return cut < 30 ? copy.subarray(0, copy.length - cut) : copy;
  });
const garbage = fc.uint8Array({ maxLength: 120 }).map((bytes) => Buffer.from(bytes));

describe("VPC router under random frames", () => {
  it("neither throws nor loses count: what came in went out or was dropped", () => {
    const lab = new Lab();
    fc.assert(
      fc.property(fc.oneof({ weight: 4, arbitrary: damaged }, garbage), (frame) => {
        const before = lab.router.status();
        const sent = lab.send("eni-0", frame);
        const after = lab.router.status();
        const sum = (list: typeof after): number =>
          list.flatMap(({ drops }) => Object.values(drops)).reduce((total, count) => total + count, 0);
        expect(sent.length + sum(after) - sum(before)).to.equal(1);
        for (const { frame: out } of sent) expect(out.length).to.be.at.least(14);
      }),
      { numRuns: 3_000 },
    );
  });

  it("keeps its tables bounded under a flood of flows and of fragments", () => {
    const lab = new Lab();
    const flood = 2 * maxFlows;
    for (let n = 0; n < flood; n += 1) {
      const payload = udp(n & 0xffff, 1 + (n >> 16));
      lab.sendPacket({ node: 0, via: 1, from: a, to: b, protocol: 17, payload });
    }
    expect(lab.status("eni-0").flows).to.equal(maxFlows);
    expect(lab.status("eni-1").flows).to.equal(maxFlows);
    expect(lab.status("eni-0").evictedFlows).to.equal(flood - maxFlows);

    const later = (id: number): boolean =>
      lab.sendPacket({ node: 0, via: 1, from: a, to: b, protocol: 17, payload: Buffer.alloc(8), id, offset: 64 })
        .length === 1;
    for (let id = 0; id <= maxFragmentedPackets; id += 1) {
      const payload = udp(1, 2, Buffer.alloc(56));
      lab.sendPacket({ node: 0, via: 1, from: a, to: b, protocol: 17, payload, id, moreFragments: true });
    }
    expect([later(0), later(1)], "the oldest was forgotten, the next was not").to.deep.equal([false, true]);
  });
});
