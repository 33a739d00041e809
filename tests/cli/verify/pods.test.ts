import { expect } from "chai";
import {
  expectedSource,
  judgePodItself,
  judgeReach,
  outsideOf,
  parseAnswer,
  reachValues,
  type Source,
} from "../../../cli/verify/pods";
import type { PlannedHost } from "../../../components/plan/routes";
import { facts, lines, plan, problems } from "./samples";

const [server, node0, node1] = plan.hosts as [PlannedHost, PlannedHost, PlannedHost];
const http = (pod: string, question: string, source: string) =>
  `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n${pod} answers ${question} to ${source}`;
const ping =
  "PING 10.200.1.2\n\n--- 10.200.1.2 ping statistics ---\n2 packets transmitted, 2 packets received, 0% packet loss\nround-trip min/avg/max = 1/1/1 ms";
const source: Source = {
  host: node0,
  label: "pod on node-0",
  expected: "10.240.0.80",
  expectedOutside: "10.240.0.80",
};
const target = { host: node1, address: "10.200.1.2" };

const judge = (
  answer: string,
  pinged: string | readonly [number, string] = ping,
  byHostPort = http("node-1", "run1", "10.240.0.80"),
) =>
  judgeReach(
    source,
    [target],
    "run1",
    facts({ "http node-1": answer, "ping node-1": pinged, "http host-port-of-node-1": byHostPort }),
  );

describe("pod checks", () => {
  it("show the sender that the far pod saw", () => {
    const checks = judge(http("node-1", "run1", "[::ffff:10.240.0.80]"));
    expect(problems(checks)).to.deep.equal([]);
    expect(lines(checks)).to.deep.equal([
      "pod on node-0 to pod on node-1, HTTP: node-1 answers, sees 10.240.0.80",
      "pod on node-0 to pod on node-1, ping: 2 packets transmitted, 2 packets received, 0% packet loss; round-trip min/avg/max = 1/1/1 ms",
      "pod on node-0 to host port of node-1, HTTP: node-1 answers, sees 10.240.0.80",
    ]);
    expect(checks[0]).to.include({ host: "node-0", area: "pods", expected: "node-1 answers, sees 10.240.0.80" });
  });

  const name = "pod on node-0 to pod on node-1, HTTP";
  const table: [string, string, string[]][] = [
    [
      "a sender that was not rewritten",
      http("node-1", "run1", "10.200.0.9"),
      [`${name}: node-1 answers, sees 10.200.0.9`],
    ],
    ["another pod", http("node-0", "run1", "10.240.0.80"), [`${name}: node-0 answers, sees 10.240.0.80`]],
    [
      "the answer to another question",
      http("node-1", "run2", "10.240.0.80"),
      [`${name}: node-1 answers, sees 10.240.0.80`],
    ],
    [
      "no answer",
      "nc: can't connect to remote host: Connection refused",
      [`${name}: nc: can't connect to remote host: Connection refused`],
    ],
    ["silence", "", [`${name}: nothing`]],
  ];
  for (const [what, answer, expected] of table) {
    it(`find ${what}`, () => expect(problems(judge(answer))).to.deep.equal(expected));
  }

  it("find a ping without answer", () => {
    const lost = "2 packets transmitted, 0 packets received, 100% packet loss";
    expect(problems(judge(http("node-1", "run1", "10.240.0.80"), [1, lost]))).to.deep.equal([
      `pod on node-0 to pod on node-1, ping: ${lost}`,
    ]);
  });

  it("count a pod that is not there as not reached", () => {
    const checks = judgeReach(
      { host: server, label: "server", expected: "10.240.0.10", expectedOutside: "10.240.0.10" },
      [{ host: node1 }],
      "run1",
      facts({}),
    );
    expect(problems(checks)).to.deep.equal([
      "server to pod on node-1, HTTP: not tried: node-1 has no pod",
      "server to pod on node-1, ping: not tried: node-1 has no pod",
      "server to host port of node-1, HTTP: not tried: node-1 has no pod",
    ]);
    expect(problems(judgeReach(source, [target], "run1", new Error("ExecSync: gone")))).to.deep.equal([
      "pod on node-0 to pod on node-1, HTTP: ExecSync: gone",
      "pod on node-0 to pod on node-1, ping: ExecSync: gone",
      "pod on node-0 to host port of node-1, HTTP: ExecSync: gone",
    ]);
  });

  it("find a host port that leads nowhere, and one whose packets kept the pod's address", () => {
    const good = http("node-1", "run1", "10.240.0.80");
    const check = "pod on node-0 to host port of node-1, HTTP";
    expect(problems(judge(good, ping, "nc: can't connect: Connection refused"))).to.deep.equal([
      `${check}: nc: can't connect: Connection refused`,
    ]);
    expect(problems(judge(good, ping, http("node-1", "run1", "10.200.0.9")))).to.deep.equal([
      `${check}: node-1 answers, sees 10.200.0.9`,
    ]);
  });

  it("show that lo is up in a pod, and that it reaches a host at its own address", () => {
    const itself = (lo: string, outside: string | readonly [number, string] = ping) =>
      judgePodItself(node0, outsideOf(node0, plan), "run1", facts({ "http lo": lo, "ping outside": outside }));
    const good = http("node-0", "run1", "127.0.0.1");
    expect(problems(itself(good))).to.deep.equal([]);
    expect(lines(itself(good))[0]).to.equal("pod on node-0 to itself over lo, HTTP: node-0 answers, sees 127.0.0.1");
    expect(problems(itself("nc: can't connect to remote host (127.0.0.1): Network is unreachable"))).to.deep.equal([
      "pod on node-0 to itself over lo, HTTP: nc: can't connect to remote host (127.0.0.1): Network is unreachable",
    ]);
    expect(problems(itself(good, [1, "100% packet loss"]))).to.deep.equal([
      "pod on node-0 to the outside (server, 10.240.0.10), ping: 100% packet loss",
    ]);
    expect(problems(judgePodItself(node0, undefined, "run1", facts({ "http lo": good })))).to.deep.equal([]);
  });

  it("expect the node as sender only where the bridge masquerades", () => {
    const seen = (["bridge", "outsideCluster", "none"] as const).map((masquerade) =>
      expectedSource(node0, "10.200.0.9", { ...plan, cni: { ...plan.cni, masquerade } }),
    );
    expect(seen).to.deep.equal(["10.240.0.80", "10.200.0.9", "10.200.0.9"]);
  });

  it("read the sender in each form that busybox writes", () => {
    expect(parseAnswer("node-1 answers q to 10.0.0.1")).to.deep.equal({
      pod: "node-1",
      question: "q",
      source: "10.0.0.1",
    });
    expect(parseAnswer("a\r\n\r\nnode-1 answers q to [::ffff:10.0.0.1]\n")?.source).to.equal("10.0.0.1");
    expect(parseAnswer("node-1 answers to 10.0.0.1")).to.equal(undefined);
  });

  it("hand the script only pods that have an address", () => {
    expect(reachValues([target, { host: node0 }], "0000000a")).to.deep.equal({
      TARGETS: "node-1 10.200.1.2 8080 ping\nhost-port-of-node-1 10.240.0.81 61010 -",
      QUESTION: "0000000a",
      BUSYBOX: "",
    });
    expect(reachValues([], "0000000a", { pings: server })).to.deep.equal({
      TARGETS: "lo 127.0.0.1 8080 -\noutside 10.240.0.10 - ping",
      QUESTION: "0000000a",
      BUSYBOX: "/bin/busybox",
    });
  });
});
