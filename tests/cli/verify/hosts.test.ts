import { expect } from "chai";
import { compareHosts, hostValues, judgeWay, type AboutHost } from "../../../cli/verify/hosts";
import { facts, lines, plan, problems } from "./samples";

/** Hosts whose clocks were read within half a second, all right. */
const hosts: readonly AboutHost[] = plan.hosts.map(({ name }, index) => ({
  host: name,
  hostname: name,
  machineId: `0000000${index}`,
  mtu: "1500",
  clock: { asked: 1000 + index, answered: 1000.5 + index, said: 1000.2 + index },
}));
const server = hosts[0] as AboutHost;
/** The others with another server. */
const withServer = (change: Partial<AboutHost>) => [{ ...server, ...change }, ...hosts.slice(1)];
/** Its clock is so many seconds ahead. */
const ahead = (seconds: number, from: AboutHost = server) => ({
  clock: { ...from.clock, said: from.clock.said + seconds },
});
const full = "2 packets transmitted, 2 received, 0% packet loss, time 200ms\nrtt min/avg/max/mdev = 1/1/1/0 ms";

describe("checks of all hosts together", () => {
  it("show what each host says of itself where all is well", () => {
    expect(lines(compareHosts(hosts)).slice(0, 4)).to.deep.equal([
      "hostname: server",
      "machine-id: 00000000",
      "MTU of the hosts' network: 1500, as on the others",
      "clock: fits the others",
    ]);
    expect(problems(compareHosts(hosts))).to.deep.equal([]);
    expect(compareHosts([])).to.deep.equal([]);
  });

  it("ask each host for the way to the next one, and the last for that to the first", () => {
    expect(plan.hosts.map(({ name }) => hostValues(name, plan))).to.deep.equal([
      { ADDRESS: "10.240.0.10", PEER: "10.240.0.80" },
      { ADDRESS: "10.240.0.80", PEER: "10.240.0.81" },
      { ADDRESS: "10.240.0.81", PEER: "10.240.0.10" },
    ]);
    const alone = { hosts: plan.hosts.slice(0, 1) };
    expect(hostValues("server", alone).PEER).to.equal("");
    expect(judgeWay("server", alone, facts({}))).to.deep.equal([]);
  });

  it("find large packets that are lost on the way", () => {
    expect(lines(judgeWay("server", plan, facts({ mtu: "9001", ping: full })))).to.deep.equal([
      "undivided packet of 9001 bytes to node-0: 2 packets transmitted, 2 received, 0% packet loss, time 200ms; rtt min/avg/max/mdev = 1/1/1/0 ms",
    ]);
    expect(
      problems(judgeWay("server", plan, facts({ mtu: "9001", ping: [1, "2 packets transmitted, 0 received"] }))),
    ).to.deep.equal(["undivided packet of 9001 bytes to node-0: 2 packets transmitted, 0 received"]);
  });

  const table: [what: string, hosts: readonly AboutHost[], expected: string[]][] = [
    [
      "machines copied with their identity",
      withServer({ machineId: "00000002" }),
      ["machine-id: 00000002, as node-1", "machine-id: 00000002, as server"],
    ],
    [
      "two hosts of one name",
      withServer({ hostname: "node-0" }),
      ["hostname: node-0, as node-0", "hostname: node-0, as server"],
    ],
    ["a machine without an identity", withServer({ machineId: "" }), ["machine-id: nothing"]],
    ["a card with a smaller MTU", withServer({ mtu: "1400" }), ["MTU of the hosts' network: 1400"]],
    [
      "a clock that is ahead, on that host only",
      withServer(ahead(60)),
      ["clock: 59.5 s from node-0, 59.5 s from node-1"],
    ],
    ["a clock that is behind", withServer(ahead(-60)), ["clock: 59.5 s from node-0, 59.5 s from node-1"]],
    ["a clock that nobody could read", withServer(ahead(Number.NaN)), ["clock: no answer"]],
    [
      "two clocks that differ, on both",
      withServer(ahead(5)).slice(0, 2),
      ["clock: 4.5 s from node-0", "clock: 4.5 s from server"],
    ],
  ];
  for (const [what, given, expected] of table) {
    it(`find ${what}`, () => expect(problems(compareHosts(given))).to.deep.equal(expected));
  }

  it("take no difference for one that the time of the answer explains", () => {
    expect(problems(compareHosts(withServer({ clock: { asked: 1000, answered: 1010, said: 1008 } })))).to.deep.equal(
      [],
    );
  });
});
