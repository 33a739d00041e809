import { expect } from "chai";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ec2Client } from "../../../cli/engine/ec2Client";
import { judgeVpc, verifyVpc, type VpcFacts } from "../../../cli/verify/vpc";
import type { NetworkFacts } from "../../../components/AwsHosts";
import type { VpcPlan } from "../../../components/labPlan";
import { ec2Error } from "../fakeCloud";
import { lines, problems } from "./samples";

const instances = {
  server: { id: "i-s", networkInterfaceId: "eni-s", privateIp: "10.240.0.10" },
  "node-0": { id: "i-0", networkInterfaceId: "eni-0", privateIp: "10.240.0.80" },
  "node-1": { id: "i-1", networkInterfaceId: "eni-1", privateIp: "10.240.1.81" },
};
const network: NetworkFacts = {
  vpcId: "vpc-1",
  subnetIds: ["subnet-a", "subnet-b"],
  routeTableIds: { "zone-a": "rtb-a", "zone-b": "rtb-b" },
  securityGroupId: "sg-1",
  instances,
};
const pods = [
  { destination: "10.200.0.0/24", node: "node-0" },
  { destination: "10.200.1.0/24", node: "node-1" },
];
const plan: VpcPlan = {
  cidrs: ["10.240.0.0/16"],
  subnets: [],
  routes: pods,
  podCidrRules: pods,
  ssh: { port: 2222, cidrs: ["192.0.2.0/24"] },
  ownNetwork: true,
};

const routes = [
  { DestinationCidrBlock: "0.0.0.0/0", GatewayId: "igw-1", State: "active" },
  { DestinationCidrBlock: "10.240.0.0/16", GatewayId: "local", State: "active" },
  { DestinationCidrBlock: "10.200.0.0/24", NetworkInterfaceId: "eni-0", InstanceId: "i-0", State: "active" },
  { DestinationCidrBlock: "10.200.1.0/24", NetworkInterfaceId: "eni-1", InstanceId: "i-1", State: "active" },
] as const;
const rule = (id: string, cidr: string) => ({ SecurityGroupRuleId: id, IpProtocol: "-1", CidrIpv4: cidr });
const egress = { ...rule("sgr-out", "0.0.0.0/0"), IsEgress: true };
const good: VpcFacts = {
  routeTables: [
    { RouteTableId: "rtb-a", Routes: [...routes], Associations: [{ SubnetId: "subnet-a" }] },
    { RouteTableId: "rtb-b", Routes: [...routes], Associations: [{ Main: false, SubnetId: "subnet-b" }] },
  ],
  instances: Object.values(instances).map(({ id }) => ({
    InstanceId: id,
    SourceDestCheck: false,
    SecurityGroups: [{ GroupId: "sg-1", GroupName: "lab" }],
  })),
  rules: [
    egress,
    { ...rule("sgr-ssh", "192.0.2.0/24"), IpProtocol: "tcp", FromPort: 2222, ToPort: 2222 },
    { SecurityGroupRuleId: "sgr-members", IpProtocol: "-1", ReferencedGroupInfo: { GroupId: "sg-1" } },
    rule("sgr-0", "10.200.0.0/24"),
    rule("sgr-1", "10.200.1.0/24"),
  ],
};
const judge = (changes: Partial<VpcFacts> = {}) => judgeVpc({ plan, network }, { ...good, ...changes });

/** rtb-b with another entry for node-1's pods. */
const withRoute = (route?: object): Partial<VpcFacts> => ({
  routeTables: [
    good.routeTables[0]!,
    { ...good.routeTables[1], Routes: [...routes.slice(0, 3), ...(route ? [route] : [])] },
  ],
});
/** The security group with another rule for node-1's pods. */
const withRule = (change: object): Partial<VpcFacts> => ({
  rules: [...good.rules.slice(0, 4), { ...rule("sgr-1", "10.200.1.0/24"), ...change }],
});
/** The rules without one, or with another one in its place. */
const otherRule = (id: string, ...others: object[]): Partial<VpcFacts> => ({
  rules: [...good.rules.filter(({ SecurityGroupRuleId }) => SecurityGroupRuleId !== id), ...others],
});
const route1 = "route to 10.200.1.0/24 in rtb-b";
const ssh = "SSH from 192.0.2.0/24 in sg-1: no rule for TCP port 2222 from 192.0.2.0/24";
const members = "members in sg-1: no rule for all traffic from members of the group";
const out = "egress of sg-1: no rule for all traffic to 0.0.0.0/0";
const rule1 = "ingress from pods of node-1 in sg-1: no rule for all traffic from 10.200.1.0/24";

describe("VPC checks", () => {
  it("show every route, source/destination check and rule where all is well", () => {
    expect(problems(judge())).to.deep.equal([]);
    expect(lines(judge())).to.deep.equal([
      "route table of subnet-a: rtb-a",
      "route table of subnet-b: rtb-b",
      "default route in rtb-a: to igw-1, active",
      "default route in rtb-b: to igw-1, active",
      "route to 10.200.0.0/24 in rtb-a: to eni-0 of node-0, active",
      "route to 10.200.1.0/24 in rtb-a: to eni-1 of node-1, active",
      "route to 10.200.0.0/24 in rtb-b: to eni-0 of node-0, active",
      "route to 10.200.1.0/24 in rtb-b: to eni-1 of node-1, active",
      "source/destination check of server (i-s): off",
      "security group of server (i-s): sg-1",
      "source/destination check of node-0 (i-0): off",
      "security group of node-0 (i-0): sg-1",
      "source/destination check of node-1 (i-1): off",
      "security group of node-1 (i-1): sg-1",
      "SSH from 192.0.2.0/24 in sg-1: sgr-ssh",
      "members in sg-1: sgr-members",
      "ingress from pods of node-0 in sg-1: sgr-0",
      "ingress from pods of node-1 in sg-1: sgr-1",
      "egress of sg-1: sgr-out",
    ]);
    expect(judge()[7]).to.deep.equal({
      host: "vpc",
      area: "vpc",
      check: route1,
      expected: "to eni-1 of node-1, active",
      observed: "to eni-1 of node-1, active",
      ok: true,
    });
  });

  const table: [what: string, changes: Partial<VpcFacts>, expected: string[]][] = [
    ["a route that is missing", withRoute(), [`${route1}: no route to 10.200.1.0/24`]],
    [
      "a route to another node",
      withRoute({ ...routes[3], NetworkInterfaceId: "eni-0" }),
      [`${route1}: to eni-0 of node-0, active`],
    ],
    [
      "a route to an interface of nobody's",
      withRoute({ ...routes[3], NetworkInterfaceId: "eni-9" }),
      [`${route1}: to eni-9, active`],
    ],
    [
      "a route to the internet",
      withRoute({ DestinationCidrBlock: "10.200.1.0/24", GatewayId: "igw-1", State: "active" }),
      [`${route1}: to igw-1, active`],
    ],
    [
      "a route whose target is gone",
      withRoute({ ...routes[3], State: "blackhole" }),
      [`${route1}: to eni-1 of node-1, blackhole`],
    ],
    [
      "a route for a part of the pods only",
      withRoute({ ...routes[3], DestinationCidrBlock: "10.200.1.0/25" }),
      [`${route1}: no route to 10.200.1.0/24`],
    ],
    [
      "a table that is gone",
      { routeTables: good.routeTables.slice(0, 1) },
      [
        "route table of subnet-b: none of the lab's",
        "default route in rtb-b: there is no such table",
        "route to 10.200.0.0/24 in rtb-b: there is no such table",
        `${route1}: there is no such table`,
      ],
    ],
    [
      "a source/destination check that is on",
      { instances: [...good.instances.slice(0, 2), { ...good.instances[2], SourceDestCheck: true }] },
      ["source/destination check of node-1 (i-1): on"],
    ],
    [
      "an instance that is gone",
      { instances: good.instances.slice(0, 2) },
      ["source/destination check of node-1 (i-1): there is no i-1", "security group of node-1 (i-1): nothing"],
    ],
    ["a rule that is missing", { rules: good.rules.slice(0, 4) }, [rule1]],
    ["a rule for a part of the pods only", withRule({ CidrIpv4: "10.200.1.0/25" }), [rule1]],
    ["a rule for one protocol only", withRule({ IpProtocol: "tcp" }), [rule1]],
    ["a rule for the other way only", withRule({ IsEgress: true }), [rule1]],
    [
      "no rules at all",
      { rules: [] },
      [ssh, members, rule1.replaceAll("node-1", "node-0").replaceAll("200.1.", "200.0."), rule1, out],
    ],
    ["an SSH rule that is missing", otherRule("sgr-ssh"), [ssh]],
    [
      "an SSH rule for another port",
      otherRule("sgr-ssh", { ...rule("sgr-x", "192.0.2.0/24"), IpProtocol: "tcp", FromPort: 22, ToPort: 2221 }),
      [ssh],
    ],
    [
      "an SSH rule for some of them",
      otherRule("sgr-ssh", { ...rule("sgr-x", "192.0.2.0/25"), IpProtocol: "tcp", FromPort: 2222, ToPort: 2222 }),
      [ssh],
    ],
    ["no rule for members", otherRule("sgr-members"), [members]],
    [
      "a rule for members of another group",
      otherRule("sgr-members", { IpProtocol: "-1", ReferencedGroupInfo: { GroupId: "sg-2" } }),
      [members],
    ],
    ["no way out by the group", otherRule("sgr-out"), [out]],
    ["a way out for some", otherRule("sgr-out", { ...egress, CidrIpv4: "10.0.0.0/8" }), [out]],
    [
      "a machine without the group",
      { instances: [...good.instances.slice(0, 2), { ...good.instances[2], SecurityGroups: [{ GroupId: "sg-9" }] }] },
      ["security group of node-1 (i-1): sg-9"],
    ],
    [
      "a table without a way out",
      { routeTables: [good.routeTables[0]!, { ...good.routeTables[1], Routes: routes.slice(1) }] },
      ["default route in rtb-b: no route to 0.0.0.0/0"],
    ],
    [
      "a way out that leads nowhere",
      {
        routeTables: [
          good.routeTables[0]!,
          { ...good.routeTables[1], Routes: [{ ...routes[0], State: "blackhole" }, ...routes.slice(1)] },
        ],
      },
      ["default route in rtb-b: to igw-1, blackhole"],
    ],
    [
      "a subnet that lost its table",
      { routeTables: [good.routeTables[0]!, { ...good.routeTables[1], Associations: [] }] },
      ["route table of subnet-b: none of the lab's"],
    ],
  ];
  for (const [what, changes, expected] of table) {
    it(`find ${what}`, () => expect(problems(judge(changes))).to.deep.equal(expected));
  }
});

describe("VPC checks of a network that was there before", () => {
  it("leave its way out and its subnets' tables to whoever made it", () => {
    const theirs = { plan: { ...plan, ownNetwork: false }, network };
    const checks = judgeVpc(theirs, {
      ...good,
      routeTables: [{ RouteTableId: "rtb-a", Routes: routes.slice(1) }, good.routeTables[1]!],
    });
    expect(problems(checks)).to.deep.equal([]);
  });

  it("take any SSH rule where whoever ran the program may log in", () => {
    const anyone = { plan: { ...plan, ssh: { port: 2222 } }, network };
    expect(lines(judgeVpc(anyone, good))).to.include("SSH in sg-1: sgr-ssh");
    expect(problems(judgeVpc(anyone, { ...good, ...otherRule("sgr-ssh") }))).to.deep.equal([
      "SSH in sg-1: no rule for TCP port 2222",
    ]);
  });

  it("take a rule that is wider than what is wanted", () => {
    const wide = { ...rule("sgr-wide", "0.0.0.0/0"), IpProtocol: "tcp", FromPort: 1, ToPort: 4000 };
    expect(problems(judge(otherRule("sgr-ssh", wide)))).to.deep.equal([]);
  });
});

describe("verifyVpc", () => {
  /** Calls of the API as `Action parameters`, and what answers them; an API that answers everything with an error where there is none. */
  let calls: string[];
  let answers: Record<string, string>;
  let delayMs: number;
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      const { Action = "", ...parameters } = Object.fromEntries(new URLSearchParams(body));
      delete parameters["Version"];
      calls.push(`${Action} ${Object.values(parameters).join(" ")}`);
      const answer = answers[Action];
      const text = answer ?? ec2Error("UnauthorizedOperation", "You are not authorized to perform this operation.");
      setTimeout(() => response.writeHead(answer === undefined ? 403 : 200).end(text), delayMs);
    });
  });
  before((done) => void server.listen(0, "127.0.0.1", done));
  after((done) => {
    server.closeAllConnections();
    server.close(done);
  });
  beforeEach(() => {
    [calls, delayMs] = [[], 0];
    answers = {
      DescribeRouteTables: `<R><routeTableSet><item><routeTableId>rtb-a</routeTableId><routeSet><item>
        <destinationCidrBlock>10.200.0.0/24</destinationCidrBlock><networkInterfaceId>eni-0</networkInterfaceId>
        <state>blackhole</state></item></routeSet></item></routeTableSet></R>`,
      DescribeInstances: `<R><reservationSet>${["i-s", "i-0"]
        .map(
          (id) =>
            `<item><instancesSet><item><instanceId>${id}</instanceId><sourceDestCheck>${id === "i-s"}</sourceDestCheck></item></instancesSet></item>`,
        )
        .join("")}</reservationSet></R>`,
      DescribeSecurityGroupRules: `<R><securityGroupRuleSet><item><securityGroupRuleId>sgr-0</securityGroupRuleId>
        <isEgress>false</isEgress><ipProtocol>-1</ipProtocol><cidrIpv4>10.200.0.0/24</cidrIpv4></item><item>
        <securityGroupRuleId>sgr-m</securityGroupRuleId><isEgress>false</isEgress><ipProtocol>-1</ipProtocol>
        <referencedGroupInfo><groupId>sg-1</groupId></referencedGroupInfo></item></securityGroupRuleSet></R>`,
    };
  });

  const small = {
    network: {
      ...network,
      routeTableIds: { main: "rtb-a" },
      instances: { server: instances.server, "node-0": instances["node-0"] },
    },
    plan: { ...plan, routes: pods.slice(0, 1), podCidrRules: pods.slice(0, 1), ownNetwork: false },
  };
  const verify = (signal?: AbortSignal) => {
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = ec2Client({ endpoint, region: "us-east-1", accessKey: "a", secretKey: "b" });
    return verifyVpc({ client, ...small }, signal).finally(() => client.destroy());
  };

  it("asks the API for the lab's own things, and judges them", async () => {
    expect(lines(await verify())).to.deep.equal([
      "route to 10.200.0.0/24 in rtb-a: to eni-0 of node-0, blackhole",
      "source/destination check of server (i-s): on",
      "security group of server (i-s): nothing",
      "source/destination check of node-0 (i-0): off",
      "security group of node-0 (i-0): nothing",
      ssh,
      "members in sg-1: sgr-m",
      "ingress from pods of node-0 in sg-1: sgr-0",
      out,
    ]);
    expect(calls.sort()).to.deep.equal([
      "DescribeInstances i-s i-0",
      "DescribeRouteTables rtb-a",
      "DescribeSecurityGroupRules group-id sg-1",
    ]);
  });

  it("is one row that is not ok where the API refuses", async () => {
    answers = {};
    expect(await verify()).to.deep.equal([
      {
        host: "vpc",
        area: "vpc",
        check: "EC2 API",
        expected: "an answer",
        observed: "You are not authorized to perform this operation.",
        ok: false,
      },
    ]);
  });

  it("is that row too where one thing that is asked for is gone", async () => {
    delete answers["DescribeInstances"];
    expect(problems(await verify())).to.deep.equal(["EC2 API: You are not authorized to perform this operation."]);
  });

  it("stops at the signal", async () => {
    delayMs = 5_000;
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error("stopped")), 200);
    const message = await verify(stop.signal).then(String, (error: Error) => error.message);
    expect(message).to.equal("stopped");
  });
});
