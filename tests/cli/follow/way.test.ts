import { expect } from "chai";
import type { Packet } from "../../../cli/follow/packet";
import type { Visit } from "../../../cli/follow/trace";
import { wayOf } from "../../../cli/follow/way";

const table = "hardway_follow_0a";
const [host, pod] = ["10.240.0.10", "10.200.1.3"];
const ping = (from: string, to: string, type: number): Packet => ({
  ...{ from, to, protocol: "icmp", ttl: 64, id: 7, length: 300, icmp: { type, code: 0, id: 3 } },
});
const visit = (chain: string, packet: Packet, cards: Pick<Visit, "iif" | "oif">): Visit => ({
  ...{ family: "ip", table, chain, packet, rules: [], ...cards },
});
const [request, answer] = [ping(host, pod, 8), ping(pod, host, 0)];

describe("the way of a packet that a host sends itself", () => {
  it("begins there, and its answer's ends there", () => {
    const watched = [
      {
        host: "server",
        visits: [
          visit("output", request, { oif: "eth1" }),
          visit("postrouting", request, { oif: "eth1" }),
          visit("prerouting", answer, { iif: "eth1" }),
          visit("input", answer, { iif: "eth1" }),
          visit("input_end", answer, { iif: "eth1" }),
        ],
      },
      {
        host: "node-1",
        visits: [
          visit("forward", request, { iif: "eth1", oif: "cni0" }),
          visit("forward", answer, { iif: "cni0", oif: "eth1" }),
        ],
      },
    ];
    const way = wayOf(watched, { source: 0, table, flow: { protocol: "icmp", length: 300 } })!;
    const shown = (legs: typeof way.there) => legs.map((leg) => [leg.host, ...leg.hops.map(({ place }) => place)]);
    expect(shown(way.there)).to.deep.equal([
      ["server", "ip output", "ip postrouting"],
      ["node-1", "ip forward"],
    ]);
    expect(shown(way.back)).to.deep.equal([
      ["node-1", "ip forward"],
      ["server", "ip prerouting", "ip input"],
    ]);
    expect(way.back.at(-1)?.received).to.equal(true);
  });
});
