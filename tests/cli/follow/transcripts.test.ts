import { expect } from "chai";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import pc from "picocolors";
import type { TraceResult } from "../../../cloud/fabric/trace";
import { renderFollowed } from "../../../cli/follow/text";
import { expectGolden } from "../../support/golden";
import { recorded, replay, type Asked, type Recorded } from "./replay";

/** Recorded answers with another text in place of one. */
function changed(
  name: string,
  host: string,
  script: string,
  section: string,
  change: (text: string) => string,
): Recorded {
  const all = structuredClone(recorded(name));
  const answer = all.answers[host]![script]!;
  answer[section] = { code: 0, text: change(answer[section]!.text) };
  return all;
}

describe("a packet that was followed on machines", () => {
  const names = readdirSync(join(__dirname, "recorded")).map((file) => file.replace(".json", ""));
  for (const name of names)
    it(`is told as in the golden file of ${name}`, async () => {
      const followed = await replay(recorded(name));
      expectGolden(`follow/${name}.txt`, `${renderFollowed(followed, pc.createColors(false))}\n`);
    });

  it("is seen at each place with its addresses, and what rewrites them", async () => {
    const { way, answered, arrived } = await replay(recorded("service"));
    expect([arrived, answered]).to.deep.equal([true, true]);
    const rewritten = way.there.flatMap(({ host, hops }) =>
      hops.flatMap(({ place, rewritten: change }) =>
        change === undefined
          ? []
          : [`${host} ${place}: ${change.from?.after ?? ""}${change.to?.after ?? ""} by ${change.by}`],
      ),
    );
    expect(rewritten).to.deep.equal([
      "node-0 ip prerouting: 10.200.1.3:53 by ip nat KUBE-SEP-76OOXRMA3XYEIU42: ip protocol 6 meta l4proto tcp dnat to 10.200.1.3:53",
      "node-0 ip postrouting: 10.240.0.80:45380 by ip nat CNI-e284ee24e8dae75ca882f03f: ip daddr != 224.0.0.0/4 masquerade",
    ]);
    const devices = way.there.flatMap(({ hops }) =>
      hops.filter(({ kind }) => kind === "device").map(({ place }) => place),
    );
    expect(devices.map((place) => place.replace(/veth\w+/, "veth"))).to.deep.equal([
      ...["out of eth0", "into veth", "into cni0", "out of eth1"],
      ...["into eth1", "out of cni0", "out of veth", "into eth0"],
    ]);
  });

  it("ends at the hook with the rule that drops it", async () => {
    const drop = (text: string) =>
      text.replace(
        /^(trace id (\w+) ip filter FORWARD )(rule ct state new\s+counter packets \d+ bytes \d+ jump KUBE-PROXY-FIREWALL .*)$[^]*/m,
        "$1rule ip daddr 10.200.1.3 counter packets 1 bytes 60 drop (verdict drop)",
      );
    const all = changed("service", "node-1", "followread", "trace host", drop);
    all.answers["node-1"]!["followread"]!["trace 10.200.1.3"] = { code: 0, text: "" };
    const node = all.answers["node-0"]!["followread"]!;
    const before = node["trace host"]!.text.replace(/^trace id \w+ netdev \S+ in packet: iif "eth1"[^]*/m, "");
    node["trace host"] = { code: 0, text: before };
    const { text, arrived, answered, way } = await replay(all);
    expect([arrived, answered]).to.deep.equal([false, false]);
    expect(text).to.equal("It is dropped on node-1, at ip forward, by ip filter FORWARD: ip daddr 10.200.1.3 drop.");
    expect(way.there.at(-1)?.hops.at(-1)?.place).to.equal("ip forward");
  });

  it("was last seen where no rule ended it, with what the host's route and settings say", async () => {
    const cut = (text: string) => text.replace(/^trace id \w+ ip \S+ forward packet:[^]*/m, "");
    const all = changed("service", "node-0", "followread", "trace host", cut);
    for (const name of ["trace host", "trace 10.200.1.3"])
      all.answers["node-1"]!["followread"]![name] = { code: 0, text: "" };
    const textWith = async (route: string, settings: string) => {
      all.answers["node-0"]!["followroutes"] = {
        "route 0": { code: 0, text: "" },
        "route 1": { code: 0, text: route },
        settings: { code: 0, text: settings },
      };
      return (await replay(all)).text.replace(/^.*?:53\. /, "");
    };
    expect(await textWith("RTNETLINK answers: Network is unreachable", "1")).to.equal(
      "The host has no route for it: RTNETLINK answers: Network is unreachable.",
    );
    expect(await textWith("RTNETLINK answers: Invalid cross-device link", "1")).to.equal(
      "The kernel refuses its sender on this card: reverse path filtering (rp_filter).",
    );
    const route = "10.200.1.3 from 10.200.0.15 via 10.240.0.81 dev eth1";
    expect(await textWith(route, "0")).to.equal("Forwarding is off there (net.ipv4.ip_forward = 0).");
    expect((await replay(all)).text).to.match(
      /^It was last seen on node-0, into cni0, as 10\.200\.0\.15:\d+ > 10\.200\.1\.3:53\. /,
    );
  });

  it("ends in the VPC where its router drops it, and not where it came through", async () => {
    const text = "eni-2 (node-1): source/destination check: 10.200.1.8 is none of its addresses";
    const refused = { delivered: false, dropReason: "destination-check", steps: [{ where: "eni-2", text, ok: false }] };
    const all = { ...structuredClone(recorded("none")), routers: [refused as TraceResult] };
    expect((await replay(all)).answered).to.equal(true);
    all.answers["node-1"]!["followread"] = Object.fromEntries(
      Object.keys(all.answers["node-1"]!["followread"]!).map((name) => [name, { code: 0, text: "" }]),
    );
    const asked: Asked = { scripts: [], router: [] };
    expect((await replay(all, asked)).text).to.equal(`It is dropped by the VPC router, by destination-check: ${text}.`);
    expect(asked.router).to.deep.equal([
      {
        ...{ node: "node-0", source: "10.200.0.10", destination: "10.200.1.8", protocol: "icmp" },
        nextHop: "10.240.0.81",
      },
    ]);
  });

  it("has everything taken away again, also after a failure", async () => {
    for (const script of ["followwatch", "followread"]) {
      const asked: Asked = { scripts: [], router: [] };
      const all = structuredClone(recorded("service"));
      all.answers["node-1"]![script] = {};
      const failure = await replay(all, asked).catch((error: unknown) => String(error));
      expect(failure).to.contain("the host did not report");
      const ended = asked.scripts.filter(({ name }) => name === "followend").map(({ host }) => host);
      expect(ended).to.have.members(["node-0", "node-1"]);
    }
  });

  it("names what a host still has after it", async () => {
    const all = structuredClone(recorded("outside"));
    all.answers["node-0"]!["followend"] = {
      left: { code: 0, text: "hardway-follow-0a-a\ntable ip hardway_follow_0a" },
    };
    const failure = await replay(all).catch((error: unknown) => String(error));
    expect(failure).to.contain("node-0 still has hardway-follow-0a-a, table ip hardway_follow_0a");
  });

  it("is refused by a host without nft", async () => {
    const all = structuredClone(recorded("outside"));
    all.answers["node-0"]!["followpod"]!["nft"] = { code: 127, text: "sh: nft: not found" };
    const failure = await replay(all).catch((error: unknown) => String(error));
    expect(failure).to.contain("node-0 has no nft");
  });
});
