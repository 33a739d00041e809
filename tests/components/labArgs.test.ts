import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { HardWayLab, parseConfig, type HardWayLabArgs } from "../../components";
import { MockEngine, valueOf } from "../support/mocks";
import { region } from "../support/plannedResources";

const connection = { host: "192.0.2.1", user: "admin", password: "canary-password", hostKey: "ssh-ed25519 AAAA" };
const server = { name: "server", role: "controller", address: "10.240.0.10", connection } as const;
const node0 = { name: "node-0", role: "worker", address: "10.240.0.80", connection } as const;
const adminCidrs = ["192.0.2.7/32"];

describe("the arguments of HardWayLab", () => {
  let engine: MockEngine;

  async function lab(args: HardWayLabArgs): Promise<HardWayLab> {
    engine = await new MockEngine((name) => ({ from: name }), region).start();
    const made = new HardWayLab("lab", args);
    await Promise.all([valueOf(made.plan), valueOf(made.hostFacts), valueOf(made.runtimeFacts)]);
    await pulumi.runtime.disconnect();
    return made;
  }

  it("have the defaults of the configuration", async () => {
    const resources = async (args: HardWayLabArgs) => {
      const { plan } = await lab(args);
      const made = engine.resources.filter(({ type }) => !type.startsWith("hardway:index:"));
      const sorted = made.sort((a, b) => (`${a.type} ${a.name}` < `${b.type} ${b.name}` ? -1 : 1));
      return { plan: await valueOf(plan), sorted };
    };
    const parsed = parseConfig({ target: "aws", adminCidrs }, { directory: "/" });
    expect(await resources({ aws: { adminCidrs } })).to.deep.equal(await resources(parsed));
  });

  it("may leave everything to defaults but the hosts, whose addresses may be outputs", async () => {
    const { plan, podCidrs } = await lab({
      hosts: [server, { ...node0, address: pulumi.output(Promise.resolve(node0.address)) }],
      masquerade: undefined,
    });
    expect(await valueOf(podCidrs)).to.deep.equal({ "node-0": "10.200.0.0/24" });
    const { routes, cni } = await valueOf(plan);
    expect(routes).to.deep.equal([
      { host: "server", destination: "10.200.0.0/24", nextHop: "10.240.0.80", node: "node-0" },
    ]);
    expect(cni.masquerade).to.equal("bridge");
  });

  it("say once what all workers run, and what single ones run instead", async () => {
    const { plan } = await lab({
      hosts: [server, node0, { ...node0, name: "node-1", address: "10.240.0.81" }],
      runtime: { settings: { handlers: ["crun"] } },
      runtimes: { "node-1": { settings: { snapshotter: "btrfs" }, store: { device: "/dev/vdb" } } },
    });
    const { runtimes } = await valueOf(plan);
    expect(runtimes["node-0"]).to.include({ defaultHandler: "crun", snapshotter: "overlayfs" });
    expect(runtimes["node-1"]).to.include({ defaultHandler: "runc", snapshotter: "btrfs" });
    expect(String(engine.command("lab-store-node-1")["create"])).to.contain("DEVICE='/dev/vdb'");
  });

  it("are shown to policies without connections and logins", async () => {
    await lab({
      hosts: [server, node0],
      registryCredentials: { "registry.example": { username: "me", password: "canary-login" } },
      masquerade: "none",
    });
    const inputs = engine.inputs("hardway:index:HardWayLab", "lab");
    expect(inputs).to.deep.include({ masquerade: "none" });
    expect(JSON.stringify(inputs)).to.contain("10.240.0.80").and.not.to.contain("canary");
    const { publicKey, privateKey } = { publicKey: "ssh-ed25519 AAAA", privateKey: "canary-key" };
    const bastion = { host: "bastion.example", privateKey: "canary-bastion" };
    await lab({ aws: { adminCidrs, bastion, loginKey: { publicKey, privateKey } } });
    for (const { type, inputs } of engine.resources.filter(({ type }) => type.startsWith("hardway:index:")))
      expect(JSON.stringify(inputs), type).not.to.contain("canary");
  });

  it("are refused where they contradict each other, before anything is made", async () => {
    const refused = (args: HardWayLabArgs, message: string) =>
      expect(() => new HardWayLab("lab", args)).to.throw(pulumi.RunError, message);
    engine = await new MockEngine().start();
    refused({}, "needs hosts or aws");
    refused({ hosts: [server], aws: {} }, "needs hosts or aws");
    refused({ hosts: [server, node0], runtimes: { "node-1": {} } }, "node-1, which is no worker of this lab");
    refused({ aws: {}, podMtu: 900 }, "podMtu must be 0, for the kernel's own, or from 1280 to 65535 bytes; got 900");
    refused({ aws: { workers: 3 }, clusterCidr: "10.200.0.0/23" }, "none is left for node-2");
    await pulumi.runtime.disconnect();
    expect(engine.resources.filter(({ type }) => type !== "pulumi:pulumi:Stack")).to.deep.equal([]);
  });
});
