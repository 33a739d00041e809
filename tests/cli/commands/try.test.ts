import { expect } from "chai";
import { requireNeeds } from "../../../cli/commands/try";
import type { Experiment, Place } from "../../../cli/learn/experiment";
import { experiments } from "../../../cli/learn/experiments/table";
import { placeOf } from "../../../cli/learn/place";
import { plan as clusterPlan } from "../verify/cluster/samples";
import { network, plan } from "../verify/samples";

describe("an experiment on a lab", () => {
  it("is refused by a lab that cannot show it, with one that can", () => {
    const needs = (needs: Experiment["needs"], place: Place) => () =>
      requireNeeds({ ...experiments[0]!, name: "any", needs }, place);
    const [nodes, cluster] = [placeOf(plan, undefined, network), placeOf(clusterPlan, undefined)];
    expect(needs("cluster", nodes)).to.throw(/The experiment any needs a cluster/);
    expect(needs("iptables", nodes)).to.throw(/The experiment any needs a cluster/);
    const nftables = { ...cluster, cluster: { ...cluster.cluster!, proxyMode: "nftables" } };
    expect(needs("iptables", nftables)).to.throw("Take a lab with hardway:proxyMode iptables.");
    expect(needs("systemd", nodes)).to.throw(/The experiment any needs a cluster/);
    expect(needs("systemd", { ...cluster, cgroupDriver: "cgroupfs" })).to.throw(
      "node-0 has cgroupfs. Take a worker with hardway:cgroupDriver systemd.",
    );
    expect(needs("no pods", cluster)).to.throw("needs a worker without pods, and the cluster has some on node-0");
    expect(needs("vpc", cluster)).to.throw("The experiment any is about a VPC");
    for (const [need, place] of [
      ["cluster", cluster],
      ["iptables", cluster],
      ["systemd", cluster],
      ["no pods", nodes],
      ["vpc", nodes],
      [undefined, nodes],
    ] as const)
      expect(needs(need, place), need).not.to.throw();
  });
});
