import { expect } from "chai";
import { byHandValues, judgeByHand } from "../../../cli/verify/podByHand";
import type { Masquerade } from "../../../components/node/cniFiles";
import type { PlannedHost } from "../../../components/plan/routes";
import { facts, lines, plan, problems, type Sections } from "./samples";

const node = plan.hosts[1] as PlannedHost;
const answer = (source: string) => `HTTP/1.1 200 OK\r\n\r\nnode-0 answers run1 to ${source}`;
const pinged = "--- 10.240.0.1 ping statistics ---\n1 packets transmitted, 1 received, 0% packet loss";
const lost = "1 packets transmitted, 0 received, 100% packet loss";

const good: Sections = {
  own: "10.200.0.9",
  pod: answer("10.200.0.9"),
  service: answer("10.200.0.9"),
  "host-port": answer("10.240.0.80"),
  senders: "pod 0\nother 1",
  ...{ size: "1500", undivided: pinged },
  outside: "10.240.0.1",
  "outside-host": pinged,
  "outside-pod": pinged,
};

const judge = (changes: Sections = {}, masquerade: Masquerade = "bridge") =>
  judgeByHand(
    node,
    { ...plan, cni: { ...plan.cni, masquerade } },
    "10.200.0.7",
    "run1",
    facts({ ...good, ...changes }),
  );

describe("checks of a pod that was connected by hand", () => {
  it("show what it reaches on its own node, and with whose address it leaves it", () => {
    expect(problems(judge())).to.deep.equal([]);
    expect(lines(judge())).to.deep.equal([
      "pod to pod on node-0, HTTP: node-0 answers, sees 10.200.0.9",
      "pod to Service by hand on node-0, HTTP: node-0 answers, sees 10.200.0.9",
      "host port on node-0 itself, HTTP: node-0 answers",
      "sender of what a pod sends to the outside: the node",
      "undivided packet of 1500 bytes from a pod to node-1: --- 10.240.0.1 ping statistics ---; 1 packets transmitted, 1 received, 0% packet loss",
      "pod to the default gateway 10.240.0.1, ping: --- 10.240.0.1 ping statistics ---; 1 packets transmitted, 1 received, 0% packet loss",
    ]);
  });

  const table: [string, Sections, string[]][] = [
    ["a pod that does not answer", { pod: "" }, ["pod to pod on node-0, HTTP: nothing"]],
    [
      "a Service whose answer nobody changes back, as without br_netfilter",
      { service: "timeout: connection reset" },
      ["pod to Service by hand on node-0, HTTP: timeout: connection reset"],
    ],
    [
      "a host port that leads nowhere",
      { "host-port": "bash: connect: Connection refused" },
      ["host port on node-0 itself, HTTP: bash: connect: Connection refused"],
    ],
    [
      "a host port of another pod",
      { "host-port": "x answers run1 to a" },
      ["host port on node-0 itself, HTTP: x answers"],
    ],
    [
      "masquerading that is gone",
      { senders: "pod 1\nother 0" },
      ["sender of what a pod sends to the outside: the pod"],
    ],
    [
      "packets that do not come out",
      { senders: "pod 0\nother 0" },
      ["sender of what a pod sends to the outside: no packet came out: pod 0; other 0"],
    ],
    [
      "a bridge that drops what is as large as pods may send it",
      { undivided: [1, lost] },
      [`undivided packet of 1500 bytes from a pod to node-1: ${lost}`],
    ],
    [
      "a gateway that answers the host only",
      { "outside-pod": [1, lost] },
      [`pod to the default gateway 10.240.0.1, ping: ${lost}`],
    ],
  ];
  for (const [what, changes, expected] of table)
    it(`find ${what}`, () => expect(problems(judge(changes))).to.deep.equal(expected));

  it("expect of a gateway what it does for the host", () => {
    const silent = { "outside-host": [1, lost], "outside-pod": [1, lost] } as const;
    expect(problems(judge(silent))).to.deep.equal([]);
    expect(lines(judge(silent)).at(-1)).to.equal(
      "pod to the default gateway 10.240.0.1, ping: answers neither the host nor pods",
    );
    expect(lines(judge({ outside: "" }))).to.have.length(5);
  });

  it("expect the pod's own address without masquerading, and then no answer from the outside", () => {
    expect(problems(judge({}, "none"))).to.deep.equal(["sender of what a pod sends to the outside: the node"]);
    expect(lines(judge({ senders: "pod 1\nother 0" }, "none"))).to.have.length(5);
    expect(problems(judge({ senders: "pod 1\nother 0" }, "outsideCluster"))).to.have.length(1);
  });

  it("count a probe pod that is not there as not reached", () => {
    const checks = judgeByHand(
      node,
      plan,
      undefined,
      "run1",
      facts({ ...good, pod: "", service: "", "host-port": "" }),
    );
    expect(problems(checks)).to.deep.equal([
      "pod to pod on node-0, HTTP: not tried: node-0 has no pod",
      "pod to Service by hand on node-0, HTTP: not tried: node-0 has no pod",
      "host port on node-0 itself, HTTP: not tried: node-0 has no pod",
    ]);
  });

  it("hand the script what it needs", () => {
    expect(byHandValues(node, plan, "10.200.0.7", "0000000a")).to.deep.equal({
      ...{ PEER: "10.240.0.81", MTU: "1500" },
      POD: "10.200.0.7",
      PORT: "8080",
      NODE: "10.240.0.80",
      HOST_PORT: "61010",
      QUESTION: "0000000a",
    });
    expect(byHandValues(node, plan, undefined, "0000000a")["POD"]).to.equal("");
  });
});
