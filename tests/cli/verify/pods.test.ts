import { expect } from "chai";
import { expectedSource, judgeReach, parseAnswer, reachValues, type Source } from "../../../cli/verify/pods";
import type { PlannedHost } from "../../../components/plan/labPlan";
import { facts, lines, plan, problems } from "./samples";

const [server, node0, node1] = plan.hosts as [PlannedHost, PlannedHost, PlannedHost];
const http = (pod: string, question: string, source: string) =>
  `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n${pod} answers ${question} to ${source}`;
const ping =
  "PING 10.200.1.2\n\n--- 10.200.1.2 ping statistics ---\n2 packets transmitted, 2 packets received, 0% packet loss\nround-trip min/avg/max = 1/1/1 ms";
const source: Source = { host: node0, label: "pod on node-0", expected: "10.240.0.80" };
const target = { host: node1, address: "10.200.1.2" };

const judge = (answer: string, pinged: string | readonly [number, string] = ping) =>
  judgeReach(source, [target], "run1", facts({ "http node-1": answer, "ping node-1": pinged }));

describe("pod checks", () => {
  it("show the sender that the far pod saw", () => {
    const checks = judge(http("node-1", "run1", "[::ffff:10.240.0.80]"));
    expect(problems(checks)).to.deep.equal([]);
    expect(lines(checks)).to.deep.equal([
      "pod on node-0 to pod on node-1, HTTP: node-1 answers, sees 10.240.0.80",
      "pod on node-0 to pod on node-1, ping: 2 packets transmitted, 2 packets received, 0% packet loss; round-trip min/avg/max = 1/1/1 ms",
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
      { host: server, label: "server", expected: "10.240.0.10" },
      [{ host: node1 }],
      "run1",
      facts({}),
    );
    expect(problems(checks)).to.deep.equal([
      "server to pod on node-1, HTTP: not tried: node-1 has no pod",
      "server to pod on node-1, ping: not tried: node-1 has no pod",
    ]);
    expect(problems(judgeReach(source, [target], "run1", new Error("ExecSync: gone")))).to.deep.equal([
      "pod on node-0 to pod on node-1, HTTP: ExecSync: gone",
      "pod on node-0 to pod on node-1, ping: ExecSync: gone",
    ]);
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
    expect(reachValues([target, { host: node0 }], "run1", "/bin/busybox")).to.deep.equal({
      TARGETS: "node-1 10.200.1.2",
      PORT: "8080",
      QUESTION: "run1",
      BUSYBOX: "/bin/busybox",
    });
  });
});
