import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect } from "chai";
import pc from "picocolors";
import { isChanged } from "../../../cli/learn/experiment";
import { forEachPodAddress } from "../../../cli/learn/experiments/cni";
import { experiments } from "../../../cli/learn/experiments/table";
import { placeOf } from "../../../cli/learn/place";
import { explanations } from "../../../cli/learn/topics/table";
import { renderPage } from "../../../cli/learn/page";
import { renderEnd, renderEvent, renderList } from "../../../cli/learn/text";
import type { Seen } from "../../../cli/learn/runExperiment";
import { expectFile } from "../../support/golden";
import { repository } from "../../support/hardwayCli";
import { plan as clusterPlan } from "../verify/cluster/samples";
import { network, plan } from "../verify/samples";

describe("the experiments", () => {
  it("are on their page as they are run", () => {
    expectFile(join(repository, "docs/experiments.md"), renderPage(experiments, explanations));
  });

  it("have names of their own, and each has something that a break changes", () => {
    const names = experiments.map(({ name }) => name);
    expect(new Set(names).size).to.equal(names.length);
    const place = placeOf(clusterPlan, undefined, network);
    for (const { name, observe } of experiments) expect(observe(place).some(isChanged), name).to.equal(true);
  });

  // With the flag m, ^(?!...) matches at each line, so that what must not be there may stand in another one: without is for that.
  it("do not look for what is not there by a pattern", () => {
    const place = placeOf(clusterPlan, undefined, network);
    const patterns = experiments.flatMap(({ observe }) =>
      observe(place).flatMap(({ healthy, broken }) => [healthy, broken].map(({ pattern }) => pattern.source)),
    );
    expect(patterns.filter((source) => source.includes("(?!"))).to.deep.equal([]);
  });

  it("have a loop over the addresses of pods for a pod CIDR of any length", () => {
    const addresses = (podCidr: string) =>
      execFileSync("sh", ["-c", forEachPodAddress(podCidr, 'echo "$address"')], { encoding: "utf8" })
        .trim()
        .split("\n");
    expect(addresses("10.0.0.64/29")).to.deep.equal([66, 67, 68, 69, 70].map((last) => `10.0.0.${last}`));
    const four = addresses("10.200.4.0/22");
    expect([four.length, new Set(four).size]).to.deep.equal([1021, 1021]);
    expect([four[0], four[253], four[254], four.at(-1)]).to.deep.equal([
      ...["10.200.4.2", "10.200.4.255", "10.200.5.0", "10.200.7.254"],
    ]);
  });

  it("are listed by topic", () => {
    const lines = renderList(experiments, "./hardway --lab two").split("\n");
    expect(lines.filter((line) => /^\w/.test(line)).slice(0, -1)).to.deep.equal([
      "kernel",
      "runtime",
      "cni",
      "routes",
      "vpc",
      "cluster",
    ]);
    expect(lines).to.include("  bridge-netfilter   What does a node need br_netfilter for?");
    expect(lines.at(-1)).to.contain('"./hardway --lab two try NAME"');
  });
});

describe("where an experiment takes place", () => {
  it("is the first worker, or the one that was named, and another one", () => {
    expect(placeOf(plan, undefined)).to.include({ node: "node-0", other: "node-1", otherPodCidr: "10.200.1.0/24" });
    expect(placeOf(plan, undefined)).to.include({ controller: "server" }).and.not.have.any.keys("cluster", "vpc");
    expect(placeOf(plan, undefined, network).vpc).to.deep.equal({
      ...{ instanceId: "i-1", networkInterfaceId: "eni-1", securityGroupId: "sg-1", routeTableIds: ["rtb-1"] },
    });
    const services = { apiService: "10.32.0.1", dnsService: "10.32.0.10", clusterDomain: "cluster.local" };
    const cluster = { ...services, proxyMode: "iptables" };
    expect(placeOf(clusterPlan, undefined).cluster).to.deep.equal(cluster);
    expect(placeOf(plan, "node-1")).to.include({ node: "node-1", other: "node-0", podCidr: "10.200.1.0/24" });
  });

  it("is refused where it cannot be, with what to do", () => {
    expect(() => placeOf(plan, "server")).to.throw("server is no worker of this lab; it has node-0, node-1.");
    const alone = { ...plan, hosts: plan.hosts.filter(({ name }) => name !== "node-1") };
    expect(() => placeOf(alone, undefined)).to.throw("An experiment needs two workers");
    const runtime = { ...plan.runtimes["node-1"]!, kind: "crio" as const };
    const crio = { ...plan, runtimes: { ...plan.runtimes, "node-1": runtime } };
    expect(() => placeOf(crio, undefined)).to.throw("node-1 runs crio");
  });
});

describe("what an experiment prints", () => {
  const [experiment] = experiments;
  if (experiment === undefined) throw new Error("there is none");
  const colors = pc.createColors(false);
  const seen = (moment: Seen["moment"], ok: boolean): Seen => ({
    ...{ moment, host: "node-1", command: "ping 10.200.0.7", question: "Does it answer?", expected: "it answers" },
    ...{ output: Array.from({ length: 10 }, (_, i) => `line ${i}`).join("\n"), ok },
  });

  it("is each command with its host, the first lines of its output, and whether that is as expected", () => {
    const lines = renderEvent({ kind: "seen", seen: seen("broken", false) }, colors).split("\n");
    expect([lines[0], lines[1], lines[2], ...lines.slice(-2)]).to.deep.equal([
      "Broken: Does it answer?",
      "  node-1# ping 10.200.0.7",
      "  line 0",
      "  (2 more lines)",
      "  not as expected: it answers",
    ]);
    const command = { kind: "command", purpose: "break", host: "node-0", command: "reboot" } as const;
    expect(renderEvent(command, colors)).to.equal("Break\n  node-0# reboot");
  });

  it("ends with why, and with how the lab is now", () => {
    const end = (all: Seen[], kept = false) =>
      renderEnd(experiment, all, { kept, command: "./hardway", topics: ["swap", "dns"] })
        .split("\n")
        .slice(-2);
    const [before, broken] = [seen("before", true), seen("broken", true)];
    expect(end([before, broken, seen("repaired", true)])).to.deep.equal(["", "It is whole again."]);
    expect(end([before, broken], true)[1]).to.equal('It stays broken. Mend it by hand, or with "./hardway repair".');
    expect(end([before, broken, seen("repaired", false)])[1]).to.contain("It is not whole again");
    expect(end([before, seen("broken", false), seen("repaired", true)])[0]).to.contain("is not what was expected");
    expect(end([seen("before", false)])[0]).to.contain("so nothing was broken");
    const whole = renderEnd(experiment, [before], { kept: false, command: "./hardway", topics: ["swap", "dns"] });
    expect(whole).to.contain('\n  More with "./hardway explain swap", "./hardway explain dns".\n\n');
  });
});
