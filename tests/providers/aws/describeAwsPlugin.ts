import type { EC2 } from "@aws-sdk/client-ec2";
import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { removeCutOff } from "../../../cli/engine/cutOffCreates";
import { diagnostics, TestEngine, type TestStack } from "../engine";
import { failureOf } from "../pluginProcess";
import { testKey } from "../../support/signing";
import { lab, type LabArgs } from "./lab";
import { AwsPlugin } from "./plugin";
import { clientOf, configOf, type Ec2Server } from "./server";

/** Runs the suite of the aws plugin through the real engine, against any EC2 API. */
export function describeAwsPlugin(name: string, startServer: () => Promise<Ec2Server>) {
  describe(`the aws plugin with ${name}`, function () {
    this.timeout(180_000);
    let server: Ec2Server;
    let engine: TestEngine;
    let byHand: EC2;
    let ami: string;

    before(async () => {
      server = await startServer();
      engine = await TestEngine.start();
      byHand = clientOf(server);
      const { Images = [] } = await byHand.describeImages({
        Filters: [{ Name: "architecture", Values: ["x86_64"] }],
      });
      ami = Images[0]?.ImageId ?? expect.fail("the server has no image");
    });
    after(async () => {
      engine?.stop();
      byHand?.destroy();
      await server?.stop();
    });

    async function stackOf(stackName: string, config: Record<string, unknown> = {}): Promise<TestStack> {
      const stack = await engine.stack(stackName);
      const all = Object.entries(configOf(server, config)).map(([key, value]) => [`aws:${key}`, { value }] as const);
      await stack.stack.setAllConfig(Object.fromEntries(all));
      return stack;
    }

    /** What is in the server, by kind. */
    async function inventory(): Promise<Record<string, string[]>> {
      const reservations = (await byHand.describeInstances({})).Reservations ?? [];
      const instances = reservations.flatMap(({ Instances = [] }) => Instances);
      const ids: Record<string, (string | undefined)[]> = {
        vpcs: ((await byHand.describeVpcs({})).Vpcs ?? []).map((each) => each.VpcId),
        subnets: ((await byHand.describeSubnets({})).Subnets ?? []).map((each) => each.SubnetId),
        gateways: ((await byHand.describeInternetGateways({})).InternetGateways ?? []).map(
          (each) => each.InternetGatewayId,
        ),
        tables: ((await byHand.describeRouteTables({})).RouteTables ?? []).map((each) => each.RouteTableId),
        groups: ((await byHand.describeSecurityGroups({})).SecurityGroups ?? []).map((each) => each.GroupId),
        keys: ((await byHand.describeKeyPairs({})).KeyPairs ?? []).map((each) => each.KeyName),
        instances: instances.filter((each) => each.State?.Name !== "terminated").map((each) => each.InstanceId),
        interfaces: ((await byHand.describeNetworkInterfaces({})).NetworkInterfaces ?? []).map(
          (each) => each.NetworkInterfaceId,
        ),
        volumes: ((await byHand.describeVolumes({})).Volumes ?? []).map((each) => each.VolumeId),
      };
      return Object.fromEntries(Object.entries(ids).map(([kind, list]) => [kind, list.map(String).sort()]));
    }

    const ofKind = (operations: Record<string, string>, ...kinds: string[]) =>
      Object.keys(operations)
        .filter((each) => kinds.includes(operations[each] ?? ""))
        .sort();
    /** Resources that an operation did something to, with what. */
    const changed = (operations: Record<string, string>) =>
      Object.fromEntries(
        Object.entries(operations).filter(([, operation]) => !["same", "refresh"].includes(operation)),
      );

    describe("a whole lab", () => {
      let stack: TestStack;
      let empty: Record<string, string[]>;
      let outputs: Record<string, string>;
      const refresh = { refresh: true };

      const up = async (args: Partial<LabArgs> = {}, options: { refresh?: boolean } = {}) => {
        const outcome = await stack.up(lab({ ami, ...args }), undefined, options);
        expect(outcome.error, outcome.output).to.equal(undefined);
        outputs = outcome.outputs as Record<string, string>;
        return outcome;
      };
      const output = (key: string) => outputs[key] ?? expect.fail(`no output ${key}`);
      const node = async () => {
        const { Reservations } = await byHand.describeInstances({ InstanceIds: [output("nodeId")] });
        return Reservations?.[0]?.Instances?.[0] ?? expect.fail("no instance");
      };
      const routes = async () => {
        const { RouteTables } = await byHand.describeRouteTables({ RouteTableIds: [output("tableId")] });
        return RouteTables?.[0]?.Routes ?? [];
      };
      const rules = async (egress: boolean) => {
        const Filters = [{ Name: "group-id", Values: [output("groupId")] }];
        const { SecurityGroupRules = [] } = await byHand.describeSecurityGroupRules({ Filters });
        return SecurityGroupRules.filter((each) => each.IsEgress === egress);
      };

      before(async () => {
        empty = await inventory();
        stack = await stackOf("lab", { defaultTags: { tags: { "hardway:stack": "lab", Name: "default" } } });
      });

      it("is previewed without being made", async () => {
        const { error, operations, output: shown } = await stack.preview(lab({ ami }));
        expect(error, shown).to.equal(undefined);
        expect(ofKind(operations, "create")).to.have.length(16);
        expect(await inventory()).to.deep.equal(empty);
      });

      it("is made as the program says", async () => {
        const { operations, events } = await up();
        expect(ofKind(operations, "create")).to.have.length(16);
        expect(diagnostics(events, "warning")).to.deep.equal([]);
        const machine = await node();
        expect(machine.State?.Name).to.equal("running");
        expect(machine.PrivateIpAddress).to.equal("10.240.0.80");
        expect(machine.SourceDestCheck).to.equal(false);
        expect(machine.NetworkInterfaces?.[0]?.Groups?.map((each) => each.GroupId)).to.deep.equal([output("groupId")]);
        expect(machine.MetadataOptions).to.include({ HttpTokens: "required", HttpPutResponseHopLimit: 2 });
        const { UserData } = await byHand.describeInstanceAttribute({
          InstanceId: output("nodeId"),
          Attribute: "userData",
        });
        expect(Buffer.from(UserData?.Value ?? "", "base64").toString()).to.equal("#cloud-config\nhostname: node-0\n");
        const byDestination = Object.fromEntries(
          (await routes()).map((each) => [each.DestinationCidrBlock ?? "", each] as const),
        );
        expect(Object.keys(byDestination).sort()).to.deep.equal(["0.0.0.0/0", "10.200.0.0/24", "10.240.0.0/16"]);
        expect(byDestination["0.0.0.0/0"]?.GatewayId).to.match(/^igw-/);
        expect(byDestination["10.200.0.0/24"]?.NetworkInterfaceId).to.equal(output("interfaceId"));
        expect((await rules(true)).map((each) => each.CidrIpv4)).to.deep.equal(["0.0.0.0/0"]);
        const ingress = (await rules(false)).map((each) => [
          each.IpProtocol,
          each.FromPort,
          each.CidrIpv4 ?? each.ReferencedGroupInfo?.GroupId,
        ]);
        expect(ingress).to.have.deep.members([
          ["tcp", 22, "192.0.2.0/24"],
          ["-1", -1, output("groupId")],
        ]);
      });

      it("has ids, names and outputs as the official provider's", async () => {
        const state = await stack.state();
        const of = (resource: string) => state[resource] ?? expect.fail(`${resource} is not in the state`);
        expect(of("internet").id).to.equal(`r-${output("tableId")}1080289494`);
        expect(of("association-0").id).to.match(/^rtbassoc-/);
        expect(of("ssh").id).to.match(/^sgr-/);
        expect(of("key").id).to.match(/^key-[0-9a-f]{7}$/);
        expect(of("group").outputs.name).to.match(/^group-[0-9a-f]{7}$/);
        expect(of("vpc").outputs.tags).to.deep.equal({ Name: "lab" });
        expect(of("vpc").outputs.tagsAll).to.deep.equal({ Name: "lab", "hardway:stack": "lab" });
        expect(of("subnet-1").outputs.tagsAll).to.deep.equal({ Name: "default", "hardway:stack": "lab" });
        expect(of("subnet-1").outputs).not.to.have.property("ipv6CidrBlock");
        expect(of("node").outputs).to.include({
          userData: "#cloud-config\nhostname: node-0\n",
          instanceState: "running",
          region: "us-east-1",
          privateIp: "10.240.0.80",
        });
        expect(of("node").outputs.publicIp).to.match(/^\d+\.\d+\.\d+\.\d+$/);
        expect(of("node").outputs.arn).to.match(/^arn:aws:ec2:us-east-1:\d{12}:instance\/i-/);
        const encrypted = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };
        expect(of("default_7_48_0").inputs.secretKey).to.deep.include(encrypted);
        expect(of("members").outputs).not.to.have.any.keys("fromPort", "toPort");
        expect(of("out").outputs.arn).to.match(/^arn:aws:ec2:us-east-1:\d{12}:security-group-rule\/sgr-/);
      });

      it("does nothing when nothing changed, with and without a refresh", async () => {
        expect(changed((await up()).operations)).to.deep.equal({});
        expect(changed((await up({}, refresh)).operations)).to.deep.equal({});
      });

      it("repairs what was changed by hand", async () => {
        await byHand.modifyInstanceAttribute({ InstanceId: output("nodeId"), SourceDestCheck: { Value: true } });
        await byHand.deleteRoute({ RouteTableId: output("tableId"), DestinationCidrBlock: "10.200.0.0/24" });
        const [ssh] = (await rules(false)).filter((each) => each.FromPort === 22);
        await byHand.revokeSecurityGroupIngress({
          GroupId: output("groupId"),
          SecurityGroupRuleIds: [ssh?.SecurityGroupRuleId ?? ""],
        });
        await byHand.deleteTags({ Resources: [output("vpcId")], Tags: [{ Key: "hardway:stack" }] });
        expect(changed((await up()).operations)).to.deep.equal({});
        const { operations } = await up({}, refresh);
        expect(changed(operations)).to.deep.equal({ node: "update", pods: "create", ssh: "create", vpc: "update" });
        const machine = await node();
        expect(machine.SourceDestCheck).to.equal(false);
        expect((await routes()).map((each) => each.DestinationCidrBlock)).to.include("10.200.0.0/24");
        expect((await rules(false)).map((each) => each.FromPort)).to.have.members([22, -1]);
        expect(changed((await up({}, refresh)).operations)).to.deep.equal({});
      });

      const inPlace = { node: "update", vpc: "update", ssh: "update", "association-1": "update" };

      it("changes in place what AWS can change in place", async () => {
        const different: Partial<LabArgs> = {
          name: "renamed",
          second: "other",
          ssh: { fromPort: 2222, toPort: 2222, cidrIpv4: "198.51.100.0/24" },
          instance: { tags: { Name: "renamed" }, metadataOptions: { httpTokens: "optional" } },
        };
        const { operations } = await up(different);
        expect(changed(operations)).to.deep.equal(inPlace);
        expect((await node()).MetadataOptions?.HttpTokens).to.equal("optional");
        const [rule] = (await rules(false)).filter((each) => each.IpProtocol === "tcp");
        expect(rule).to.include({ FromPort: 2222, ToPort: 2222, CidrIpv4: "198.51.100.0/24", Description: "SSH" });
        expect(changed((await up(different, refresh)).operations)).to.deep.equal({});
      });

      it("changes them back, and stops a machine to change its type", async () => {
        const before = output("nodeId");
        const { operations } = await up({ instance: { instanceType: "t3.medium" } });
        expect(changed(operations)).to.deep.equal(inPlace);
        expect(output("nodeId")).to.equal(before);
        expect((await node()).InstanceType).to.equal("t3.medium");
        expect((await node()).State?.Name).to.equal("running");
      });

      it("replaces a machine and moves the route to the new one", async () => {
        const before = output("nodeId");
        // Another address too: moto keeps a terminated machine's address, which AWS frees.
        const instance = { privateIp: "10.240.0.81", userData: "#cloud-config\nhostname: other\n" };
        const { operations } = await up({ instance });
        expect(Object.keys(changed(operations)).sort()).to.deep.equal(["node", "pods"]);
        expect(operations.pods).to.equal("update");
        expect(output("nodeId")).to.match(/^i-/).and.not.to.equal(before);
        const pods = (await routes()).find((each) => each.DestinationCidrBlock === "10.200.0.0/24");
        expect(pods?.NetworkInterfaceId).to.equal(output("interfaceId"));
        const { Reservations } = await byHand.describeInstances({ InstanceIds: [before] });
        expect(Reservations?.[0]?.Instances?.[0]?.State?.Name).to.equal("terminated");
      });

      it("is read again by what the official provider imports it by", async () => {
        const plugin = await AwsPlugin.start(configOf(server));
        try {
          const state = await stack.state();
          const of = (resource: string) => state[resource] ?? expect.fail(`${resource} is not in the state`);
          const imports: [type: string, resource: string, written: string][] = [
            ["aws:ec2/vpc:Vpc", "vpc", of("vpc").id],
            ["aws:ec2/subnet:Subnet", "subnet-0", of("subnet-0").id],
            ["aws:ec2/internetGateway:InternetGateway", "gateway", of("gateway").id],
            ["aws:ec2/routeTable:RouteTable", "table", of("table").id],
            ["aws:ec2/route:Route", "internet", `${of("table").id}_0.0.0.0/0`],
            [
              "aws:ec2/routeTableAssociation:RouteTableAssociation",
              "association-0",
              `${of("subnet-0").id}/${of("table").id}`,
            ],
            ["aws:ec2/securityGroup:SecurityGroup", "group", of("group").id],
            ["aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "ssh", of("ssh").id],
            ["aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "out", of("out").id],
            ["aws:ec2/instance:Instance", "node", of("node").id],
            ["aws:ec2/keyPair:KeyPair", "key", of("key").id],
          ];
          for (const [type, resource, written] of imports) {
            const read = await plugin.read(type, written);
            expect(read.id, resource).to.equal(of(resource).id);
            // Default tags of the stack's provider are tags like any other to this one.
            const { tagsAll } = of(resource).outputs;
            const inputs = { ...of(resource).inputs, ...(tagsAll !== undefined && { tags: tagsAll }) };
            // AWS does not show a key pair's public key, and knows nothing of what is the program's alone.
            const unseen: Record<string, Record<string, string>> = {
              key: { publicKey: "ADD_REPLACE" },
              node: { userDataReplaceOnChange: "UPDATE" },
            };
            const expected = unseen[resource] ?? {};
            expect((await plugin.diff(type, read.state, inputs)).detailed, resource).to.deep.equal(expected);
            expect((await plugin.diff(type, read.state, read.inputs)).detailed, resource).to.deep.equal({});
          }
          const gone: [type: string, written: string][] = [
            ["aws:ec2/vpc:Vpc", "vpc-0123456789abcdef0"],
            ["aws:ec2/instance:Instance", "i-0123456789abcdef0"],
            ["aws:ec2/route:Route", `${of("table").id}_10.9.0.0/16`],
            ["aws:ec2/route:Route", "rtb-0123456789abcdef0_10.9.0.0/16"],
            ["aws:ec2/routeTableAssociation:RouteTableAssociation", `subnet-0123456789abcdef0/${of("table").id}`],
            ["aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "sgr-0123456789abcdef0"],
            ["aws:ec2/keyPair:KeyPair", "nobody's"],
          ];
          for (const [type, written] of gone) {
            expect((await plugin.read(type, written)).id, `${type} ${written}`).to.equal("");
          }
          const wrong = await failureOf(plugin.read("aws:ec2/route:Route", "rtb-1"));
          expect(wrong).to.equal(
            'reading EC2 Route (rtb-1): a route is imported as ROUTETABLEID_DESTINATION, found "rtb-1"',
          );
        } finally {
          await plugin.stop();
        }
      });

      it("is destroyed without a trace", async () => {
        const { error, operations, output: shown } = await stack.destroy();
        expect(error, shown).to.equal(undefined);
        expect(ofKind(operations, "delete")).to.have.length(16);
        expect(await inventory()).to.deep.equal(empty);
      });

      it("is found again by what it was made with, as when the engine was killed and has no ids", async () => {
        // Another address again: moto keeps those of terminated machines.
        await up({ instance: { privateIp: "10.240.0.82" } });
        const made = Object.values(await stack.state()).filter(({ type }) => type.startsWith("aws:"));
        expect(made).to.have.length(16);
        // The last one first, as nothing that others need is removed.
        for (const resource of made.toReversed()) {
          const deployment = {
            resources: made.filter((other) => other !== resource),
            pending_operations: [{ type: "creating", resource }],
          };
          const removed: string[] = [];
          await removeCutOff(byHand, deployment, new AbortController().signal, (what) => removed.push(what));
          expect(removed, resource.urn).to.have.length(1);
        }
        expect(await inventory()).to.deep.equal(empty);
      });
    });

    describe("one request at a time", () => {
      let plugin: AwsPlugin;
      before(async () => void (plugin = await AwsPlugin.start(configOf(server))));
      after(() => plugin?.stop());
      const vpcType = "aws:ec2/vpc:Vpc";

      it("finds images, zones, networks and who asks", async () => {
        const { id, names, zoneIds } = await plugin.invoke("aws:index/getAvailabilityZones:getAvailabilityZones", {
          state: "available",
          filters: [{ name: "zone-name", values: ["us-east-1b", "us-east-1a"] }],
        });
        expect(id).to.equal("us-east-1");
        expect(names).to.deep.equal(["us-east-1a", "us-east-1b"]);
        expect(zoneIds).to.have.length(2);
        const caller = await plugin.invoke("aws:index/getCallerIdentity:getCallerIdentity", {});
        expect(caller.accountId).to.match(/^\d{12}$/);
        expect(caller.id).to.equal(caller.accountId);

        const { Images = [] } = await byHand.describeImages({ Filters: [{ Name: "image-id", Values: [ami] }] });
        const [{ Name: imageName = "", OwnerId: owner = "" } = {}] = Images;
        const getAmi = (args: Record<string, unknown>) => plugin.invoke("aws:ec2/getAmi:getAmi", args);
        const byName = { owners: [owner], filters: [{ name: "name", values: [imageName] }], mostRecent: true };
        expect(await getAmi(byName)).to.include({ id: ami, imageId: ami, name: imageName, ownerId: owner });
        const none = { ...byName, filters: [{ name: "name", values: ["no such image"] }] };
        expect(await failureOf(getAmi(none))).to.match(/^Your query returned no results/);
        expect(await failureOf(getAmi({ owners: [owner] }))).to.match(/^Your query returned more than one result/);
        expect(await failureOf(getAmi({ mostRecent: true }))).to.match(/^Most Recent Image Not Filtered/);
        const newest = await getAmi({ owners: [owner], mostRecent: true });
        const all = (await byHand.describeImages({ Owners: [owner] })).Images ?? [];
        expect(newest.creationDate).to.equal(
          all
            .map((each) => each.CreationDate ?? "")
            .sort()
            .at(-1),
        );

        const { Vpc } = await byHand.createVpc({ CidrBlock: "10.9.0.0/16" });
        const VpcId = Vpc?.VpcId ?? "";
        const { Subnet } = await byHand.createSubnet({ VpcId, CidrBlock: "10.9.1.0/24" });
        const getVpc = (args: Record<string, unknown>) => plugin.invoke("aws:ec2/getVpc:getVpc", args);
        expect(await getVpc({ id: VpcId })).to.include({ id: VpcId, cidrBlock: "10.9.0.0/16", default: false });
        expect(await getVpc({ cidrBlock: "10.9.0.0/16" })).to.include({ id: VpcId, enableDnsSupport: true });
        expect(await failureOf(getVpc({ cidrBlock: "10.8.0.0/16" }))).to.equal("no matching EC2 VPC found");
        const getSubnet = (args: Record<string, unknown>) => plugin.invoke("aws:ec2/getSubnet:getSubnet", args);
        expect(await getSubnet({ vpcId: VpcId })).to.include({ id: Subnet?.SubnetId, cidrBlock: "10.9.1.0/24" });
        await byHand.deleteSubnet({ SubnetId: Subnet?.SubnetId });
        await byHand.deleteVpc({ VpcId });
      });

      it("waits with a deletion while something is in use", async () => {
        const { inputs } = await plugin.check(vpcType, { cidrBlock: "10.9.0.0/16" });
        const { id, outputs } = await plugin.create(vpcType, inputs);
        // moto, unlike AWS, deletes a VPC with an internet gateway; a route table is in its way too.
        const { RouteTable } = await byHand.createRouteTable({ VpcId: id });
        let done = false;
        const deletion = plugin.delete(vpcType, id, outputs).then(() => (done = true));
        await new Promise((resolve) => setTimeout(resolve, 500));
        expect(done).to.equal(false);
        await byHand.deleteRouteTable({ RouteTableId: RouteTable?.RouteTableId });
        await deletion;
        expect((await plugin.read(vpcType, id, outputs)).id).to.equal("");
        await plugin.delete(vpcType, id, outputs);
      });

      it("says which action AWS refused, why and with which code", async () => {
        const { inputs } = await plugin.check("aws:ec2/subnet:Subnet", {
          vpcId: "vpc-0123456789abcdef0",
          cidrBlock: "10.9.0.0/24",
        });
        expect(await failureOf(plugin.create("aws:ec2/subnet:Subnet", inputs))).to.match(
          /^creating EC2 Subnet: CreateSubnet: InvalidVpcID\.NotFound: .*vpc-0123456789abcdef0/,
        );
      });
    });

    it("takes an explicit provider, and adopts what is there already", async () => {
      const Tags = [{ Key: "Name", Value: "theirs" }];
      const TagSpecifications = [{ ResourceType: "vpc" as const, Tags }];
      const { Vpc } = await byHand.createVpc({ CidrBlock: "10.7.0.0/16", TagSpecifications });
      const VpcId = Vpc?.VpcId ?? "";
      const stack = await engine.stack("explicit");
      const program = async () => {
        const { accessKeyId: accessKey, secretAccessKey: secretKey } = testKey;
        const provider = new aws.Provider("theirs", {
          ...{ accessKey, secretKey, region: aws.Region.USEast1 },
          endpoints: [{ ec2: server.url, sts: server.url }],
          defaultTags: { tags: { project: "hardway" } },
        });
        const options = { provider, import: VpcId, retainOnDelete: true };
        const tags = { Name: "theirs" };
        const adopted = new aws.ec2.Vpc("adopted", { cidrBlock: "10.7.0.0/16", tags }, options);
        return Promise.resolve({ id: adopted.id });
      };
      const first = await stack.up(program);
      expect(first.error, first.output).to.equal(undefined);
      // Imported, and then given the default tags.
      expect(first.operations.adopted).to.equal("update");
      const { Tags: now } = (await byHand.describeVpcs({ VpcIds: [VpcId] })).Vpcs?.[0] ?? {};
      expect(now).to.deep.include({ Key: "project", Value: "hardway" });
      const second = await stack.up(program);
      expect(second.error, second.output).to.equal(undefined);
      expect(changed(second.operations)).to.deep.equal({});
      expect((await stack.state()).adopted?.outputs.tags).to.deep.equal({ Name: "theirs" });
      expect((await stack.state()).adopted?.outputs.tagsAll).to.deep.equal({ Name: "theirs", project: "hardway" });
      expect((await stack.destroy()).error).to.equal(undefined);
      await byHand.deleteVpc({ VpcId });
    });
  });
}
