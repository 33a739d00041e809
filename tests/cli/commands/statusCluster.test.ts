import { expect } from "chai";
import pc from "picocolors";
import { answersOf, readNodes, renderClusterStatus } from "../../../cli/commands/statusCluster";

const item = (name: string, conditions: object[], podCIDR?: string) => ({
  metadata: { name },
  spec: { podCIDR },
  status: { nodeInfo: { kubeletVersion: "v1.36.3" }, conditions },
});

describe("the status of a cluster", () => {
  it("says of each service what it answers", () => {
    expect(answersOf("200\n503\n000\n")).to.deep.equal({
      etcd: "ok",
      "kube-apiserver": "HTTP 503",
      "kube-controller-manager": "does not answer",
      "kube-scheduler": "does not answer",
    });
  });

  it("says which Nodes are ready", () => {
    const items = [
      item("node-0", [{ type: "Ready", status: "True" }], "10.200.0.0/24"),
      item("node-1", [
        { type: "MemoryPressure", status: "True" },
        { type: "Ready", status: "Unknown" },
      ]),
    ];
    expect(readNodes(JSON.stringify({ items }))).to.deep.equal([
      { name: "node-0", ready: true, version: "v1.36.3", podCidr: "10.200.0.0/24" },
      { name: "node-1", ready: false, version: "v1.36.3", podCidr: null },
    ]);
  });

  it("is two tables, and what is in the way of more", () => {
    const ok = answersOf("200\n200\n200\n200\n");
    const text = (nodes: ReturnType<typeof readNodes> | null) =>
      renderClusterStatus(
        {
          controllers: [
            { name: "server-0", services: ok },
            { name: "server-1", problem: "no route" },
          ],
          nodes,
        },
        pc.createColors(false),
      );
    expect(text([{ name: "node-0", ready: false, version: "v1.36.3", podCidr: null }])).to.equal(
      [
        "CONTROLLER  ETCD  KUBE-APISERVER  KUBE-CONTROLLER-MANAGER  KUBE-SCHEDULER",
        "server-0    ok    ok              ok                       ok",
        "server-1: no route",
        "NODE    STATE     KUBELET  POD CIDR",
        "node-0  NotReady  v1.36.3  -",
      ].join("\n"),
    );
    expect(text(null)).to.match(/\nNo API server tells of the Nodes\.$/);
  });
});
