import { expect } from "chai";
import type { NetworkConfig } from "../../../cloud/fabric/network";
import { codeOf, eventually, some, TestCloud } from "./support";

describe("EC2 API: route tables and routes", () => {
  let cloud: TestCloud;
  let VpcId: string;
  let SubnetId: string;
  let RouteTableId: string;
  beforeEach(async () => {
    cloud = await TestCloud.start();
    VpcId = await cloud.vpc();
    SubnetId = await cloud.subnet(VpcId);
    RouteTableId = await cloud.table(VpcId);
  });
  afterEach(() => cloud.end());

  const route = async (destination: string) => {
    const { RouteTables: [table] = [] } = await cloud.ec2.describeRouteTables({ RouteTableIds: [RouteTableId] });
    return table?.Routes?.find((candidate) => candidate.DestinationCidrBlock === destination);
  };
  const fabricRoutes = (network: NetworkConfig = cloud.api.network()) =>
    network.vpcs[0]?.routeTables.find((table) => table.id === RouteTableId)?.routes;

  it("sends a pod CIDR to an instance's network interface", async () => {
    const { id, eni } = await cloud.instance(SubnetId);
    const before = cloud.networks.length;
    const { Return } = await cloud.ec2.createRoute({
      RouteTableId,
      DestinationCidrBlock: "10.200.0.7/24",
      NetworkInterfaceId: eni,
    });
    expect(Return).to.equal(true);
    // The fabric knew before the call was answered.
    expect(cloud.networks.length).to.equal(before + 1);
    expect(fabricRoutes(cloud.networks.at(-1))).to.deep.equal([
      { destination: "10.200.0.0/24", target: { kind: "interface", id: eni } },
    ]);
    expect(await route("10.200.0.0/24")).to.deep.equal({
      DestinationCidrBlock: "10.200.0.0/24",
      InstanceId: id,
      InstanceOwnerId: "000000000000",
      NetworkInterfaceId: eni,
      Origin: "CreateRoute",
      State: "active",
    });
    await cloud.ec2.createRoute({ RouteTableId, DestinationCidrBlock: "10.200.1.0/24", InstanceId: id });
    expect((await route("10.200.1.0/24"))?.NetworkInterfaceId).to.equal(eni);
    await cloud.ec2.deleteRoute({ RouteTableId, DestinationCidrBlock: "10.200.0.0/24" });
    expect(await route("10.200.0.0/24")).to.equal(undefined);
  });

  it("turns a route into a blackhole while its target does not work", async () => {
    const { id, eni } = await cloud.instance(SubnetId);
    const destination = "10.200.0.0/24";
    await cloud.ec2.createRoute({ RouteTableId, DestinationCidrBlock: destination, NetworkInterfaceId: eni });
    const state = async () => (await route(destination))?.State;
    await cloud.ec2.stopInstances({ InstanceIds: [id] });
    await cloud.becomes(id, "stopped");
    expect(await state()).to.equal("blackhole");
    expect(fabricRoutes()).to.deep.equal([{ destination, target: { kind: "blackhole", id: eni } }]);
    await cloud.ec2.startInstances({ InstanceIds: [id] });
    await cloud.becomes(id, "running");
    expect(await state()).to.equal("active");
    cloud.driver.exit(id);
    await eventually(async () => expect(await state()).to.equal("blackhole"));
    await cloud.ec2.terminateInstances({ InstanceIds: [id] });
    await cloud.becomes(id, "terminated");
    // The interface is gone, its route is not, and says where it led to.
    expect(await route(destination)).to.deep.equal({
      DestinationCidrBlock: destination,
      NetworkInterfaceId: eni,
      Origin: "CreateRoute",
      State: "blackhole",
    });
    const next = await cloud.instance(SubnetId);
    await cloud.ec2.replaceRoute({ RouteTableId, DestinationCidrBlock: destination, NetworkInterfaceId: next.eni });
    expect(await state()).to.equal("active");
  });

  it("turns a detached gateway's route into a blackhole", async () => {
    const GatewayId = await cloud.gateway(VpcId);
    await cloud.ec2.createRoute({ RouteTableId, DestinationCidrBlock: "0.0.0.0/0", GatewayId });
    expect(fabricRoutes()).to.deep.equal([
      { destination: "0.0.0.0/0", target: { kind: "internet-gateway", id: GatewayId } },
    ]);
    await cloud.ec2.detachInternetGateway({ InternetGatewayId: GatewayId, VpcId });
    expect((await route("0.0.0.0/0"))?.State).to.equal("blackhole");
    await cloud.ec2.deleteInternetGateway({ InternetGatewayId: GatewayId });
    expect(await route("0.0.0.0/0")).to.deep.include({ GatewayId, State: "blackhole" });
  });

  it("refuses routes as AWS does", async () => {
    const { ec2 } = cloud;
    const first = await cloud.instance(SubnetId);
    const second = await cloud.instance(SubnetId);
    const destination = "10.200.0.0/24";
    const create = (DestinationCidrBlock: string, NetworkInterfaceId = first.eni) =>
      ec2.createRoute({ RouteTableId, DestinationCidrBlock, NetworkInterfaceId });
    await create(destination);
    await create(destination);
    expect(await codeOf(create(destination, second.eni))).to.equal("RouteAlreadyExists");
    expect(await codeOf(create("10.240.0.0/16"))).to.equal("RouteAlreadyExists");
    expect(await codeOf(create("10.240.0.0/24"))).to.equal("InvalidParameterValue");
    expect(await codeOf(create("10.200.0.0"))).to.equal("InvalidParameterValue");
    expect(await codeOf(create("10.200.1.0/24", "eni-0123456789abcdef0"))).to.equal(
      "InvalidNetworkInterfaceID.NotFound",
    );
    expect(await codeOf(ec2.createRoute({ RouteTableId, DestinationCidrBlock: "0.0.0.0/0" }))).to.equal(
      "MissingParameter",
    );
    const deleteOther = ec2.deleteRoute({ RouteTableId, DestinationCidrBlock: "10.200.9.0/24" });
    expect(await codeOf(deleteOther)).to.equal("InvalidRoute.NotFound");
    const replaceOther = ec2.replaceRoute({
      RouteTableId,
      DestinationCidrBlock: "10.200.9.0/24",
      NetworkInterfaceId: first.eni,
    });
    expect(await codeOf(replaceOther)).to.equal("InvalidParameterValue");
    const deleteLocal = ec2.deleteRoute({ RouteTableId, DestinationCidrBlock: "10.240.0.0/16" });
    expect(await codeOf(deleteLocal)).to.equal("InvalidParameterValue");
    const foreign = await cloud.table(await cloud.vpc("10.9.0.0/16"));
    const elsewhere = ec2.createRoute({
      RouteTableId: foreign,
      DestinationCidrBlock: destination,
      NetworkInterfaceId: first.eni,
    });
    expect(await codeOf(elsewhere)).to.equal("InvalidParameterValue");
  });

  it("has the quota of routes that is set", async () => {
    const { eni } = await cloud.instance(SubnetId);
    const create = (third: number) =>
      cloud.ec2.createRoute({ RouteTableId, DestinationCidrBlock: `10.200.${third}.0/24`, NetworkInterfaceId: eni });
    expect(cloud.api.settings().routesPerTable).to.equal(500);
    await cloud.api.updateSettings({ routesPerTable: 2 });
    await create(0);
    await create(1);
    expect(await codeOf(create(2))).to.equal("RouteLimitExceeded");
    await cloud.restart();
    expect(await codeOf(create(2))).to.equal("RouteLimitExceeded");
  });

  it("takes many routes at once, each once", async () => {
    const { eni } = await cloud.instance(SubnetId);
    await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        cloud.ec2.createRoute({ RouteTableId, DestinationCidrBlock: `10.200.${n}.0/24`, NetworkInterfaceId: eni }),
      ),
    );
    const { RouteTables: [table] = [] } = await cloud.ec2.describeRouteTables({ RouteTableIds: [RouteTableId] });
    expect(new Set(table?.Routes?.map((one) => one.DestinationCidrBlock)).size).to.equal(41);
    expect(table?.Routes).to.have.length(41);
  });

  it("associates a subnet with one table, else with the main one", async () => {
    const { ec2 } = cloud;
    const tableOfSubnet = () => cloud.api.network().vpcs[0]?.subnets[0]?.routeTableId;
    const main = tableOfSubnet();
    expect(main).not.to.equal(RouteTableId);
    const { AssociationId } = await ec2.associateRouteTable({ RouteTableId, SubnetId });
    expect(tableOfSubnet()).to.equal(RouteTableId);
    expect((await ec2.associateRouteTable({ RouteTableId, SubnetId })).AssociationId).to.equal(AssociationId);
    const other = await cloud.table(VpcId);
    expect(await codeOf(ec2.associateRouteTable({ RouteTableId: other, SubnetId }))).to.equal(
      "Resource.AlreadyAssociated",
    );
    const { NewAssociationId } = await ec2.replaceRouteTableAssociation({ AssociationId, RouteTableId: other });
    expect(tableOfSubnet()).to.equal(other);
    expect(await codeOf(ec2.disassociateRouteTable({ AssociationId }))).to.equal("InvalidAssociationID.NotFound");
    await ec2.disassociateRouteTable({ AssociationId: NewAssociationId });
    expect(tableOfSubnet()).to.equal(main);

    // Another table can be made the main one.
    const { RouteTables: [mainTable] = [] } = await ec2.describeRouteTables({ RouteTableIds: [some(main)] });
    const mainAssociation = some(mainTable?.Associations?.[0]?.RouteTableAssociationId);
    expect(await codeOf(ec2.disassociateRouteTable({ AssociationId: mainAssociation }))).to.equal(
      "InvalidParameterValue",
    );
    await ec2.replaceRouteTableAssociation({ AssociationId: mainAssociation, RouteTableId });
    expect(tableOfSubnet()).to.equal(RouteTableId);
    await ec2.deleteRouteTable({ RouteTableId: main });
  });
});
