import { expect } from "chai";
import { actions as handlers } from "../../../cloud/api/actions";
import { operation, type Action } from "../../../cloud/api/core/sdk";
import { codeOf, some, TestCloud } from "./support";

/** SDKs ask again when an answer is lost, with the same client token. */
describe("EC2 API: client tokens", () => {
  let cloud: TestCloud;
  let vpc: string;
  let subnet: string;
  beforeEach(async () => {
    cloud = await TestCloud.start();
    vpc = await cloud.vpc();
    subnet = await cloud.subnet(vpc);
  });
  afterEach(() => cloud.end());

  const table = async (ClientToken: string, VpcId = vpc) =>
    some((await cloud.ec2.createRouteTable({ VpcId, ClientToken })).RouteTable?.RouteTableId);
  const card = async (ClientToken: string, Description = "") =>
    (await cloud.ec2.createNetworkInterface({ SubnetId: subnet, ClientToken, Description })).NetworkInterface;

  it("give the same route table, also after a restart", async () => {
    const first = await table("a");
    await cloud.restart();
    expect(await table("a")).to.equal(first);
    expect(await table("b")).not.to.equal(first);
    expect((await cloud.ec2.describeRouteTables()).RouteTables).to.have.length(3);
  });

  it("give the same network interface", async () => {
    const first = await card("a");
    expect((await card("a"))?.NetworkInterfaceId).to.equal(some(first?.NetworkInterfaceId));
    expect((await cloud.ec2.describeNetworkInterfaces()).NetworkInterfaces).to.have.length(1);
  });

  it("stand for one request, and are each action's own", async () => {
    await table("a");
    await card("a");
    const other = await cloud.vpc("10.9.0.0/16");
    expect(await codeOf(table("a", other))).to.equal("IdempotentParameterMismatch");
    expect(await codeOf(card("a", "other"))).to.equal("IdempotentParameterMismatch");
  });

  it("have up to 64 ASCII characters, and are kept no longer than that", async () => {
    const most = "t".repeat(64);
    expect(await table(most)).to.equal(await table(most));
    for (const token of [`${most}t`, "\u00e4", "a\nb", "t".repeat(100_000)]) {
      expect(await codeOf(table(token))).to.equal("InvalidParameterValue");
      expect(await codeOf(card(token))).to.equal("InvalidParameterValue");
      expect(await codeOf(cloud.instance(subnet, { ClientToken: token }))).to.equal("InvalidParameterValue");
    }
  });

  it("are forgotten with what they stand for", async () => {
    const first = await table("a");
    await cloud.ec2.deleteRouteTable({ RouteTableId: first });
    expect(await table("a")).not.to.equal(first);
    const { id } = await cloud.instance(subnet, { ClientToken: "i" });
    await cloud.ec2.terminateInstances({ InstanceIds: [id] });
    await cloud.becomes(id, "terminated");
    cloud.advance(3_700_000);
    await table("b");
    expect((await cloud.instance(subnet, { ClientToken: "i" })).id).not.to.equal(id);
    expect(await table("b")).to.equal(await table("b"));
  });

  it("are acted on by every action that has one", () => {
    const actions = Object.keys(handlers);
    const having = actions.filter((action) => {
      const { input } = operation(action as Action);
      return !input.isUnitSchema() && [...input.structIterator()].some(([name]) => name === "ClientToken");
    });
    // The last one sets a value: the same again sets the same.
    expect(having.sort()).to.deep.equal([
      "CreateNetworkInterface",
      "CreateRouteTable",
      "ModifyInstanceCreditSpecification",
      "RunInstances",
    ]);
  });
});
