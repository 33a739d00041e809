import { expect } from "chai";
import { secret, unknown, type Properties } from "../pluginProcess";
import { AwsPlugin, offline } from "./plugin";

/** State and inputs of a resource that is as the program says. */
const resources: Record<string, { state: Properties; inputs: Properties }> = {
  "aws:ec2/vpc:Vpc": {
    inputs: {
      cidrBlock: "10.0.0.0/16",
      enableDnsSupport: true,
      instanceTenancy: "default",
      region: "r",
      tags: { Name: "v" },
      tagsAll: { Name: "v", p: "q" },
    },
    state: {
      arn: "a",
      cidrBlock: "10.0.0.0/16",
      enableDnsHostnames: false,
      enableDnsSupport: true,
      instanceTenancy: "default",
      region: "r",
      tags: { Name: "v" },
      tagsAll: { Name: "v", p: "q" },
    },
  },
  "aws:ec2/subnet:Subnet": {
    inputs: { cidrBlock: "10.0.0.0/24", mapPublicIpOnLaunch: false, region: "r", vpcId: "vpc-1", tagsAll: {} },
    state: {
      availabilityZone: "ra",
      cidrBlock: "10.0.0.0/24",
      mapPublicIpOnLaunch: false,
      region: "r",
      vpcId: "vpc-1",
      tags: {},
      tagsAll: {},
    },
  },
  "aws:ec2/internetGateway:InternetGateway": {
    inputs: { region: "r", vpcId: "vpc-1", tagsAll: {} },
    state: { region: "r", vpcId: "vpc-1", tags: {}, tagsAll: {} },
  },
  "aws:ec2/routeTable:RouteTable": {
    inputs: { region: "r", vpcId: "vpc-1", tagsAll: {} },
    state: { region: "r", vpcId: "vpc-1", tags: {}, tagsAll: {} },
  },
  "aws:ec2/route:Route": {
    inputs: { routeTableId: "rtb-1", destinationCidrBlock: "10.2.0.0/24", networkInterfaceId: "eni-1", region: "r" },
    state: {
      routeTableId: "rtb-1",
      destinationCidrBlock: "10.2.0.0/24",
      gatewayId: "",
      networkInterfaceId: "eni-1",
      instanceId: "i-1",
      region: "r",
    },
  },
  "aws:ec2/routeTableAssociation:RouteTableAssociation": {
    inputs: { routeTableId: "rtb-1", subnetId: "subnet-1", region: "r" },
    state: { routeTableId: "rtb-1", subnetId: "subnet-1", region: "r" },
  },
  "aws:ec2/securityGroup:SecurityGroup": {
    inputs: { name: "g", description: "d", vpcId: "vpc-1", revokeRulesOnDelete: false, region: "r", tagsAll: {} },
    state: {
      name: "g",
      description: "d",
      vpcId: "vpc-1",
      revokeRulesOnDelete: false,
      region: "r",
      tags: {},
      tagsAll: {},
    },
  },
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {
    inputs: {
      securityGroupId: "sg-1",
      cidrIpv4: "10.0.0.0/8",
      ipProtocol: "tcp",
      fromPort: 22,
      toPort: 22,
      region: "r",
      tagsAll: {},
    },
    state: {
      securityGroupId: "sg-1",
      cidrIpv4: "10.0.0.0/8",
      ipProtocol: "tcp",
      fromPort: 22,
      toPort: 22,
      region: "r",
      tags: {},
      tagsAll: {},
    },
  },
  "aws:ec2/keyPair:KeyPair": {
    inputs: { keyName: "k", publicKey: "ssh-ed25519 AAAA x", region: "r", tagsAll: {} },
    state: { keyName: "k", keyPairId: "key-1", publicKey: "ssh-ed25519 AAAA x", region: "r", tags: {}, tagsAll: {} },
  },
  "aws:ec2/instance:Instance": {
    inputs: {
      ...{
        ami: "ami-1",
        instanceType: "t3.small",
        keyName: "k",
        privateIp: "10.0.0.4",
        subnetId: "subnet-1",
        region: "r",
      },
      ...{ associatePublicIpAddress: true, sourceDestCheck: false, userData: "#text", userDataReplaceOnChange: false },
      ...{ vpcSecurityGroupIds: ["sg-2", "sg-1"], metadataOptions: { httpTokens: "required" }, tagsAll: {} },
      ...{ rootBlockDevice: { volumeSize: 20, volumeType: "gp3", encrypted: true, deleteOnTermination: true } },
      ebsBlockDevices: [{ deviceName: "/dev/sdf", volumeSize: 4 }],
    },
    state: {
      ebsBlockDevices: [
        { deviceName: "/dev/sdf", volumeSize: 4, volumeType: "gp3", encrypted: true, volumeId: "vol-2" },
      ],
      ...{
        ami: "ami-1",
        instanceType: "t3.small",
        keyName: "k",
        privateIp: "10.0.0.4",
        subnetId: "subnet-1",
        region: "r",
      },
      ...{ associatePublicIpAddress: true, sourceDestCheck: false, userData: "#text", userDataReplaceOnChange: false },
      ...{
        vpcSecurityGroupIds: ["sg-1", "sg-2"],
        availabilityZone: "ra",
        publicIp: "p",
        publicDns: "d",
        tags: {},
        tagsAll: {},
      },
      ...{ metadataOptions: { httpTokens: "required", httpEndpoint: "enabled", httpPutResponseHopLimit: 1 } },
      ...{
        rootBlockDevice: {
          volumeSize: 20,
          volumeType: "gp3",
          encrypted: true,
          deleteOnTermination: true,
          volumeId: "vol-1",
        },
      },
      ...{ instanceState: "running" },
    },
  },
};

type Row = [change: Properties, detailed: Record<string, string>];

/** Changes of inputs with what they do. */
const byInputs: Record<string, Row[]> = {
  "aws:ec2/vpc:Vpc": [
    [{ cidrBlock: "10.1.0.0/16" }, { cidrBlock: "UPDATE_REPLACE" }],
    [{ cidrBlock: unknown }, { cidrBlock: "UPDATE_REPLACE" }],
    [{ instanceTenancy: "dedicated" }, { instanceTenancy: "UPDATE_REPLACE" }],
    [{ enableDnsSupport: false }, { enableDnsSupport: "UPDATE" }],
    [{ enableDnsHostnames: true }, { enableDnsHostnames: "UPDATE" }],
    [{ enableDnsHostnames: false }, {}],
    [{ region: "other" }, { region: "UPDATE_REPLACE" }],
    [
      { tags: { Name: "w" }, tagsAll: { Name: "w", p: "q" } },
      { "tags.Name": "UPDATE", "tagsAll.Name": "UPDATE" },
    ],
    [{ tagsAll: { Name: "v", p: "other" } }, { "tagsAll.p": "UPDATE" }],
    [
      { tags: undefined, tagsAll: { p: "q" } },
      { tags: "DELETE", "tagsAll.Name": "DELETE" },
    ],
    [{ tags: secret({ Name: "v" }) }, { tags: "UPDATE" }],
  ],
  "aws:ec2/subnet:Subnet": [
    [{ cidrBlock: "10.0.1.0/24" }, { cidrBlock: "UPDATE_REPLACE" }],
    [{ availabilityZone: "rb" }, { availabilityZone: "UPDATE_REPLACE" }],
    [{ vpcId: unknown }, { vpcId: "UPDATE_REPLACE" }],
    [{ mapPublicIpOnLaunch: true }, { mapPublicIpOnLaunch: "UPDATE" }],
  ],
  "aws:ec2/internetGateway:InternetGateway": [
    [{ vpcId: "vpc-2" }, { vpcId: "UPDATE" }],
    [{ vpcId: undefined }, {}],
  ],
  "aws:ec2/routeTable:RouteTable": [[{ vpcId: "vpc-2" }, { vpcId: "UPDATE_REPLACE" }]],
  "aws:ec2/route:Route": [
    [{ routeTableId: "rtb-2" }, { routeTableId: "UPDATE_REPLACE" }],
    [{ destinationCidrBlock: "10.3.0.0/24" }, { destinationCidrBlock: "UPDATE_REPLACE" }],
    [{ networkInterfaceId: "eni-2" }, { networkInterfaceId: "UPDATE" }],
    [{ networkInterfaceId: unknown }, { networkInterfaceId: "UPDATE" }],
    [{ networkInterfaceId: undefined, gatewayId: "igw-1" }, { gatewayId: "UPDATE" }],
  ],
  "aws:ec2/routeTableAssociation:RouteTableAssociation": [
    [{ routeTableId: "rtb-2" }, { routeTableId: "UPDATE" }],
    [{ subnetId: "subnet-2" }, { subnetId: "UPDATE_REPLACE" }],
  ],
  "aws:ec2/securityGroup:SecurityGroup": [
    [{ name: "h" }, { name: "UPDATE_REPLACE" }],
    [{ description: "e" }, { description: "UPDATE_REPLACE" }],
    [{ vpcId: "vpc-2" }, { vpcId: "UPDATE_REPLACE" }],
    [{ revokeRulesOnDelete: true }, { revokeRulesOnDelete: "UPDATE" }],
  ],
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": [
    [{ securityGroupId: "sg-2" }, { securityGroupId: "UPDATE_REPLACE" }],
    [{ cidrIpv4: "10.0.0.0/16" }, { cidrIpv4: "UPDATE" }],
    [
      { cidrIpv4: undefined, referencedSecurityGroupId: "sg-1" },
      { cidrIpv4: "DELETE_REPLACE", referencedSecurityGroupId: "ADD_REPLACE" },
    ],
    [
      { fromPort: 0, toPort: 65535 },
      { fromPort: "UPDATE", toPort: "UPDATE" },
    ],
    [{ description: "d" }, { description: "ADD" }],
    [{ ipProtocol: "6" }, {}],
    [{ ipProtocol: "udp" }, { ipProtocol: "UPDATE" }],
  ],
  "aws:ec2/keyPair:KeyPair": [
    [{ keyName: "l" }, { keyName: "UPDATE_REPLACE" }],
    [{ publicKey: "ssh-ed25519 BBBB x" }, { publicKey: "UPDATE_REPLACE" }],
    [{ publicKey: "ssh-ed25519 AAAA x\n" }, {}],
  ],
  "aws:ec2/instance:Instance": [
    [{ ami: "ami-2" }, { ami: "UPDATE_REPLACE" }],
    [{ keyName: "l" }, { keyName: "UPDATE_REPLACE" }],
    [{ subnetId: "subnet-2" }, { subnetId: "UPDATE_REPLACE" }],
    [{ privateIp: "10.0.0.5" }, { privateIp: "UPDATE_REPLACE" }],
    [{ privateIp: undefined }, {}],
    [{ associatePublicIpAddress: false }, { associatePublicIpAddress: "UPDATE_REPLACE" }],
    [{ availabilityZone: "rb" }, { availabilityZone: "UPDATE_REPLACE" }],
    [{ instanceType: "t3.large" }, { instanceType: "UPDATE" }],
    [{ sourceDestCheck: true }, { sourceDestCheck: "UPDATE" }],
    [{ vpcSecurityGroupIds: ["sg-1", "sg-2"] }, {}],
    [{ vpcSecurityGroupIds: ["sg-1"] }, { vpcSecurityGroupIds: "UPDATE" }],
    [{ vpcSecurityGroupIds: ["sg-1", unknown] }, { vpcSecurityGroupIds: "UPDATE" }],
    [{ userData: "other" }, { userData: "UPDATE" }],
    [{ userData: Buffer.from("#text").toString("base64") }, {}],
    [
      { userData: "other", userDataReplaceOnChange: true },
      { userData: "UPDATE_REPLACE", userDataReplaceOnChange: "UPDATE" },
    ],
    [{ metadataOptions: { httpTokens: "optional" } }, { "metadataOptions.httpTokens": "UPDATE" }],
    [{ metadataOptions: undefined }, {}],
    [
      { rootBlockDevice: { volumeSize: 30, encrypted: false, deleteOnTermination: true } },
      {
        "rootBlockDevice.volumeSize": "UPDATE",
        "rootBlockDevice.encrypted": "UPDATE_REPLACE",
      },
    ],
    [
      { ebsBlockDevices: [{ deviceName: "/dev/sdf", volumeSize: 5, encrypted: true }] },
      { "ebsBlockDevices[0].volumeSize": "UPDATE_REPLACE" },
    ],
    [{ ebsBlockDevices: [{ deviceName: "/dev/sdg", volumeSize: 4 }] }, { "ebsBlockDevices[0]": "UPDATE_REPLACE" }],
    [{ ebsBlockDevices: [] }, { ebsBlockDevices: "UPDATE_REPLACE" }],
    [{ ebsBlockDevices: undefined }, {}],
    [{ volumeTags: { a: "b" } }, { volumeTags: "ADD" }],
  ],
};

/** What somebody changed by hand, as a refresh puts it into the state. */
const byHand: Record<string, Row[]> = {
  "aws:ec2/instance:Instance": [
    [{ sourceDestCheck: true }, { sourceDestCheck: "UPDATE" }],
    [{ instanceState: "stopped", publicIp: "" }, {}],
    [
      { tagsAll: { by: "hand" }, tags: { by: "hand" } },
      { tags: "DELETE", "tagsAll.by": "DELETE" },
    ],
  ],
  "aws:ec2/route:Route": [
    [{ networkInterfaceId: "eni-9" }, { networkInterfaceId: "UPDATE" }],
    [
      { networkInterfaceId: "", gatewayId: "igw-9" },
      { gatewayId: "DELETE", networkInterfaceId: "UPDATE" },
    ],
  ],
  "aws:ec2/internetGateway:InternetGateway": [[{ vpcId: "" }, { vpcId: "UPDATE" }]],
};

describe("differences in the aws plugin", () => {
  let plugin: AwsPlugin;
  before(async () => void (plugin = await AwsPlugin.start(offline)));
  after(() => plugin?.stop());

  const of = (type: string) => resources[type] ?? expect.fail(type);
  const defined = (properties: Properties) =>
    Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined));

  for (const [type, { state, inputs }] of Object.entries(resources)) {
    it(`finds none in ${type} that is as it should be`, async () => {
      expect((await plugin.diff(type, state, { ...inputs, __defaults: ["region"] })).detailed).to.deep.equal({});
    });
    for (const [change, detailed] of byInputs[type] ?? []) {
      it(`finds ${JSON.stringify(detailed)} in ${type} with ${JSON.stringify(change)?.slice(0, 100)}`, async () => {
        const found = await plugin.diff(type, state, defined({ ...inputs, ...change }));
        expect(found.detailed).to.deep.equal(detailed);
        const replaces = Object.keys(detailed).filter((path) => detailed[path]?.endsWith("_REPLACE"));
        expect(found.replaces).to.deep.equal([...new Set(replaces.map((path) => path.replace(/[.[].*/, "")))].sort());
      });
    }
    for (const [change, detailed] of byHand[type] ?? []) {
      it(`finds ${JSON.stringify(detailed)} in ${type} that somebody gave ${JSON.stringify(change)}`, async () => {
        expect((await plugin.diff(type, { ...state, ...change }, inputs)).detailed).to.deep.equal(detailed);
      });
    }
  }

  it("deletes first what has to be replaced under the name that the program gave it", async () => {
    const { state, inputs } = of("aws:ec2/keyPair:KeyPair");
    const changed = { ...inputs, publicKey: "other" };
    const diff = (more: Properties) => plugin.diff("aws:ec2/keyPair:KeyPair", state, { ...changed, ...more });
    expect((await diff({ __defaults: ["region"] })).deleteBeforeReplace).to.equal(true);
    expect((await diff({ __defaults: ["keyName"] })).deleteBeforeReplace).to.equal(false);
    expect((await diff({ __defaults: ["region"], keyName: "new" })).deleteBeforeReplace).to.equal(false);
  });

  it("previews an update with what stays and what AWS will choose anew", async () => {
    const { state, inputs } = of("aws:ec2/instance:Instance");
    const type = "aws:ec2/instance:Instance";
    const bigger = await plugin.previewUpdate(type, state, { ...inputs, instanceType: "t3.large" });
    expect(bigger).to.include({
      instanceType: "t3.large",
      publicIp: unknown,
      publicDns: unknown,
      availabilityZone: "ra",
    });
    const checked = await plugin.previewUpdate(type, state, { ...inputs, sourceDestCheck: true, __defaults: [] });
    expect(checked).to.include({ sourceDestCheck: true, publicIp: "p", instanceState: "running" });
    expect(checked).not.to.have.property("__defaults");
  });

  it("previews a creation with everything that AWS chooses unknown", async () => {
    const created = await plugin.create(
      "aws:ec2/subnet:Subnet",
      { ...of("aws:ec2/subnet:Subnet").inputs, vpcId: unknown },
      { preview: true },
    );
    expect(created.id).to.equal("");
    expect(created.outputs).to.deep.equal({
      ...{ arn: unknown, availabilityZone: unknown, availabilityZoneId: unknown, ownerId: unknown, vpcId: unknown },
      ...{ cidrBlock: "10.0.0.0/24", mapPublicIpOnLaunch: false, region: "r", tagsAll: {} },
    });
  });
});
