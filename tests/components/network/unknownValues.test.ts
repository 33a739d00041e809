import { Vpc } from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { LabInstance, LabNetwork, SshKeyPair, VpcPodRoutes } from "../../../components";
import { MockEngine, valueOf } from "../../support/mocks";
import { region } from "../../support/plannedResources";

const instanceType = "aws:ec2/instance:Instance";
const routeType = "aws:ec2/route:Route";

/** Everything that may be an output: that this compiles is half of the test. */
function program(text: (text: string) => pulumi.Output<string>, number: (value: number) => pulumi.Output<number>) {
  const tags = text("me").apply((owner) => ({ owner }));
  const network = new LabNetwork("net", {
    vpcCidr: text("10.240.0.0/16"),
    zones: 2,
    adminCidrs: [text("192.0.2.7/32"), "198.51.100.0/24"],
    sshPort: number(2200),
    podNetworks: [{ node: "node-0", destination: text("10.200.0.0/24") }],
    tags,
  });
  const found = new LabNetwork("found", {
    existing: { vpcId: text("vpc-1"), subnetIds: [text("subnet-1")] },
    adminCidrs: [],
    tags: { owner: text("me") },
  });
  const listed = new LabNetwork("listed", {
    existing: {
      vpcId: text("vpc-1"),
      subnetIds: [text("subnet-1"), "subnet-2"],
      routeTableIds: [text("rtb-1"), "rtb-2"],
    },
    adminCidrs: [],
  });
  const { publicKey, privateKey } = new SshKeyPair("login", { rotation: text("1") });
  const { instance } = new LabInstance("node-0", {
    hostname: text("node-0"),
    podCidr: text("10.200.0.0/24"),
    subnetId: network.subnets[0]!.id,
    address: text("10.240.0.80"),
    securityGroupIds: pulumi.all([network.securityGroupId, found.securityGroupId]),
    loginKey: { keyName: publicKey, privateKey },
    instanceType: text("t3.small"),
    image: { id: text("ami-1"), user: text("admin"), pinned: true },
    rootVolumeGiB: number(16),
    sshPort: number(2200),
    bastion: text("bastion.example").apply((host) => ({ host })),
    hostKeyRotation: text("1"),
    tags,
  });
  const routes = new VpcPodRoutes("pods", {
    routeTableIds: network.routeTableIds,
    routes: [
      {
        node: "node-0",
        destination: text("10.200.0.0/24"),
        networkInterfaceId: instance.primaryNetworkInterfaceId,
      },
    ],
    vpcCidrs: [text("10.240.0.0/16")],
  });
  new VpcPodRoutes("listed", {
    routeTableIds: listed.routeTableIds,
    routes: [{ node: "node-0", destination: text("10.200.0.0/24"), networkInterfaceId: "eni-1" }],
    vpcCidrs: listed.vpcCidrs,
  });
  return { network, routes };
}

describe("the components on AWS with outputs for arguments", () => {
  it("make the same resources as with plain values, each rule under a name of its own", async () => {
    const later = <T>(value: T) => pulumi.output(Promise.resolve(value));
    const engine = await new MockEngine(undefined, {
      ...region,
      "aws:ec2/getVpc:getVpc": () => ({ cidrBlockAssociations: [{ cidrBlock: "172.16.0.0/20" }] }),
      "aws:ec2/getSubnet:getSubnet": () => ({ cidrBlock: "172.16.4.0/24", availabilityZone: "us-east-1d" }),
      "aws:ec2/getRouteTable:getRouteTable": ({ subnetId }) => ({ routeTableId: `table-of-${String(subnetId)}` }),
    }).start();
    const { network, routes } = program(later, later);
    await Promise.all([valueOf(routes.routes), ...network.subnets.map(({ cidr }) => valueOf(cidr))]);
    await pulumi.runtime.disconnect();
    expect(engine.inputs("aws:ec2/subnet:Subnet", "net-1")["cidrBlock"]).to.equal("10.240.1.0/24");
    expect(engine.inputs(instanceType, "node-0")).to.deep.include({
      instanceType: "t3.small",
      vpcSecurityGroupIds: ["net-id", "found-id"],
      tags: { Name: "node-0", owner: "me" },
    });
    expect(engine.inputs(routeType, "pods-main-node-0")["destinationCidrBlock"]).to.equal("10.200.0.0/24");
    expect(engine.inputs(routeType, "listed-0-node-0")["routeTableId"]).to.equal("rtb-1");
    expect(engine.inputs(routeType, "listed-rtb-2-node-0")["routeTableId"]).to.equal("rtb-2");
    const rules = engine.names("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule");
    expect(rules).to.include.members(["net-ssh-0", "net-ssh-198.51.100.0-24", "net-pods-node-0"]);
  });

  it("can be previewed while none of them is known", async () => {
    const engine = await new MockEngine(undefined, {
      ...region,
      "aws:ec2/getVpc:getVpc": () => ({}),
      "aws:ec2/getSubnet:getSubnet": () => ({}),
      "aws:ec2/getRouteTable:getRouteTable": () => ({}),
    }).start(true);
    const { arn } = new Vpc("made-in-this-run");
    const never = (): never => expect.fail("this value is not known in a preview");
    program(
      () => arn.apply(never),
      () => arn.apply(never),
    );
    await pulumi.runtime.disconnect();
    expect(engine.names("aws:ec2/subnet:Subnet")).to.have.members(["net-0", "net-1"]);
    expect(engine.names(instanceType)).to.deep.equal(["node-0"]);
    const routes = ["net-default", "pods-main-node-0", "listed-0-node-0", "listed-rtb-2-node-0"];
    expect(engine.names(routeType)).to.have.members(routes);
  });
});

describe("options of the components on AWS", () => {
  it("reach what they make", async () => {
    const engine = await new MockEngine(undefined, region).start();
    const opts = { ignoreChanges: ["tags"], customTimeouts: { create: "9m" } };
    new LabInstance(
      "node",
      {
        hostname: "node",
        subnetId: "subnet-1",
        address: "10.0.0.9",
        securityGroupIds: ["sg-1"],
        loginKey: { keyName: "mine", privateKey: "private-mine" },
        tags: { Name: "of my own" },
      },
      opts,
    );
    new VpcPodRoutes(
      "pods",
      {
        routeTableIds: { main: "rtb-1" },
        routes: [{ node: "node-0", destination: "10.200.0.0/24", networkInterfaceId: "eni-1" }],
        vpcCidrs: ["10.240.0.0/16"],
      },
      opts,
    );
    new SshKeyPair("key", {}, opts);
    new LabNetwork("net", { adminCidrs: [] }, { customTimeouts: { create: "9m" } });
    await pulumi.runtime.disconnect();
    expect(engine.inputs(instanceType, "node")["tags"]).to.deep.equal({ Name: "of my own" });
    for (const [type, name, ignored] of [
      [instanceType, "node", ["ami", "associatePublicIpAddress", "tags"]],
      [routeType, "pods-main-node-0", ["tags"]],
      ["command:local:Command", "key", ["create", "tags"]],
      ["aws:ec2/vpc:Vpc", "net", []],
      ["aws:ec2/securityGroup:SecurityGroup", "net", []],
    ] as const) {
      const { ignoreChanges, createTimeout } = engine.options(type, name);
      expect(ignoreChanges, name).to.deep.equal(ignored);
      expect(createTimeout, name).to.equal("9m");
    }
  });
});
