import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { HardWayLab, parseConfig } from "../../components";
import { MockEngine, valueOf } from "../support/mocks";

const ssh = { host: "192.0.2.1", user: "admin", password: "canary-password" };

function labConfig(workers: number) {
  return parseConfig(
    {
      target: "hosts",
      hosts: [
        { name: "server", role: "controller", address: "10.240.0.10", ssh },
        ...Array.from({ length: workers }, (_, i) => ({
          name: `node-${i}`,
          role: "worker",
          address: `10.240.0.${80 + i}`,
          ssh,
        })),
      ],
    },
    { directory: "/" },
  );
}

describe("HardWayLab", () => {
  let engine: MockEngine;

  async function lab(workers: number): Promise<HardWayLab> {
    engine = await new MockEngine((name) => ({ from: name })).start();
    const made = new HardWayLab("lab", labConfig(workers));
    await Promise.all([valueOf(made.plan), valueOf(made.hosts), valueOf(made.runtimes)]);
    await pulumi.runtime.disconnect();
    return made;
  }

  it("makes these children and no others", async () => {
    await lab(2);
    expect(
      engine.resources.filter((r) => r.type !== "command:remote:Command").map((r) => `${r.type} ${r.name}`),
    ).to.have.members([
      "hardway:index:HardWayLab lab",
      "hardway:index:ReachableHost lab-reachable-server",
      "hardway:index:KernelPrep lab-kernel-server",
      "hardway:index:PodRoutes lab-routes-server",
      ...["node-0", "node-1"].flatMap((node) => [
        `hardway:index:ReachableHost lab-reachable-${node}`,
        `hardway:index:KernelPrep lab-kernel-${node}`,
        `hardway:index:ContainerRuntime lab-runtime-${node}`,
        `hardway:index:CniConfig lab-cni-${node}`,
        `hardway:index:PodRoutes lab-routes-${node}`,
      ]),
    ]);
  });

  it("needs five remote resources per worker and three per controller, however many there are", async () => {
    for (const workers of [1, 2, 10]) {
      await lab(workers);
      expect(engine.names("command:remote:Command")).to.have.length(3 + 5 * workers);
    }
  });

  it("publishes what it promises", async () => {
    const made = await lab(2);
    const plan = await valueOf(made.plan);
    expect(plan.hosts).to.deep.equal([
      { name: "server", role: "controller", address: "10.240.0.10" },
      { name: "node-0", role: "worker", address: "10.240.0.80", podCidr: "10.200.0.0/24" },
      { name: "node-1", role: "worker", address: "10.240.0.81", podCidr: "10.200.1.0/24" },
    ]);
    expect(plan.routes).to.deep.equal([
      { host: "server", destination: "10.200.0.0/24", nextHop: "10.240.0.80", node: "node-0" },
      { host: "server", destination: "10.200.1.0/24", nextHop: "10.240.0.81", node: "node-1" },
      { host: "node-0", destination: "10.200.1.0/24", nextHop: "10.240.0.81", node: "node-1" },
      { host: "node-1", destination: "10.200.0.0/24", nextHop: "10.240.0.80", node: "node-0" },
    ]);
    expect(JSON.stringify(plan)).not.to.contain("canary-password");
    expect(await valueOf(made.podCidrs)).to.deep.equal({ "node-0": "10.200.0.0/24", "node-1": "10.200.1.0/24" });
    expect(await valueOf(made.hosts)).to.have.all.keys("server", "node-0", "node-1");
    expect(await valueOf(made.runtimes)).to.deep.equal({
      "node-0": { from: "lab-runtime-node-0" },
      "node-1": { from: "lab-runtime-node-1" },
    });
  });

  it("gives every host the routes of the plan and nothing else", async () => {
    await lab(2);
    const routesOf = (host: string) =>
      /ROUTES='([^']*)'/.exec(String(engine.command(`lab-routes-${host}`)["create"]))?.[1];
    expect(routesOf("server")).to.equal("10.200.0.0/24 via 10.240.0.80\n10.200.1.0/24 via 10.240.0.81");
    expect(routesOf("node-0")).to.equal("10.200.1.0/24 via 10.240.0.81");
    expect(routesOf("node-1")).to.equal("10.200.0.0/24 via 10.240.0.80");
  });
});
