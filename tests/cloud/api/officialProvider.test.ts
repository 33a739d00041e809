import { expect } from "chai";
import { post as signedPost } from "../../support/signing";
import { some, TestCloud } from "./support";

type Parameters_ = Readonly<Record<string, string>>;

/**
 * The requests of the Terraform AWS provider 6.34, which the official Pulumi plugin wraps, for what a lab is made of: the
 * parameters as its code sends them, the empty ones too. What is read afterwards is what was asked for, so its next plan is empty.
 */
describe("EC2 API: the official provider's requests", () => {
  let cloud: TestCloud;
  before(async () => {
    cloud = await TestCloud.start();
  });
  after(() => cloud.end());

  async function call(Action: string, parameters: Parameters_ = {}, Version = "2016-11-15") {
    const body = new URLSearchParams({ Action, Version, ...parameters }).toString();
    const { status, text } = await signedPost(cloud.url, body, {
      service: Action === "GetCallerIdentity" ? "sts" : "ec2",
      headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
    });
    return { status, xml: text };
  }
  async function ok(action: string, parameters: Parameters_ = {}): Promise<string> {
    const { status, xml } = await call(action, parameters);
    expect(status, `${action} ${JSON.stringify(parameters)}: ${xml}`).to.equal(200);
    return xml;
  }
  async function codeOf(action: string, parameters: Parameters_): Promise<string | undefined> {
    return /<Code>(.*)<\/Code>/.exec((await call(action, parameters)).xml)?.[1];
  }
  const first = (xml: string, element: string): string =>
    some(new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1]);
  const all = (xml: string, element: string): string[] =>
    [...xml.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, "g"))].map(([, text]) => some(text));
  const tagged = (type: string, name: string) => ({
    "TagSpecification.1.ResourceType": type,
    "TagSpecification.1.Tag.1.Key": "Name",
    "TagSpecification.1.Tag.1.Value": name,
  });
  const filters = (...list: readonly (readonly [string, string])[]): Parameters_ =>
    Object.fromEntries(
      list.flatMap(([name, value], index) => [
        [`Filter.${index + 1}.Name`, name],
        [`Filter.${index + 1}.Value.1`, value],
      ]),
    );

  it("make the lab's network and machines, read back what was asked, change and remove it", async () => {
    const identity = await call("GetCallerIdentity", {}, "2011-06-15");
    const account = first(identity.xml, "Account");

    const images = await ok("DescribeImages", {
      ...filters(["name", "debian-13-amd64-*"], ["architecture", "x86_64"], ["virtualization-type", "hvm"]),
      IncludeDeprecated: "false",
      "Owner.1": "136693071363",
    });
    const image = some(all(images, "imageId").at(-1));
    expect(await codeOf("GetInstanceUefiData", { InstanceId: image })).to.equal("InvalidAction");
    const zones = await ok(
      "DescribeAvailabilityZones",
      filters(["state", "available"], ["opt-in-status", "opt-in-not-required"]),
    );
    const [zoneA, zoneB] = all(zones, "zoneName");

    const PublicKeyMaterial = Buffer.from(
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ3Q4+QqBIEmmbLlLkzB1CmBdGXIQe6ONXqbNUFHhhVe",
    ).toString("base64");
    await ok("ImportKeyPair", { KeyName: "lab", PublicKeyMaterial, ...tagged("key-pair", "lab") });
    expect(first(await ok("DescribeKeyPairs", { "KeyName.1": "lab" }), "keyType")).to.equal("ed25519");

    const vpc = first(
      await ok("CreateVpc", {
        AmazonProvidedIpv6CidrBlock: "false",
        CidrBlock: "10.240.0.0/16",
        InstanceTenancy: "default",
        ...tagged("vpc", "lab"),
      }),
      "vpcId",
    );
    await ok("ModifyVpcAttribute", { VpcId: vpc, "EnableDnsHostnames.Value": "true" });
    const seen = await ok("DescribeVpcs", { "VpcId.1": vpc });
    expect([
      some(all(seen, "state").at(-1)),
      first(seen, "cidrBlock"),
      first(seen, "instanceTenancy"),
      first(seen, "ownerId"),
    ]).to.deep.equal(["available", "10.240.0.0/16", "default", account]);
    for (const [Attribute, value] of [
      ["enableDnsHostnames", "true"],
      ["enableDnsSupport", "true"],
      ["enableNetworkAddressUsageMetrics", "false"],
    ] as const) {
      expect(first(await ok("DescribeVpcAttribute", { Attribute, VpcId: vpc }), "value"), Attribute).to.equal(value);
    }
    first(await ok("DescribeNetworkAcls", filters(["default", "true"], ["vpc-id", vpc])), "networkAclId");
    first(await ok("DescribeRouteTables", filters(["association.main", "true"], ["vpc-id", vpc])), "routeTableId");
    first(await ok("DescribeSecurityGroups", filters(["group-name", "default"], ["vpc-id", vpc])), "groupId");

    const subnets: string[] = [];
    for (const [CidrBlock, AvailabilityZone] of [
      ["10.240.0.0/24", some(zoneA)],
      ["10.240.1.0/24", some(zoneB)],
    ] as const) {
      const made = await ok("CreateSubnet", { AvailabilityZone, CidrBlock, VpcId: vpc, ...tagged("subnet", "lab") });
      const id = first(made, "subnetId");
      const read = await ok("DescribeSubnets", { "SubnetId.1": id });
      const names = [
        "cidrBlock",
        "availabilityZone",
        "state",
        "mapPublicIpOnLaunch",
        "assignIpv6AddressOnCreation",
        "hostnameType",
      ];
      expect(names.map((name) => first(read, name))).to.deep.equal([
        CidrBlock,
        AvailabilityZone,
        "available",
        "false",
        "false",
        "ip-name",
      ]);
      subnets.push(id);
    }

    const gateway = first(await ok("CreateInternetGateway", tagged("internet-gateway", "lab")), "internetGatewayId");
    await ok("AttachInternetGateway", { InternetGatewayId: gateway, VpcId: vpc });
    const attached = await ok("DescribeInternetGateways", { "InternetGatewayId.1": gateway });
    expect([first(attached, "state"), first(attached, "vpcId")]).to.deep.equal(["available", vpc]);

    const ClientToken = "terraform-20261125000000000000000001";
    const table = first(
      await ok("CreateRouteTable", { ClientToken, VpcId: vpc, ...tagged("route-table", "lab") }),
      "routeTableId",
    );
    await ok("DescribeRouteTables", { "RouteTableId.1": table });
    await ok("CreateRoute", { DestinationCidrBlock: "0.0.0.0/0", GatewayId: gateway, RouteTableId: table });
    const associations: string[] = [];
    for (const SubnetId of subnets) {
      const id = first(await ok("AssociateRouteTable", { RouteTableId: table, SubnetId }), "associationId");
      const read = await ok("DescribeRouteTables", filters(["association.route-table-association-id", id]));
      expect([all(read, "subnetId").includes(SubnetId), first(read, "routeTableId")]).to.deep.equal([true, table]);
      associations.push(id);
    }

    const group = first(
      await ok("CreateSecurityGroup", {
        GroupDescription: "hosts",
        GroupName: "lab",
        VpcId: vpc,
        ...tagged("security-group", "lab"),
      }),
      "groupId",
    );
    await ok("DescribeSecurityGroups", { "GroupId.1": group });
    // What every new group lets out goes first, of IPv4 and of IPv6, which is not there.
    const everything = {
      GroupId: group,
      "IpPermissions.1.FromPort": "0",
      "IpPermissions.1.IpProtocol": "-1",
      "IpPermissions.1.ToPort": "0",
    };
    await ok("RevokeSecurityGroupEgress", { ...everything, "IpPermissions.1.IpRanges.1.CidrIp": "0.0.0.0/0" });
    expect(
      await codeOf("RevokeSecurityGroupEgress", { ...everything, "IpPermissions.1.Ipv6Ranges.1.CidrIpv6": "::/0" }),
    ).to.equal("InvalidPermission.NotFound");
    const rules: Record<string, string> = {};
    for (const [name, action, permission] of [
      [
        "ssh",
        "AuthorizeSecurityGroupIngress",
        {
          FromPort: "2222",
          IpProtocol: "tcp",
          "IpRanges.1.CidrIp": "127.0.0.0/8",
          "IpRanges.1.Description": "SSH",
          ToPort: "2222",
        },
      ],
      ["members", "AuthorizeSecurityGroupIngress", { "Groups.1.GroupId": group, IpProtocol: "-1" }],
      ["out", "AuthorizeSecurityGroupEgress", { IpProtocol: "-1", "IpRanges.1.CidrIp": "0.0.0.0/0" }],
    ] as const) {
      const made = await ok(action, {
        GroupId: group,
        ...Object.fromEntries(Object.entries(permission).map(([key, value]) => [`IpPermissions.1.${key}`, value])),
        ...tagged("security-group-rule", name),
      });
      rules[name] = first(made, "securityGroupRuleId");
    }
    const ssh = await ok("DescribeSecurityGroupRules", { "SecurityGroupRuleId.1": some(rules["ssh"]) });
    expect(
      ["isEgress", "ipProtocol", "fromPort", "toPort", "cidrIpv4", "description", "groupOwnerId"].map((name) =>
        first(ssh, name),
      ),
    ).to.deep.equal(["false", "tcp", "2222", "2222", "127.0.0.0/8", "SSH", account]);
    const members = await ok("DescribeSecurityGroupRules", { "SecurityGroupRuleId.1": some(rules["members"]) });
    // Of another account than the caller's it would be written differently, and each plan had a change.
    expect([first(members, "userId"), all(members, "groupId")]).to.deep.equal([account, [group, group]]);

    const data = Buffer.from("#cloud-config\nhostname: node-0\n").toString("base64");
    const machines: string[] = [];
    for (const [index, SubnetId] of subnets.entries()) {
      const address = `10.240.${index}.8${index}`;
      const made = await ok("RunInstances", {
        "BlockDeviceMapping.1.DeviceName": "/dev/xvda",
        "BlockDeviceMapping.1.Ebs.DeleteOnTermination": "true",
        "BlockDeviceMapping.1.Ebs.Encrypted": "true",
        "BlockDeviceMapping.1.Ebs.VolumeSize": "16",
        "BlockDeviceMapping.1.Ebs.VolumeType": "gp3",
        ClientToken: `terraform-2026112500000000000000001${index}`,
        DisableApiTermination: "false",
        EbsOptimized: "false",
        ImageId: image,
        InstanceType: "t2.micro",
        KeyName: "lab",
        MaxCount: "1",
        "MetadataOptions.HttpEndpoint": "enabled",
        "MetadataOptions.HttpPutResponseHopLimit": "1",
        "MetadataOptions.HttpTokens": "required",
        MinCount: "1",
        "Monitoring.Enabled": "false",
        "NetworkInterface.1.AssociatePublicIpAddress": "true",
        "NetworkInterface.1.DeviceIndex": "0",
        "NetworkInterface.1.PrivateIpAddress": address,
        "NetworkInterface.1.SecurityGroupId.1": group,
        "NetworkInterface.1.SubnetId": SubnetId,
        "Placement.AvailabilityZone": "",
        ...tagged("instance", `node-${index}`),
        UserData: data,
      });
      const id = first(made, "instanceId");
      await cloud.becomes(id, "running");
      await ok("ModifyInstanceAttribute", { InstanceId: id, "SourceDestCheck.Value": "false" });
      const read = await ok("DescribeInstances", { "InstanceId.1": id });
      const expected = {
        imageId: image,
        instanceType: "t2.micro",
        keyName: "lab",
        privateIpAddress: address,
        subnetId: SubnetId,
        availabilityZone: some(all(zones, "zoneName")[index]),
        ebsOptimized: "false",
        httpTokens: "required",
        httpPutResponseHopLimit: "1",
        sourceDestCheck: "false",
        tenancy: "default",
        autoRecovery: "default",
        capacityReservationPreference: "open",
      };
      expect(Object.fromEntries(Object.keys(expected).map((name) => [name, first(read, name)]))).to.deep.equal(
        expected,
      );
      const volume = await ok("DescribeVolumes", { "VolumeId.1": first(read, "volumeId") });
      expect(
        ["size", "volumeType", "encrypted", "iops", "throughput", "deleteOnTermination"].map((name) =>
          first(volume, name),
        ),
      ).to.deep.equal(["16", "gp3", "true", "3000", "125", "true"]);
      await ok("DescribeVolumes", filters(["attachment.instance-id", id]));
      await ok("DescribeImages", { "ImageId.1": image });
      for (const [Attribute, value] of [
        ["userData", data],
        ["disableApiTermination", "false"],
        ["disableApiStop", "false"],
        ["instanceInitiatedShutdownBehavior", "stop"],
      ] as const) {
        expect(first(await ok("DescribeInstanceAttribute", { Attribute, InstanceId: id }), "value")).to.equal(value);
      }
      const credits = await ok("DescribeInstanceCreditSpecifications", { "InstanceId.1": id });
      expect(first(credits, "cpuCredits")).to.equal("standard");
      const type = await ok("DescribeInstanceTypes", { "InstanceType.1": "t2.micro" });
      expect(first(type, "burstablePerformanceSupported")).to.equal("true");
      const status = await ok("DescribeInstanceStatus", { IncludeAllInstances: "true", "InstanceId.1": id });
      expect(all(status, "status")).to.include("ok");
      const tags = await ok("DescribeTags", filters(["resource-id", id], ["key", "Name"]));
      expect(first(tags, "value")).to.equal(`node-${index}`);
      machines.push(id);
    }
    const card = first(await ok("DescribeInstances", { "InstanceId.1": some(machines[0]) }), "networkInterfaceId");
    await ok("CreateRoute", { DestinationCidrBlock: "10.200.0.0/24", NetworkInterfaceId: card, RouteTableId: table });
    const routes = await ok("DescribeRouteTables", { "RouteTableId.1": table });
    expect(all(routes, "destinationCidrBlock")).to.deep.equal(["10.240.0.0/16", "0.0.0.0/0", "10.200.0.0/24"]);

    const allocation = first(await ok("AllocateAddress", { Domain: "vpc" }), "allocationId");
    await ok("DescribeAddresses", { "AllocationId.1": allocation });
    await ok("DescribeAddressesAttribute", { "AllocationId.1": allocation, Attribute: "domain-name" });
    await ok("ReleaseAddress", { AllocationId: allocation, NetworkBorderGroup: "us-east-1" });

    // Another type: the machine is stopped, changed and started.
    const [machine = ""] = machines;
    await ok("StopInstances", { "InstanceId.1": machine });
    await cloud.becomes(machine, "stopped");
    await ok("ModifyInstanceAttribute", { InstanceId: machine, "InstanceType.Value": "t3.small" });
    await ok("StartInstances", { "InstanceId.1": machine });
    await cloud.becomes(machine, "running");
    await ok("ModifyInstanceMetadataOptions", {
      HttpEndpoint: "enabled",
      HttpPutResponseHopLimit: "2",
      HttpTokens: "required",
      InstanceId: machine,
    });
    await ok("ModifySecurityGroupRules", {
      GroupId: group,
      "SecurityGroupRule.1.SecurityGroupRule.CidrIpv4": "127.0.0.0/8",
      "SecurityGroupRule.1.SecurityGroupRule.Description": "",
      "SecurityGroupRule.1.SecurityGroupRule.FromPort": "2222",
      "SecurityGroupRule.1.SecurityGroupRule.IpProtocol": "tcp",
      "SecurityGroupRule.1.SecurityGroupRule.ToPort": "2222",
      "SecurityGroupRule.1.SecurityGroupRuleId": some(rules["ssh"]),
    });

    for (const [cidr, target] of [
      ["10.200.0.0/24", "machine"],
      ["0.0.0.0/0", "gateway"],
    ] as const) {
      await ok("DeleteRoute", { DestinationCidrBlock: cidr, RouteTableId: table });
      expect(
        all(await ok("DescribeRouteTables", { "RouteTableId.1": table }), "destinationCidrBlock"),
        target,
      ).not.to.include(cidr);
    }
    for (const id of machines) {
      await ok("ModifyInstanceAttribute", { "DisableApiTermination.Value": "false", InstanceId: id });
      await ok("TerminateInstances", { "InstanceId.1": id });
      await cloud.becomes(id, "terminated");
    }
    await ok("RevokeSecurityGroupIngress", { GroupId: group, "SecurityGroupRuleId.1": some(rules["ssh"]) });
    await ok("RevokeSecurityGroupIngress", { GroupId: group, "SecurityGroupRuleId.1": some(rules["members"]) });
    await ok("RevokeSecurityGroupEgress", { GroupId: group, "SecurityGroupRuleId.1": some(rules["out"]) });
    expect(await codeOf("DescribeSecurityGroupRules", { "SecurityGroupRuleId.1": some(rules["out"]) })).to.equal(
      "InvalidSecurityGroupRuleId.NotFound",
    );
    await ok("DescribeNetworkInterfaces", filters(["group-id", group]));
    await ok("DeleteSecurityGroup", { GroupId: group });
    for (const AssociationId of associations) await ok("DisassociateRouteTable", { AssociationId });
    await ok("DeleteRouteTable", { RouteTableId: table });
    for (const SubnetId of subnets) await ok("DeleteSubnet", { SubnetId });
    await ok("DetachInternetGateway", { InternetGatewayId: gateway, VpcId: vpc });
    await ok("DeleteInternetGateway", { InternetGatewayId: gateway });
    await ok("DeleteKeyPair", { KeyName: "lab" });
    await ok("DeleteVpc", { VpcId: vpc });
    expect(await codeOf("DescribeVpcs", { "VpcId.1": vpc })).to.equal("InvalidVpcID.NotFound");
    expect([cloud.api.isEmpty(), cloud.log]).to.deep.equal([true, []]);
  });
});
