import { readFile } from "node:fs/promises";
import type { NormalizedSchema } from "@smithy/core/schema";
import { expect } from "chai";
import fc from "fast-check";
import { operation, requestName, type Action } from "../../../cloud/api/core/sdk";
import { stateSchema } from "../../../cloud/api/core/state";
import { actions as handlers } from "../../../cloud/api/actions";
import { post as signedPost } from "../../support/signing";
import { image, some, TestCloud } from "./support";

const actions = Object.keys(handlers);

/** Values that a client may send although no sensible one does. */
const odd = [
  ...["", " ", "0", "-1", "1", "22.5", "10.5", "3000.5", "1e3", "99999999999", "2147483648", "NaN", "٣", "0x10"],
  ...["true", "false", "True", "Stop", "stop", "hibernate", "foo", "standard", "gp3", "io1", "tcp", "icmp", "-", "*"],
  ...[
    "10.0.0.0/8",
    "10.240.9.0/24",
    "0.0.0.0/0",
    "::/0",
    "2001:DB8::1/32",
    "10.240.0.9",
    "1.2.3",
    "/dev/xvda",
    "/dev/sdb",
  ],
  ...["__proto__", "constructor", "toString", "sg-", "local", "\u0000", "\ud800", "😀".repeat(200), "x".repeat(300)],
  ...["eA==", "%", "a.b", "us-east-1a", "use1-az1", "default", "spot", "enabled", "required", "userData", "ip-name"],
];

/** Names of all parameters of a shape, with lists of one or two items. */
function parameters(shape: NormalizedSchema, prefix = "", depth = 0): string[] {
  if (depth > 6) return [];
  if (shape.isListSchema()) {
    return [1, 2].flatMap((index) => parameters(shape.getValueSchema(), `${prefix}.${index}`, depth + 1));
  }
  if (!shape.isStructSchema()) return [prefix];
  const dot = prefix === "" ? "" : ".";
  return [...shape.structIterator()].flatMap(([name, member]) =>
    parameters(member, `${prefix}${dot}${requestName(name, member)}`, depth + 1),
  );
}

const namesOf = new Map(
  actions.map((action) => {
    const { input } = operation(action as Action);
    return [action, input.isUnitSchema() ? [] : parameters(input).filter((name) => name !== "DryRun")];
  }),
);

describe("EC2 API under odd requests", () => {
  let cloud: TestCloud;
  /** Requests that are answered with success, each action with one at least. */
  let sensible: (readonly [action: string, parameters: Readonly<Record<string, string>>])[];
  let ids: string[];

  before(async () => {
    cloud = await TestCloud.start();
    const vpc = await cloud.vpc();
    const subnet = await cloud.subnet(vpc);
    const gateway = await cloud.gateway(vpc);
    const table = await cloud.table(vpc);
    const group = await cloud.group(vpc);
    const { id: instance, eni } = await cloud.instance(subnet);
    const own = some(
      (await cloud.ec2.createNetworkInterface({ SubnetId: subnet })).NetworkInterface?.NetworkInterfaceId,
    );
    const rule = some((await cloud.ec2.describeSecurityGroupRules()).SecurityGroupRules?.at(-1)?.SecurityGroupRuleId);
    ids = [vpc, subnet, gateway, table, group, instance, eni, own, rule, image];
    const launch = { ImageId: image, InstanceType: "t3.micro", MinCount: "1", MaxCount: "1", SubnetId: subnet };
    const permission = { IpProtocol: "tcp", FromPort: "1", ToPort: "2" };
    sensible = [
      ["CreateVpc", { CidrBlock: "10.1.0.0/16", InstanceTenancy: "default" }],
      ["ModifyVpcAttribute", { VpcId: vpc, "EnableDnsHostnames.Value": "true" }],
      ["CreateSubnet", { VpcId: vpc, CidrBlock: "10.240.7.0/24", AvailabilityZone: "us-east-1a" }],
      ["ModifySubnetAttribute", { SubnetId: subnet, PrivateDnsHostnameTypeOnLaunch: "ip-name" }],
      ["CreateRoute", { RouteTableId: table, DestinationCidrBlock: "10.9.0.0/24", GatewayId: gateway }],
      ["ReplaceRoute", { RouteTableId: table, DestinationCidrBlock: "10.9.0.0/24", NetworkInterfaceId: eni }],
      ["AssociateRouteTable", { RouteTableId: table, SubnetId: subnet }],
      ["CreateRouteTable", { VpcId: vpc, ClientToken: "a" }],
      ["AuthorizeSecurityGroupIngress", { GroupId: group, ...permission, CidrIp: "10.0.0.0/8" }],
      [
        "AuthorizeSecurityGroupEgress",
        {
          GroupId: group,
          ...Object.fromEntries(Object.entries(permission).map(([name, value]) => [`IpPermissions.1.${name}`, value])),
          "IpPermissions.1.IpRanges.1.CidrIp": "10.0.0.0/8",
          "IpPermissions.1.Ipv6Ranges.1.CidrIpv6": "2001:db8::/32",
          "IpPermissions.1.Groups.1.GroupId": group,
        },
      ],
      [
        "ModifySecurityGroupRules",
        {
          GroupId: group,
          "SecurityGroupRule.1.SecurityGroupRuleId": rule,
          "SecurityGroupRule.1.SecurityGroupRule.IpProtocol": "udp",
          "SecurityGroupRule.1.SecurityGroupRule.FromPort": "5",
          "SecurityGroupRule.1.SecurityGroupRule.ToPort": "6",
          "SecurityGroupRule.1.SecurityGroupRule.CidrIpv4": "10.2.0.0/16",
        },
      ],
      ["CreateSecurityGroup", { VpcId: vpc, GroupName: "g", GroupDescription: "d" }],
      ["CreateKeyPair", { KeyName: "k", KeyType: "ed25519" }],
      ["CreateNetworkInterface", { SubnetId: subnet, Description: "d" }],
      ["ModifyNetworkInterfaceAttribute", { NetworkInterfaceId: own, "Description.Value": "x" }],
      ["CreateTags", { "ResourceId.1": vpc, "Tag.1.Key": "k", "Tag.1.Value": "" }],
      [
        "CreateInternetGateway",
        { "TagSpecification.1.ResourceType": "internet-gateway", "TagSpecification.1.Tag.1.Key": "a" },
      ],
      ["RunInstances", launch],
      [
        "RunInstances",
        {
          ...launch,
          InstanceInitiatedShutdownBehavior: "stop",
          "BlockDeviceMapping.1.DeviceName": "/dev/xvda",
          "BlockDeviceMapping.1.Ebs.VolumeSize": "10",
          "BlockDeviceMapping.1.Ebs.VolumeType": "gp3",
          "BlockDeviceMapping.1.Ebs.Iops": "3000",
          "BlockDeviceMapping.1.Ebs.Throughput": "125",
          "BlockDeviceMapping.2.DeviceName": "/dev/sdb",
          "BlockDeviceMapping.2.Ebs.VolumeSize": "10",
          "CreditSpecification.CpuCredits": "standard",
          "MetadataOptions.HttpTokens": "required",
          "MetadataOptions.HttpPutResponseHopLimit": "2",
        },
      ],
      ["ModifyInstanceAttribute", { InstanceId: instance, "InstanceInitiatedShutdownBehavior.Value": "stop" }],
      ["ModifyInstanceAttribute", { InstanceId: instance, Attribute: "disableApiStop", Value: "false" }],
      ["ModifyInstanceMetadataOptions", { InstanceId: instance, HttpPutResponseHopLimit: "2" }],
      [
        "ModifyInstanceCreditSpecification",
        {
          "InstanceCreditSpecification.1.InstanceId": instance,
          "InstanceCreditSpecification.1.CpuCredits": "standard",
        },
      ],
      ["MonitorInstances", { "InstanceId.1": instance }],
    ];
  });
  after(() => cloud.end());

  const post = (action: string, parameters: Readonly<Record<string, string>>) =>
    signedPost(cloud.url, new URLSearchParams({ Action: action, ...parameters }).toString());

  /** Numbers that say which sensible request or action, which of its parameters, and what they become. */
  const requests = fc.record({
    base: fc.nat(),
    changes: fc.array(fc.record({ name: fc.nat(), value: fc.nat(odd.length * 2), drop: fc.nat(9) }), {
      minLength: 1,
      maxLength: 3,
    }),
  });

  function request(choice: { base: number; changes: readonly { name: number; value: number; drop: number }[] }) {
    const pick = <T>(list: readonly T[], number: number): T => some(list[number % list.length]);
    const [action, parameters] = pick(
      [...sensible, ...sensible, ...actions.map((name) => [name, {}] as const)],
      choice.base,
    );
    const changed: Record<string, string> = { ...parameters };
    const known = Object.keys(parameters);
    const names = some(namesOf.get(action));
    for (const { name, value, drop } of choice.changes) {
      // One of the request's own parameters is changed more often than another one is added.
      const all = known.length > 0 && name % 3 > 0 ? known : names;
      if (all.length === 0) continue;
      const which = pick(all, name);
      if (drop === 0) delete changed[which];
      else changed[which] = pick([...odd, ...ids], value);
    }
    return [action, changed] as const;
  }

  it("answers each with success or a client's error, and writes nothing that it cannot read again", async function () {
    this.timeout(120_000);
    let before = "";
    await fc.assert(
      fc.asyncProperty(requests, async (choice) => {
        const [action, parameters] = request(choice);
        const { status, text } = await post(action, parameters);
        const what = `${action} ${JSON.stringify(parameters)}: ${text}`;
        // Capacity that is lacking is the one error that AWS calls its own.
        expect(status < 500, what).to.equal(true);
        const written = await readFile(cloud.stateFile, "utf8");
        if (written === before) return;
        before = written;
        const read = stateSchema.safeParse(JSON.parse(written));
        expect(read.error?.message, what).to.equal(undefined);
      }),
      { numRuns: Number(process.env["HARDWAY_FUZZ_RUNS"] ?? 1500) },
    );
    expect(cloud.log).to.deep.equal([]);
  });

  it("starts again with what they left", async () => {
    const count = async () => (await cloud.ec2.describeVpcs()).Vpcs?.length;
    const vpcs = await count();
    await cloud.restart();
    expect(await count()).to.equal(vpcs);
  });
});
