import type { Tag } from "@aws-sdk/client-ec2";
import { expect } from "chai";
import { generateKeyPair } from "../../../cloud/machines/identity";
import { cutOffCreates, removeCutOff } from "../../../cli/engine/cutOffCreates";
import type { StackResource } from "../../../cli/engine/deployment";
import { TestCloud } from "../../cloud/api/support";

const project = { "hardway:project": "hardway", "hardway:stack": "dev" };
const named = (Name: string) => ({ ...project, Name });
const tagList = (tags: Record<string, string>): Tag[] => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

function tagged<T extends string>(ResourceType: T, tags: Record<string, string>) {
  return { TagSpecifications: [{ ResourceType, Tags: tagList(tags) }] };
}

describe("creations that were cut off", () => {
  let cloud: TestCloud;
  let vpcId: string;
  let subnetId: string;
  beforeEach(async () => {
    cloud = await TestCloud.start();
    vpcId = await cloud.vpc();
    subnetId = await cloud.subnet(vpcId);
  });
  afterEach(() => cloud.end());

  /** What the stack knows beside VPC and subnet. */
  async function remove(type: string, inputs: Record<string, unknown>, ...known: (string | undefined)[]) {
    const resources = [vpcId, subnetId, ...known].map((id) => ({ urn: "", type: "", ...(id !== undefined && { id }) }));
    const resource: StackResource = { urn: `urn:pulumi:dev::hardway::${type}::lab-x`, type, inputs };
    const deployment = { resources, pending_operations: [{ type: "creating", resource }] };
    const removed: string[] = [];
    const { signal } = new AbortController();
    await removeCutOff(cloud.ec2, deployment, signal, (what, id) => removed.push(`${what} ${id}`));
    return removed;
  }

  it("are those on EC2 alone", () => {
    const of = (type: string, operation = "creating") => ({ type: operation, resource: { urn: type, type } });
    const pending_operations = [
      of("command:remote:Command"),
      of("aws:ec2/instance:Instance", "deleting"),
      of("aws:ec2/instance:Instance"),
    ];
    expect(cutOffCreates({ pending_operations })).to.deep.equal([pending_operations[2]!.resource]);
    expect(cutOffCreates({})).to.deep.equal([]);
  });

  it("of an instance leave its address to another one", async () => {
    await cloud.ec2.importKeyPair({
      KeyName: "login",
      PublicKeyMaterial: Buffer.from(generateKeyPair("test").publicKey),
    });
    const run = async (PrivateIpAddress: string, tags: Record<string, string>) =>
      (await cloud.instance(subnetId, { PrivateIpAddress, KeyName: "login", ...tagged("instance", tags) })).id;
    const cutOff = await run("10.240.0.80", named("node-0"));
    const others = [await run("10.240.0.81", named("node-0")), await run("10.240.0.82", { Name: "node-0" })];
    const inputs = { subnetId, privateIp: "10.240.0.80", keyName: "login", tags: named("node-0") };
    const type = "aws:ec2/instance:Instance";
    expect(await remove(type, inputs, cutOff), "known").to.deep.equal([]);
    expect(await remove(type, { ...inputs, keyName: "other" })).to.deep.equal([]);
    expect(await remove(type, { ...inputs, privateIp: "10.240.0.82" }), "somebody else's").to.deep.equal([]);
    expect(await remove(type, inputs)).to.deep.equal([`Instance lab-x ${cutOff}`]);
    expect(await remove(type, inputs)).to.deep.equal([]);
    await run("10.240.0.80", named("node-0"));
    for (const id of others) expect((await cloud.describe(id)).State?.Name).to.equal("running");
  });

  it("of a network are made anew, whole or in part", async () => {
    const { ec2 } = cloud;
    const vpc = await ec2.createVpc({ CidrBlock: "10.9.0.0/16", ...tagged("vpc", named("lab")) });
    const used = await ec2.createVpc({ CidrBlock: "10.9.0.0/16", ...tagged("vpc", named("lab")) });
    await cloud.subnet(used.Vpc!.VpcId!, "10.9.0.0/24");
    expect(await remove("aws:ec2/vpc:Vpc", { cidrBlock: "10.9.0.0/16", tags: named("lab") })).to.deep.equal([
      `Vpc lab-x ${vpc.Vpc?.VpcId}`,
    ]);

    const detached = await ec2.createInternetGateway(tagged("internet-gateway", named("lab")));
    const attached = await ec2.createInternetGateway(tagged("internet-gateway", named("lab")));
    const elsewhere = await ec2.createInternetGateway(tagged("internet-gateway", named("lab")));
    const id = (made: typeof detached) => made.InternetGateway?.InternetGatewayId;
    await ec2.attachInternetGateway({ InternetGatewayId: id(attached), VpcId: vpcId });
    await ec2.attachInternetGateway({ InternetGatewayId: id(elsewhere), VpcId: used.Vpc!.VpcId });
    const gateways = await remove("aws:ec2/internetGateway:InternetGateway", { vpcId, tags: named("lab") });
    expect(gateways.toSorted()).to.deep.equal(
      [id(detached), id(attached)].map((one) => `InternetGateway lab-x ${one}`).toSorted(),
    );

    const subnet = await ec2.createSubnet({
      VpcId: vpcId,
      CidrBlock: "10.240.1.0/24",
      ...tagged("subnet", named("lab-1")),
    });
    const subnets = { vpcId, cidrBlock: "10.240.1.0/24", tags: named("lab-1") };
    expect(await remove("aws:ec2/subnet:Subnet", { ...subnets, tags: named("lab-0") })).to.deep.equal([]);
    expect(await remove("aws:ec2/subnet:Subnet", subnets)).to.deep.equal([`Subnet lab-x ${subnet.Subnet?.SubnetId}`]);
  });

  it("of routes and what holds them are made anew", async () => {
    const { ec2 } = cloud;
    const make = async () =>
      (await ec2.createRouteTable({ VpcId: vpcId, ...tagged("route-table", named("lab")) })).RouteTable?.RouteTableId;
    const [cutOff, known] = [await make(), await make()];
    await cloud.table(vpcId);
    expect(await remove("aws:ec2/routeTable:RouteTable", { vpcId, tags: named("lab") }, known)).to.deep.equal([
      `RouteTable lab-x ${cutOff}`,
    ]);
    expect(await remove("aws:ec2/routeTable:RouteTable", { vpcId }, known), "without tags").to.deep.equal([]);
    const gatewayId = await cloud.gateway(vpcId);
    await ec2.createRoute({ RouteTableId: known, DestinationCidrBlock: "0.0.0.0/0", GatewayId: gatewayId });
    const { AssociationId } = await ec2.associateRouteTable({ RouteTableId: known, SubnetId: subnetId });
    const route = { routeTableId: known, destinationCidrBlock: "0.0.0.0/0", gatewayId };
    expect(await remove("aws:ec2/route:Route", { ...route, gatewayId: "igw-0" }), "another target").to.deep.equal([]);
    expect(await remove("aws:ec2/route:Route", route)).to.deep.equal(["Route lab-x 0.0.0.0/0"]);
    const association = "aws:ec2/routeTableAssociation:RouteTableAssociation";
    expect(await remove(association, { routeTableId: known, subnetId })).to.deep.equal([
      `RouteTableAssociation lab-x ${AssociationId}`,
    ]);
  });

  it("of a security group and its rules are made anew", async () => {
    const { ec2 } = cloud;
    const make = async (GroupName: string) =>
      (
        await ec2.createSecurityGroup({
          ...{ VpcId: vpcId, GroupName, Description: "x" },
          ...tagged("security-group", named("lab")),
        })
      ).GroupId;
    const [cutOff, known] = [await make("a"), await make("b")];
    expect(await remove("aws:ec2/securityGroup:SecurityGroup", { vpcId, tags: named("lab") }, known)).to.deep.equal([
      `SecurityGroup lab-x ${cutOff}`,
    ]);
    const rule = tagged("security-group-rule", project);
    const pods = { IpProtocol: "-1", IpRanges: [{ CidrIp: "10.200.0.0/24" }] };
    const members = { IpProtocol: "-1", UserIdGroupPairs: [{ GroupId: known }] };
    for (const permission of [pods, members])
      await ec2.authorizeSecurityGroupIngress({ GroupId: known, IpPermissions: [permission], ...rule });
    await ec2.authorizeSecurityGroupEgress({ GroupId: known, IpPermissions: [pods], ...rule });
    const inputs = { securityGroupId: known, ipProtocol: "-1", tags: project };
    const ingress = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
    const egress = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";
    expect(await remove(ingress, { ...inputs, cidrIpv4: "10.200.1.0/24" })).to.deep.equal([]);
    expect(await remove(ingress, { ...inputs, cidrIpv4: "10.200.0.0/24" })).to.have.length(1);
    expect(await remove(ingress, { ...inputs, referencedSecurityGroupId: known })).to.have.length(1);
    expect(await remove(egress, { ...inputs, cidrIpv4: "10.200.0.0/24" })).to.have.length(1);
    const Filters = [
      { Name: "group-id", Values: [known!] },
      { Name: "tag-key", Values: ["hardway:stack"] },
    ];
    expect((await ec2.describeSecurityGroupRules({ Filters })).SecurityGroupRules).to.deep.equal([]);
  });

  it("of a key pair leave another lab's of the same name", async () => {
    const key = generateKeyPair("test").publicKey;
    await cloud.ec2.importKeyPair({
      KeyName: "login",
      PublicKeyMaterial: Buffer.from(key),
      ...tagged("key-pair", project),
    });
    const inputs = { keyName: "login", tags: project };
    const type = "aws:ec2/keyPair:KeyPair";
    expect(await remove(type, { ...inputs, publicKey: generateKeyPair("test").publicKey })).to.deep.equal([]);
    expect(await remove(type, { ...inputs, publicKey: `${key} a comment\n` })).to.deep.equal(["KeyPair lab-x login"]);
  });
});
