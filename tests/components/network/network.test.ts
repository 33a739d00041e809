import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { LabInstance, LabNetwork, VpcPodRoutes, type LabNetworkArgs, type VpcPodRoutesArgs } from "../../../components";
import { callerCidr } from "../../../components/network/callerCidr";
import { MockEngine, valueOf } from "../../support/mocks";
import { region } from "../../support/plannedResources";

const ingress = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";

describe("LabNetwork", () => {
  let engine: MockEngine;
  const { warn } = pulumi.log;
  let warnings: string[];
  beforeEach(async () => {
    engine = await new MockEngine(undefined, region).start();
    warnings = [];
    pulumi.log.warn = (message: string) => Promise.resolve(void warnings.push(message));
  });
  afterEach(() => (pulumi.log.warn = warn));

  async function network(args: LabNetworkArgs): Promise<LabNetwork> {
    const made = new LabNetwork("net", args);
    await Promise.all([valueOf(made.securityGroupId), ...made.subnets.map(({ zone }) => valueOf(zone))]);
    await pulumi.runtime.disconnect();
    return made;
  }

  it("takes the region's first zones by name", async () => {
    await network({ zones: 2, adminCidrs: [] });
    const zones = engine.names("aws:ec2/subnet:Subnet").map((name) => {
      const { cidrBlock, availabilityZone } = engine.inputs("aws:ec2/subnet:Subnet", name);
      return `${String(cidrBlock)} ${String(availabilityZone)}`;
    });
    expect(zones).to.have.members(["10.240.0.0/24 us-east-1a", "10.240.1.0/24 us-east-1b"]);
    expect(engine.calls).to.deep.equal([
      {
        token: "aws:index/getAvailabilityZones:getAvailabilityZones",
        inputs: { state: "available", filters: [{ name: "opt-in-status", values: ["opt-in-not-required"] }] },
      },
    ]);
  });

  it("names what it makes, unless the tags have a name", async () => {
    const names = () =>
      ["Vpc", "InternetGateway", "RouteTable", "Subnet", "SecurityGroup"].map((kind) => {
        const [made = expect.fail(kind)] = engine.resources.filter(({ type }) => type.endsWith(`:${kind}`));
        return (made.inputs["tags"] as Record<string, string>)["Name"];
      });
    await network({ adminCidrs: [], tags: { team: "a" } });
    expect(names()).to.deep.equal(["net", "net", "net", "net-0", "net"]);
    engine = await new MockEngine(undefined, region).start();
    await network({ adminCidrs: [], tags: { team: "a", Name: "ours" } });
    expect(names()).to.deep.equal(["ours", "ours", "ours", "ours", "ours"]);
  });

  it("lets SSH in from the administrators on the port asked for, and warns of the whole internet alone", async () => {
    await network({ adminCidrs: ["192.0.2.0/24", "0.0.0.0/0"], sshPort: 2200 });
    for (const [name, cidrIpv4] of [
      ["net-ssh-192.0.2.0-24", "192.0.2.0/24"],
      ["net-ssh-0.0.0.0-0", "0.0.0.0/0"],
    ] as const) {
      expect(engine.inputs(ingress, name)).to.include({ cidrIpv4, ipProtocol: "tcp", fromPort: 2200, toPort: 2200 });
    }
    expect(warnings).to.deep.equal(["adminCidrs has 0.0.0.0/0: the whole internet can reach the machines' SSH."]);

    warnings = [];
    engine = await new MockEngine(undefined, region).start();
    await network({ adminCidrs: ["192.0.2.0/24"] });
    expect(warnings).to.deep.equal([]);
  });

  it("lets the caller in under a name that outlives the address", async () => {
    const { fetch } = globalThis;
    globalThis.fetch = () => Promise.resolve(new Response("198.51.100.4\n"));
    try {
      await network({ adminCidrs: [], callerCidr: callerCidr() });
    } finally {
      globalThis.fetch = fetch;
    }
    const rules = engine.names(ingress).filter((name) => name.startsWith("net-ssh-"));
    expect(rules).to.deep.equal(["net-ssh-caller"]);
    expect(engine.inputs(ingress, "net-ssh-caller")["cidrIpv4"]).to.equal("198.51.100.4/32");
  });

  it("refuses what does not fit before anything is made", async () => {
    const refused = (args: Partial<LabNetworkArgs>, message: string) => {
      expect(() => new LabNetwork("net", { adminCidrs: [], ...args })).to.throw(pulumi.RunError, message);
    };
    refused({ vpcCidr: "10.0.0.0/24", zones: 2 }, "10.0.0.0/24 has room for 1 subnets of length /24, not for 2");
    refused({ existing: { vpcId: "vpc-1", subnetIds: [] } }, "needs at least one subnet");
    refused({ existing: { vpcId: "vpc-1", subnetIds: ["a", "b"] } }, "with more than one also their routeTableIds");
    await pulumi.runtime.disconnect();
    expect(engine.resources.filter(({ type }) => type.startsWith("aws:"))).to.deep.equal([]);
  });
});

describe("VpcPodRoutes", () => {
  let engine: MockEngine;
  beforeEach(async () => void (engine = await new MockEngine().start()));

  const routes = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      destination: `10.200.${index}.0/24`,
      node: `node-${index}`,
      networkInterfaceId: `eni-${index}`,
    }));
  const create = (args: Partial<VpcPodRoutesArgs>) =>
    new VpcPodRoutes("x", {
      routeTableIds: { main: "rtb-1" },
      routes: routes(2),
      vpcCidrs: ["10.240.0.0/16"],
      ...args,
    });

  it("puts every route in every table, under a name that does not depend on the others", async () => {
    const made = create({ routeTableIds: { a: "rtb-1", b: pulumi.output("rtb-2") } });
    await pulumi.runtime.disconnect();
    const type = "aws:ec2/route:Route";
    expect(engine.names(type)).to.have.members(["x-a-node-0", "x-a-node-1", "x-b-node-0", "x-b-node-1"]);
    expect(engine.inputs(type, "x-b-node-1")).to.deep.equal({
      routeTableId: "rtb-2",
      destinationCidrBlock: "10.200.1.0/24",
      networkInterfaceId: "eni-1",
    });
    expect(await valueOf(made.routes)).to.deep.equal([
      { destination: "10.200.0.0/24", node: "node-0" },
      { destination: "10.200.1.0/24", node: "node-1" },
    ]);
  });

  it("refuses more than a table may hold, before anything is made", async () => {
    expect(() => create({ routes: routes(9), routesPerTable: 10 })).to.throw(
      pulumi.RunError,
      "9 pod routes and 2 others are 11 in a route table that may hold 10",
    );
    create({ routes: routes(9), routesPerTable: 10, otherRoutes: 1 });
    await pulumi.runtime.disconnect();
    expect(engine.names("aws:ec2/route:Route")).to.have.length(9);
  });

  it("makes no route into the VPC's own network, also when that is known late", async () => {
    const fine = create({ vpcCidrs: pulumi.output(Promise.resolve(["10.240.0.0/16"])) });
    expect(fine).to.be.instanceOf(VpcPodRoutes);
    await pulumi.runtime.disconnect();
    expect(engine.names("aws:ec2/route:Route")).to.have.length(2);

    engine = await new MockEngine().start();
    const clashing = create({ vpcCidrs: pulumi.output(Promise.resolve(["10.240.0.0/16", "10.200.1.0/28"])) });
    expect(clashing).to.be.instanceOf(VpcPodRoutes);
    await pulumi.runtime.disconnect();
    expect(engine.names("aws:ec2/route:Route")).to.deep.equal([]);
  });
});

describe("LabInstance", () => {
  it("alone is a host that the other components take", async () => {
    const engine = await new MockEngine(undefined, region).start();
    const { host } = new LabInstance("db", {
      hostname: "db-1",
      subnetId: "subnet-1",
      address: "10.0.0.9",
      securityGroupIds: ["sg-1"],
      loginKey: { keyName: "mine", privateKey: "private-mine" },
      publicAddress: false,
      sshPort: 2200,
    });
    expect(host).to.include({ name: "db-1", role: "worker" }).and.not.to.have.property("podCidr");
    expect(await valueOf(pulumi.output(host.address))).to.equal("10.0.0.9");
    expect(await valueOf(pulumi.output(host.connection))).to.deep.equal({
      host: "10.0.0.9",
      port: 2200,
      user: "admin",
      privateKey: "private-mine",
      hostKey: "ssh-ed25519 public-db-host-key",
    });
    expect(engine.inputs("aws:ec2/instance:Instance", "db")).to.include({
      keyName: "mine",
      instanceType: "t3.small",
      associatePublicIpAddress: false,
      sourceDestCheck: false,
    });
    expect(engine.options("aws:ec2/instance:Instance", "db")).to.include({ deleteBeforeReplace: true });
  });
});
