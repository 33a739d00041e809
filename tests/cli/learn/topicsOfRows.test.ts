import { expect } from "chai";
import { explanations } from "../../../cli/learn/topics/table";
import { topicsOfRows } from "../../../cli/learn/topicsOfRows";
import { checkAreas, type Check, type CheckArea } from "../../../cli/verify/types";

const row = (area: CheckArea, check: string, ok = false): Check => ({
  ...{ host: "node-0", area, check, ok, expected: "", observed: "" },
});

describe("what explains failed rows", () => {
  it("is the topic of each, once and in their order; none for what holds or is no setting", () => {
    const of = (...rows: [CheckArea, string][]) => topicsOfRows(rows.map(([area, check]) => row(area, check)));
    expect(
      of(
        ["ssh", "connection"],
        ["kernel", "module overlay now"],
        ["kernel", "module br_netfilter at the next boot"],
        ["kernel", "sysctl net.bridge.bridge-nf-call-iptables now"],
        ["kernel", "sysctl net.ipv4.ip_forward now"],
        ["kernel", "forwarding by card now"],
        ["kernel", "sysctl vm.overcommit_memory now"],
        ["kernel", "swap now"],
      ),
    ).to.deep.equal([
      ...["overlay", "br_netfilter", "bridge-nf-call-iptables", "ip_forward", "kubelet-sysctls", "swap"],
    ]);
    expect(
      of(
        ["runtime", "cgroup driver"],
        ["runtime", "program of handler crun"],
        ["runtime", "containerd is active"],
        ["cri", "snapshotter of the container"],
        ["cri", "image of the sandbox"],
        ["cri", "seccomp of the container"],
        ["cni", "CNI plugin folder"],
        ["cni", "CNI configuration folder"],
        ["routes", "route to 10.200.1.0/24 (pods of node-1)"],
        ["vpc", "route to 10.200.1.0/24 in rtb-1"],
        ["vpc", "source/destination check of node-1 (i-1)"],
        ["vpc", "ingress from pods of node-0 in sg-1"],
        ["pods", "sender of what a pod sends to the outside"],
        ["nodes", "kubelet's cgroup driver"],
        ["nodes", "Node"],
      ),
    ).to.deep.equal([
      ...[
        "cgroup-driver",
        "handlers",
        "runtime",
        "snapshotter",
        "sandbox-image",
        "isolation",
        "cni-plugins",
        "cni-config",
      ],
      ...["pod-routes", "vpc-routes", "source-dest-check", "masquerade", "kubelet"],
    ]);
    expect(topicsOfRows([row("kernel", "swap now", true), row("pods", "pod on node-0 to the outside")])).to.deep.equal(
      [],
    );
  });

  it("is there to be read, for every area of settings", () => {
    const names = explanations.map(({ name }) => name);
    const areas = checkAreas.filter((area) => !["ssh", "host", "kernel", "cri", "cluster", "pods"].includes(area));
    for (const area of areas) {
      const [topic] = topicsOfRows([row(area, "anything")]);
      expect(names, area).to.include(topic);
    }
  });
});
