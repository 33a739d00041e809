import { expect } from "chai";
import { some, TestCloud } from "./support";

describe("EC2 API: what the fabric is told", () => {
  let cloud: TestCloud;
  beforeEach(async () => {
    cloud = await TestCloud.start();
  });
  afterEach(() => cloud.end());

  it("is exactly a lab of two subnets", async () => {
    const { ec2 } = cloud;
    const VpcId = await cloud.vpc();
    const first = await cloud.subnet(VpcId, "10.240.0.0/24", "us-east-1a");
    const second = await cloud.subnet(VpcId, "10.240.1.0/24", "us-east-1b");
    const igw = await cloud.gateway(VpcId);
    const table = await cloud.table(VpcId);
    await ec2.createRoute({ RouteTableId: table, DestinationCidrBlock: "0.0.0.0/0", GatewayId: igw });
    await ec2.associateRouteTable({ RouteTableId: table, SubnetId: first });
    const group = await cloud.group(VpcId);
    await ec2.authorizeSecurityGroupIngress({
      GroupId: group,
      IpPermissions: [
        { IpProtocol: "-1", IpRanges: [{ CidrIp: "10.200.0.0/16" }] },
        {
          IpProtocol: "icmp",
          FromPort: 8,
          ToPort: -1,
          Ipv6Ranges: [{ CidrIpv6: "::/0" }],
          IpRanges: [{ CidrIp: "0.0.0.0/0" }],
        },
      ],
    });
    const node = (name: string, SubnetId: string, PrivateIpAddress: string) =>
      cloud.instance(SubnetId, {
        PrivateIpAddress,
        SecurityGroupIds: [group],
        TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "Name", Value: name }] }],
      });
    const node0 = await node("node-0", first, "10.240.0.80");
    const node1 = await node("node-1", second, "10.240.1.80");
    await ec2.modifyInstanceAttribute({ InstanceId: node0.id, SourceDestCheck: { Value: false } });
    await ec2.createRoute({
      RouteTableId: table,
      DestinationCidrBlock: "10.200.0.0/24",
      NetworkInterfaceId: node0.eni,
    });
    await ec2.createRoute({
      RouteTableId: table,
      DestinationCidrBlock: "10.200.1.0/24",
      NetworkInterfaceId: node1.eni,
    });
    await ec2.stopInstances({ InstanceIds: [node1.id] });
    await cloud.becomes(node1.id, "stopped");

    const { RouteTables: tables = [] } = await ec2.describeRouteTables();
    const main = some(tables.find((one) => one.RouteTableId !== table)?.RouteTableId);
    const { SecurityGroups: groups = [] } = await ec2.describeSecurityGroups();
    const defaultGroup = some(groups.find((one) => one.GroupName === "default")?.GroupId);
    const { SecurityGroupRules: rules = [] } = await ec2.describeSecurityGroupRules();
    const rule = (groupId: string, egress: boolean, cidr?: string) =>
      some(
        rules.find((one) => one.GroupId === groupId && one.IsEgress === egress && one.CidrIpv4 === cidr)
          ?.SecurityGroupRuleId,
      );
    const { NetworkInterfaces: interfaces = [] } = await ec2.describeNetworkInterfaces();
    const mac = (eni: string) => some(interfaces.find((one) => one.NetworkInterfaceId === eni)?.MacAddress);
    const all = { protocol: "-1", fromPort: -1, toPort: -1 };

    const expected = {
      vpcs: [
        {
          id: VpcId,
          cidrs: ["10.240.0.0/16"],
          subnets: [
            { id: first, cidr: "10.240.0.0/24", routeTableId: table },
            { id: second, cidr: "10.240.1.0/24", routeTableId: main },
          ],
          routeTables: [
            { id: main, routes: [] },
            {
              id: table,
              routes: [
                { destination: "0.0.0.0/0", target: { kind: "internet-gateway", id: igw } },
                { destination: "10.200.0.0/24", target: { kind: "interface", id: node0.eni } },
                { destination: "10.200.1.0/24", target: { kind: "blackhole", id: node1.eni } },
              ],
            },
          ],
          securityGroups: [
            {
              id: defaultGroup,
              ingress: [{ id: rule(defaultGroup, false), ...all, peer: { groupId: defaultGroup } }],
              egress: [{ id: rule(defaultGroup, true, "0.0.0.0/0"), ...all, peer: { cidr: "0.0.0.0/0" } }],
            },
            {
              id: group,
              ingress: [
                { id: rule(group, false, "10.200.0.0/16"), ...all, peer: { cidr: "10.200.0.0/16" } },
                {
                  id: rule(group, false, "0.0.0.0/0"),
                  protocol: "icmp",
                  fromPort: 8,
                  toPort: -1,
                  peer: { cidr: "0.0.0.0/0" },
                },
              ],
              egress: [{ id: rule(group, true, "0.0.0.0/0"), ...all, peer: { cidr: "0.0.0.0/0" } }],
            },
          ],
          interfaces: [
            {
              id: node0.eni,
              subnetId: first,
              mac: mac(node0.eni),
              addresses: ["10.240.0.80"],
              securityGroupIds: [group],
              sourceDestCheck: false,
              instanceId: node0.id,
              name: "node-0",
              socket: `/run/${node0.id}/vpc.sock`,
            },
            {
              id: node1.eni,
              subnetId: second,
              mac: mac(node1.eni),
              addresses: ["10.240.1.80"],
              securityGroupIds: [group],
              sourceDestCheck: true,
              instanceId: node1.id,
              name: "node-1",
            },
          ],
        },
      ],
    };
    expect(cloud.api.network()).to.deep.equal(expected);
    expect(cloud.networks.at(-1)).to.deep.equal(expected);
  });

  it("is told only of what changes the network", async () => {
    await cloud.vpc();
    const count = cloud.networks.length;
    await cloud.ec2.createInternetGateway();
    await cloud.ec2.describeVpcs();
    expect(cloud.networks.length).to.equal(count);
  });
});
