import { expect } from "chai";
import { areReady, configzPath, judgeNodes, nodesPath } from "../../../../cli/verify/cluster/nodes";
import { knownValue, logLine, probeLabels, probeObjects } from "../../../../cli/verify/cluster/probeObjects";
import {
  areRunning,
  judgeDns,
  judgeEncryption,
  judgeLogAndExec,
  judgeNodePorts,
  judgePod,
  judgeRights,
  judgeServices,
  judgeStray,
  nodePortTargets,
  servicesIn,
  serviceTargets,
  strayOf,
} from "../../../../cli/verify/cluster/services";
import type { Check } from "../../../../cli/verify/types";
import { facts, problems, type Sections } from "../samples";
import { cluster, node0, node1, plan, server, workers } from "./samples";

const run = "0a1b2c";

function node(name: string, address: string, podCIDR: string, changes: object = {}) {
  return {
    metadata: { name },
    spec: { podCIDR },
    status: {
      addresses: [{ type: "InternalIP", address }],
      conditions: [{ type: "Ready", status: "True" }],
      nodeInfo: { kubeletVersion: "v1.36.3", containerRuntimeVersion: "containerd://1.7.24" },
      ...changes,
    },
  };
}
const [first, second] = [
  node("node-0", "10.240.0.80", "10.200.0.0/24"),
  node("node-1", "10.240.0.81", "10.200.1.0/24"),
];
const nodeList = (...items: unknown[]) => JSON.stringify({ kind: "NodeList", items });
const configz = (cgroupDriver: string) => JSON.stringify({ kubeletconfig: { cgroupDriver } });

describe("rows of Nodes", () => {
  const judge = (items: string, drivers: Sections = {}) =>
    judgeNodes(
      server,
      plan,
      facts({
        [nodesPath]: items,
        [configzPath("node-0")]: configz("systemd"),
        [configzPath("node-1")]: configz("systemd"),
        ...drivers,
      }),
    );

  it("are ok for Nodes as planned, each on its host", () => {
    const checks = judge(nodeList(first, second));
    expect(problems(checks)).to.deep.equal([]);
    expect(new Set(checks.map(({ host }) => host))).to.deep.equal(new Set(["server", "node-0", "node-1"]));
    expect(areReady(workers, nodeList(first, second))).to.equal(true);
    expect(areReady(workers, nodeList(first))).to.equal(false);
  });

  const with0 = (changes: object) => nodeList(node("node-0", "10.240.0.80", "10.200.0.0/24", changes), second);
  const table: [what: string, items: string, expected: string[]][] = [
    ["one that is missing", nodeList(second), ["Nodes: node-1", "Node: not in the cluster"]],
    ["one too many", nodeList(first, second, node("old", "10.240.0.9", "")), ["Nodes: node-0, node-1, old"]],
    [
      "one that is not Ready",
      with0({ conditions: [{ type: "Ready", status: "Unknown", message: "stopped posting" }] }),
      ["Node: Unknown: stopped posting"],
    ],
    [
      "the address of the wrong card",
      with0({ addresses: [{ type: "InternalIP", address: "10.0.2.15" }] }),
      ["InternalIP: 10.0.2.15"],
    ],
    ["another pod CIDR", nodeList(node("node-0", "10.240.0.80", "10.200.9.0/24"), second), ["podCIDR: 10.200.9.0/24"]],
    [
      "another version and another runtime",
      with0({ nodeInfo: { kubeletVersion: "v1.35.0", containerRuntimeVersion: "cri-o://1.34.0" } }),
      ["kubelet's version: v1.35.0", "runtime as the Node has it: cri-o"],
    ],
    [
      "an answer that is none",
      '{"kind":"Status","message":"forbidden"}',
      ["Nodes: forbidden", "Node: not in the cluster", "Node: not in the cluster"],
    ],
  ];
  for (const [what, items, expected] of table)
    it(`find ${what}`, () => expect(problems(judge(items))).to.deep.equal(expected));

  it("find another cgroup driver than the runtime's, and a kubelet that the API server may not ask", () => {
    const path = configzPath("node-0");
    expect(problems(judge(nodeList(first, second), { [path]: configz("cgroupfs") }))).to.deep.equal([
      "kubelet's cgroup driver: cgroupfs, not the runtime's",
    ]);
    expect(problems(judge(nodeList(first, second), { [path]: "Forbidden" }))).to.deep.equal([
      "kubelet's cgroup driver: Forbidden",
    ]);
  });
});

const pod = (name: string, podIP: string, changes: object = {}) => ({
  metadata: { labels: { [probeLabels.node]: name } },
  spec: { nodeName: name },
  status: { phase: "Running", podIP, conditions: [{ type: "Ready", status: "True" }], ...changes },
});
const podList = (...items: unknown[]) => JSON.stringify({ kind: "PodList", items });
const service = (name: string, clusterIP: string, nodePort: number) => ({
  spec: { clusterIP, selector: { [probeLabels.node]: name }, ports: [{ nodePort }] },
});
const places = servicesIn(
  JSON.stringify({ items: [service("node-0", "10.32.0.20", 30001), service("node-1", "10.32.0.21", 30002)] }),
);

describe("rows of what a cluster does", () => {
  it("come from objects in a namespace of the run's own, a pod and a Service for each worker", () => {
    const objects = probeObjects(run, workers, "probe:1");
    expect(objects.map(({ path, object }) => `${path} ${(object as { kind: string }).kind}`)).to.deep.equal([
      "/api/v1/namespaces Namespace",
      "/api/v1/namespaces/hardway-verify-0a1b2c/secrets Secret",
      "/api/v1/namespaces/hardway-verify-0a1b2c/configmaps ConfigMap",
      ...["services Service", "services Service", "pods Pod", "pods Pod"].map(
        (end) => `/api/v1/namespaces/hardway-verify-0a1b2c/${end}`,
      ),
    ]);
    // They travel as lines.
    expect(objects.filter(({ object }) => JSON.stringify(object).includes("\n"))).to.deep.equal([]);
    expect(serviceTargets(places)).to.equal("node-0 10.32.0.20 8081\nnode-1 10.32.0.21 8081");
  });

  it("find a pod that does not run, runs elsewhere, or has an address of elsewhere", () => {
    const judge = (of: unknown) => problems(judgePod(node0, podList(of)));
    expect(judge(pod("node-0", "10.200.0.5"))).to.deep.equal([]);
    expect(areRunning(workers, podList(pod("node-0", "10.200.0.5")))).to.equal(false);
    expect(judge(pod("node-0", "10.200.1.5"))[0]).to.contain("runs on node-0, 10.200.1.5");
    expect(judge({ ...pod("node-0", "10.200.0.5"), spec: { nodeName: "node-1" } })[0]).to.contain("runs on node-1");
    const waiting = {
      phase: "Pending",
      conditions: [],
      containerStatuses: [{ state: { waiting: { reason: "ErrImagePull", message: "no such image" } } }],
    };
    expect(judge(pod("node-0", "", waiting))[0]).to.contain("Pending: ErrImagePull: no such image");
    expect(problems(judgePod(node0, "curl: (7) refused"))[0]).to.contain("curl: (7) refused");
  });

  it("find a log or an exec that is forbidden", () => {
    const judge = (log: string, exec: { code: number; text: string }) =>
      problems(judgeLogAndExec(node0, run, { code: 0, text: log }, exec));
    expect(judge(logLine(run), { code: 0, text: `x ${run} y` })).to.deep.equal([]);
    expect(judge("Forbidden", { code: 1, text: "error: unable to upgrade connection: Forbidden" })).to.deep.equal([
      "log of a pod, from the API server: Forbidden",
      "exec in a pod, through the API server: error: unable to upgrade connection: Forbidden",
    ]);
  });

  const answer = (name: string) => `HTTP/1.0 200 OK\n\n${name} answers ${run} to 10.200.0.1`;

  it("find Services that lead nowhere, or elsewhere, by name", () => {
    const judge = (zero: string, one: string) =>
      judgeServices(node0, places, run, facts({ "http node-0": zero, "http node-1": one }));
    expect(problems(judge(answer("node-0"), answer("node-1")))).to.deep.equal([]);
    expect(judge("", "").map(({ check }) => check)).to.deep.equal([
      "pod on node-0 to itself by its own Service",
      "pod on node-0 to the Service of a pod on node-1",
    ]);
    expect(problems(judge("nc: timed out", answer("node-0")))).to.deep.equal([
      "pod on node-0 to itself by its own Service: nc: timed out",
      "pod on node-0 to the Service of a pod on node-1: node-0 answers",
    ]);
    expect(problems(judgeServices(node0, places, run, new Error("no exec")))).to.have.length(2);
  });

  it("find a Node that lets what no Service has out, for somebody else to answer", () => {
    const judge = (text: string) => judgeStray(node0, cluster, facts({ stray: text }));
    expect(strayOf(cluster)).to.equal("10.32.0.1:8081");
    const refused =
      "Connecting to 10.32.0.1:8081 (10.32.0.1:8081)\nwget: can't connect to remote host (10.32.0.1): Connection refused";
    expect(judge(refused).map(({ check, ok }) => [check, ok])).to.deep.equal([
      ["pod on node-0 to 10.32.0.1:8081, which no Service has", true],
    ]);
    for (const text of ["wget: download timed out", "saving to '/dev/null'", ""])
      expect(problems(judge(text)), text).to.have.length(1);
    expect(problems(judgeStray(node0, cluster, new Error("no exec")))).to.have.length(1);
  });

  it("find DNS that does not answer, and one that answers something else", () => {
    const judge = (text: string) =>
      problems(judgeDns(node0, cluster, facts({ "lookup kubernetes.default.svc.cluster.local.": text })));
    const server = "Server:\t\t10.32.0.10\nAddress:\t10.32.0.10:53\n\n".replaceAll("Address:\t", "Address:  ");
    const name = "Name:\tkubernetes.default.svc.cluster.local\n";
    expect(judge(`${server}${name}Address: 10.32.0.1\n\n`)).to.deep.equal([]);
    expect(judge(`${server}${name}Address 1: 10.32.0.1\n`)).to.deep.equal([]);
    const row = "pod on node-0 asks for kubernetes.default.svc.cluster.local";
    expect(judge(`${server}${name}Address: 10.0.0.1\n`)).to.deep.equal([`${row}: 10.0.0.1`]);
    expect(judge(`${server}** server can't find it: NXDOMAIN`)[0]).to.contain("NXDOMAIN");
    expect(judge(";; connection timed out; no servers could be reached")[0]).to.contain("timed out");
    expect(problems(judgeDns(node0, cluster, new Error("no exec")))).to.deep.equal([`${row}: no exec`]);
  });

  it("ask for each node port at the pod's own Node and at the next one", () => {
    expect(nodePortTargets(workers, places).split("\n")).to.deep.equal([
      "node-0-at-node-0 10.240.0.80 30001",
      "node-0-at-node-1 10.240.0.81 30001",
      "node-1-at-node-1 10.240.0.81 30002",
      "node-1-at-node-0 10.240.0.80 30002",
    ]);
    expect(nodePortTargets([node1], places.slice(1))).to.equal("node-1-at-node-1 10.240.0.81 30002");
    const sections = (far: string): Sections => ({
      "http node-0-at-node-0": answer("node-0"),
      "http node-0-at-node-1": far,
      "http node-1-at-node-1": answer("node-1"),
      "http node-1-at-node-0": answer("node-1"),
    });
    const judge = (far: string): Check[] => judgeNodePorts(server, workers, places, run, facts(sections(far)));
    expect(problems(judge(answer("node-0")))).to.deep.equal([]);
    expect(problems(judge("refused"))).to.deep.equal(["server to a node port of node-1, to a pod on node-0: refused"]);
  });

  it("find a Secret in the clear in etcd, and something that should be", () => {
    const range = (text: string) => JSON.stringify({ kvs: [{ value: Buffer.from(text).toString("base64") }] });
    const [sealed, open] = [range("k8s:enc:secretbox:v1:key1:\u0001\u0002"), range(`k8s\0${knownValue}`)];
    const base64 = (text: string) => Buffer.from(text).toString("base64").slice(0, 28);
    const [anySealed, anyOpen] = [
      base64("k8s:enc:secretbox:v1:key1:"),
      base64("k8s\0\n\n\n\u0002v1\u0012\u0006Secret"),
    ];
    const judge = (secrets: string, configmaps: string, encryptedResources = ["secrets"], all: Sections = {}) => {
      const isSealed = (kind: string) => encryptedResources.includes(kind);
      const others = Object.fromEntries(
        ["secrets", "configmaps"].map((kind) => [`all ${kind}`, `      4 ${isSealed(kind) ? anySealed : anyOpen}\n`]),
      );
      const sections = { secrets, configmaps, ...others, ...all };
      return problems(judgeEncryption(server, { ...cluster, encryptedResources }, facts(sections)));
    };
    expect(judge(sealed, open)).to.deep.equal([]);
    expect(judge(open, open)).to.deep.equal(["a secret in etcd: in the clear"]);
    expect(judge(sealed, open, ["secrets", "configmaps"])).to.deep.equal(["a configmap in etcd: in the clear"]);
    expect(judge(range(`k8s:enc:secretbox:v1:key1:${knownValue}`), open)[0]).to.contain("its text readable");
    expect(judge(range("k8s:enc:aescbc:v1:key1:x"), open)[0]).to.contain("k8s:enc:aescbc:v1:");
    expect(judge("{}", open)).to.deep.equal(["a secret in etcd: {}"]);
    expect(judge(open, open, [])).to.deep.equal([]);
    const earlier = `      4 ${anySealed}\n     12 ${anyOpen}\n      1 ${base64("k8s\0\n\n\n\u0002v2")}\n`;
    expect(judge(sealed, open, ["secrets"], { "all secrets": earlier, "all configmaps": earlier })).to.deep.equal([
      "all secrets in etcd: 4 encrypted, 13 in the clear",
      "all configmaps in etcd: 4 encrypted, 13 in the clear",
    ]);
    expect(judge(sealed, open, ["secrets"], { "all secrets": "" })).to.deep.equal(["all secrets in etcd: nothing"]);
    const other = `      2 ${base64("k8s:enc:aescbc:v1:key1:")}\n`;
    expect(judge(sealed, open, ["secrets"], { "all secrets": other })).to.deep.equal([
      "all secrets in etcd: k8s:enc:aescbc:v1:key…",
    ]);
  });

  it("find a kubelet that may do more than its Node needs, or nothing at all", () => {
    const refusal = (message: string) => `${JSON.stringify({ kind: "Status", message })}\n403`;
    const well: Sections = {
      own: "\n200",
      secret: refusal('secrets "probe" is forbidden: no relationship found between node "node-0" and this object'),
      label: refusal(
        'nodes "node-0" is forbidden: is not allowed to modify labels: node-role.kubernetes.io/hardway-verify',
      ),
    };
    const judge = (changes: Sections) => problems(judgeRights(node0, facts({ ...well, ...changes })));
    expect(judge({})).to.deep.equal([]);
    expect(judge({ secret: '{"kind":"Secret"}\n200' })[0]).to.match(/a Secret of none of its pods: 200: /);
    expect(judge({ label: '{"kind":"Node"}\n200' })[0]).to.match(/a label node-role of its own Node: 200: /);
    expect(judge({ secret: '{"message":"no relationship found"}\n200' })).to.have.length(1);
    expect(judge({ own: "\n403", secret: refusal("User is forbidden") })).to.have.length(2);
  });
});
