import { expect } from "chai";
import type { Followed } from "../../cli/follow/run";
import { waitFor } from "../support/waitFor";
import { useLab, type Settings } from "./lab";

/** Packets on machines: each masquerade mode, a rule that drops, the router between two zones, and what is left behind. */
describe("a packet that is followed on machines", () => {
  const zones: Settings = { zones: 2, masquerade: "outsideCluster" };
  const lab = useLab("follow");

  before(async () => {
    await lab.up("--skip-verify");
  });

  async function follow(...words: string[]): Promise<{ code: number | null; followed: Followed }> {
    const { code, stdout, stderr } = await lab.state.hardway("follow", "--json", ...words);
    expect(stdout, stderr).to.match(/^\{/);
    return { code, followed: JSON.parse(stdout) as Followed };
  }

  /** What rewrote the packet on its way there, and what of it. */
  const rewritings = ({ way }: Followed) =>
    way.there.flatMap(({ host, hops }) =>
      hops.flatMap(({ place, rewritten }) =>
        rewritten === undefined ? [] : [`${host} ${place}: ${rewritten.from?.after ?? rewritten.to?.after}`],
      ),
    );
  const kinds = ({ way }: Followed) => way.there.map(({ host, pod }) => (pod === undefined ? host : `pod on ${host}`));

  /** A host takes away a moment later what marks a run as alive there. */
  async function expectNothingLeft(): Promise<void> {
    const look =
      "ip netns list | grep follow; nft list tables | grep follow; ls -d /run/hardway-follow* /run/hardway-verify*; " +
      "grep -l follow /var/lib/cni/networks/*/*; iptables-save | grep follow; pgrep -ax nft";
    for (const node of ["server", "node-0", "node-1"])
      await lab.eventually("nothing is left", node, `left=$({ ${look}; } 2>/dev/null); echo "$left"; [ -z "$left" ]`);
  }

  it("comes from a pod through the bridge, the router and the other bridge to a pod, as its node", async () => {
    const { code, followed } = await follow("node-0", "node-1");
    expect([code, followed.answered], JSON.stringify(followed, null, 2)).to.deep.equal([0, true]);
    expect(kinds(followed)).to.deep.equal(["pod on node-0", "node-0", "VPC router", "node-1", "pod on node-1"]);
    expect(rewritings(followed)).to.deep.equal(["node-0 ip postrouting: 10.240.0.80"]);
    const places = followed.way.there.flatMap(({ hops }) => hops.map(({ place }) => place.replace(/veth\w+/, "veth")));
    for (const place of [
      "out of eth0",
      "into veth",
      "into cni0",
      "out of eth1",
      "into eth1",
      "out of cni0",
      "into eth0",
    ])
      expect(places).to.contain(place);
    await expectNothingLeft();
  });

  it("meets the hooks of the IP layer on a bridge alone because of br_netfilter", async () => {
    const called = async () =>
      (await follow("node-0", "node-0")).followed.way.there.flatMap(({ hops }) =>
        hops.filter(({ note = "" }) => note.includes("br_netfilter")).map(({ place }) => place),
      );
    expect(await called()).to.deep.equal(["ip prerouting", "ip forward", "ip postrouting"]);
    await lab.on("node-0", "sysctl -qw net.bridge.bridge-nf-call-iptables=0");
    const off = await called();
    await lab.on("node-0", "sysctl -qw net.bridge.bridge-nf-call-iptables=1");
    expect(off).to.deep.equal([]);
  });

  it("leaves to the outside as its node", async () => {
    const { code, followed } = await follow("node-0", "outside");
    expect([code, followed.text]).to.deep.equal([
      0,
      followed.text.match(/^It leaves node-0 by eth0 as 10\.0\.2\.15 > 10\.0\.2\.2, and the answer comes back\.$/)?.[0],
    ]);
  });

  it("ends at the rule that drops it, and says so by its exit code", async () => {
    await lab.on(
      "node-1",
      "nft 'table ip t { chain c { type filter hook forward priority 0; ip daddr 10.200.1.0/24 drop; }; }'",
    );
    const { code, followed } = await follow("node-0", "node-1");
    await lab.on("node-1", "nft delete table ip t");
    expect([code, followed.text]).to.deep.equal([
      1,
      "It is dropped on node-1, at ip forward, by ip t c: ip daddr 10.200.1.0/24 drop.",
    ]);
    await expectNothingLeft();
  });

  it("is last seen where forwarding is off, which stays off", async () => {
    await lab.on("node-1", "sysctl -qw net.ipv4.ip_forward=0");
    const { code, followed } = await follow("node-0", "10.200.1.200");
    const still = await lab.on("node-1", "cat /proc/sys/net/ipv4/ip_forward");
    await lab.on("node-1", "sysctl -qw net.ipv4.ip_forward=1");
    expect([code, still]).to.deep.equal([1, "0"]);
    expect(followed.text).to.equal(
      "It was last seen on node-1, ip prerouting, as 10.240.0.80 > 10.200.1.200. " +
        "Forwarding is off there (net.ipv4.ip_forward = 0).",
    );
  });

  it("leaves nothing after Ctrl-C, and after its process was killed", async () => {
    for (const signal of ["SIGINT", "SIGKILL"] as const) {
      const { output, pid, done } = lab.state.start("follow", "node-0", "node-1");
      await waitFor(() => /sending it/.test(output()), "the packet", 120, output);
      process.kill(pid, signal);
      await done;
      await expectNothingLeft();
    }
    expect((await follow("node-0", "node-1")).code).to.equal(0);
  });

  it("needs a cluster for a Service", async () => {
    const { code, stderr } = await lab.state.hardway("follow", "node-0", "svc/web");
    expect(code).to.equal(64);
    expect(stderr).to.contain("set hardway:cluster to true");
  });

  for (const [masquerade, inside, outside] of [
    ["outsideCluster", [], ["node-0 ip postrouting: 10.0.2.15"]],
    ["none", [], []],
  ] as const)
    it(`keeps its sender as ${masquerade} says`, async () => {
      lab.configure({ masquerade });
      await lab.up("--skip-verify");
      expect(rewritings((await follow("node-0", "node-1")).followed)).to.deep.equal(inside);
      expect(rewritings((await follow("node-0", "outside")).followed)).to.deep.equal(outside);
    });

  it("crosses from zone to zone by the VPC's routes", async () => {
    lab.configure(zones);
    await lab.up("--skip-verify");
    const { code, followed } = await follow("node-0", "node-1");
    expect(code, followed.text).to.equal(0);
    const router = followed.way.there.find(({ host }) => host === "VPC router");
    const notes = router?.hops.map(({ note }) => note).join("\n");
    expect(notes).to.match(/the next hop is the router 10\.240\.0\.1/);
    expect(notes).to.match(/may send from 10\.200\.0\.\d+: its source\/destination check is off/);
    await expectNothingLeft();
  });
});
