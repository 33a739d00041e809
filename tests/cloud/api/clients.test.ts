import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { pythonEnv } from "../../support/pythonEnv";
import { testKey } from "../../support/signing";
import { some, TestCloud } from "./support";

const run = promisify(execFile);

/** Clients that others wrote, from PyPI: what they understand and send is not made by the SDK that this server is made with. */
describe("EC2 API: independent clients", () => {
  let cloud: TestCloud;
  let bin: string;
  before(() => {
    bin = path.join(pythonEnv(), "bin");
  });
  beforeEach(async () => {
    cloud = await TestCloud.start();
  });
  afterEach(() => cloud.end());

  const environment = () => ({
    PATH: process.env["PATH"],
    HOME: cloud.folder,
    AWS_ACCESS_KEY_ID: testKey.accessKeyId,
    AWS_SECRET_ACCESS_KEY: testKey.secretAccessKey,
    AWS_DEFAULT_REGION: "us-east-1",
    AWS_ENDPOINT_URL: cloud.url,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_PAGER: "",
  });
  const python = async (program: string, ...parameters: string[]): Promise<unknown> => {
    const { stdout } = await run(path.join(bin, "python"), ["-c", program, ...parameters], {
      env: environment(),
      timeout: 50_000,
    });
    return JSON.parse(stdout);
  };
  const aws = async (...parameters: string[]): Promise<{ json: unknown; error: string }> => {
    const all = ["-m", "awscli", ...parameters, "--output", "json"];
    try {
      const { stdout } = await run(path.join(bin, "python"), all, { env: environment(), timeout: 50_000 });
      return { json: stdout.trim() === "" ? undefined : JSON.parse(stdout), error: "" };
    } catch (error) {
      return { json: undefined, error: (error as { stderr: string }).stderr.trim() };
    }
  };

  it("boto3 builds a lab, waits for it and takes it down", async () => {
    const program = `
import base64, json, boto3
ec2 = boto3.client("ec2")
tags = lambda kind, name: [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]
vpc = ec2.create_vpc(CidrBlock="10.240.0.0/16", TagSpecifications=tags("vpc", "lab"))["Vpc"]["VpcId"]
ec2.get_waiter("vpc_available").wait(VpcIds=[vpc])
ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.240.0.0/24")["Subnet"]["SubnetId"]
ec2.get_waiter("subnet_available").wait(SubnetIds=[subnet])
ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
igw = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
ec2.attach_internet_gateway(InternetGatewayId=igw, VpcId=vpc)
table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=igw)
group = ec2.create_security_group(GroupName="lab", Description="lab", VpcId=vpc)["GroupId"]
rules = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[
    {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "127.0.0.0/8"}]}])["SecurityGroupRules"]
key = ec2.create_key_pair(KeyName="lab", KeyType="ed25519")["KeyMaterial"]
image = sorted(ec2.describe_images(Owners=["136693071363"], Filters=[
    {"Name": "name", "Values": ["debian-13-amd64-*"]}])["Images"], key=lambda i: i["CreationDate"])[-1]["ImageId"]
instance = ec2.run_instances(ImageId=image, InstanceType="t3.micro", KeyName="lab", MinCount=1, MaxCount=1,
    UserData="#!/bin/sh\\ntrue\\n", PrivateIpAddress="10.240.0.80", SubnetId=subnet, SecurityGroupIds=[group],
    TagSpecifications=tags("instance", "node-0"))["Instances"][0]
id = instance["InstanceId"]
ec2.get_waiter("instance_running").wait(InstanceIds=[id], WaiterConfig={"Delay": 1})
ec2.get_waiter("instance_status_ok").wait(InstanceIds=[id], WaiterConfig={"Delay": 1})
ec2.modify_instance_attribute(InstanceId=id, SourceDestCheck={"Value": False})
ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.200.0.0/24", InstanceId=id)
seen = list(boto3.resource("ec2").instances.filter(Filters=[{"Name": "tag:Name", "Values": ["node-*"]}]))[0]
out = {
    "account": boto3.client("sts").get_caller_identity()["Account"],
    "image": image, "private": seen.private_ip_address, "public": seen.public_ip_address,
    "check": seen.source_dest_check, "state": seen.state["Name"], "tags": seen.tags,
    "user_data": base64.b64decode(seen.describe_attribute(Attribute="userData")["UserData"]["Value"]).decode(),
    "console": ec2.get_console_output(InstanceId=id)["Output"].replace(id, "ID"),
    "key": key.split("\\n")[0], "rule": [rules[0]["CidrIpv4"], rules[0]["FromPort"]],
    "routes": [[r["DestinationCidrBlock"], r.get("InstanceId") == id, r["State"]]
        for r in ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]],
}
ec2.terminate_instances(InstanceIds=[id])
ec2.get_waiter("instance_terminated").wait(InstanceIds=[id], WaiterConfig={"Delay": 1})
ec2.delete_subnet(SubnetId=subnet)
ec2.delete_route_table(RouteTableId=table)
ec2.detach_internet_gateway(InternetGatewayId=igw, VpcId=vpc)
ec2.delete_internet_gateway(InternetGatewayId=igw)
ec2.delete_security_group(GroupId=group)
ec2.delete_key_pair(KeyName="lab")
ec2.delete_vpc(VpcId=vpc)
print(json.dumps(out))
`;
    expect(await python(program)).to.deep.equal({
      account: "000000000000",
      image: "ami-0bbbbbbbbbbbbbbbb",
      private: "10.240.0.80",
      public: "127.77.0.80",
      check: false,
      state: "running",
      tags: [{ Key: "Name", Value: "node-0" }],
      user_data: "#!/bin/sh\ntrue\n",
      console: "login on ID\n",
      key: "-----BEGIN OPENSSH PRIVATE KEY-----",
      rule: ["127.0.0.0/8", 22],
      routes: [
        ["10.240.0.0/16", false, "active"],
        ["0.0.0.0/0", false, "active"],
        ["10.200.0.0/24", true, "active"],
      ],
    });
    expect(cloud.api.isEmpty()).to.equal(true);
    expect(cloud.log).to.deep.equal([]);
  });

  it("boto3 gets AWS's error codes for wrong calls", async () => {
    const vpc = await cloud.vpc();
    await cloud.subnet(vpc);
    const program = `
import json, sys, boto3
from botocore.exceptions import ClientError
ec2 = boto3.client("ec2")
codes = []
for call in [
    lambda: ec2.describe_vpcs(VpcIds=["vpc-0123456789abcdef0"]),
    lambda: ec2.delete_vpc(VpcId=sys.argv[1]),
    lambda: ec2.create_vpc(CidrBlock="10.0.0.0/8"),
    lambda: ec2.create_subnet(VpcId=sys.argv[1], CidrBlock="10.240.0.0/25"),
    lambda: ec2.describe_vpcs(Filters=[{"Name": "colour", "Values": ["red"]}]),
    lambda: ec2.describe_vpcs(DryRun=True),
    lambda: ec2.create_transit_gateway(),
    lambda: ec2.run_instances(ImageId="ami-0123456789abcdef0", MinCount=1, MaxCount=1),
]:
    try:
        call()
        codes.append("done")
    except ClientError as error:
        codes.append(error.response["Error"]["Code"])
print(json.dumps(codes))
`;
    expect(await python(program, vpc)).to.deep.equal([
      "InvalidVpcID.NotFound",
      "DependencyViolation",
      "InvalidVpc.Range",
      "InvalidSubnet.Conflict",
      "InvalidParameterValue",
      "DryRunOperation",
      "InvalidAction",
      "InvalidAMIID.NotFound",
    ]);
  });

  it("boto3 reads pages", async () => {
    const vpc = await cloud.vpc();
    for (let n = 0; n < 11; n++) await cloud.subnet(vpc, `10.240.${n}.0/24`);
    const program = `
import json, boto3
pages = boto3.client("ec2").get_paginator("describe_subnets").paginate(PaginationConfig={"PageSize": 5})
print(json.dumps([len(page["Subnets"]) for page in pages]))
`;
    expect(await python(program)).to.deep.equal([5, 5, 1]);
  });

  it("the AWS CLI shows the pod routes, starts and ends an instance", async () => {
    const SubnetId = await cloud.subnet(await cloud.vpc());
    const launched = await aws(
      ...["ec2", "run-instances", "--image-id", "ami-0bbbbbbbbbbbbbbbb", "--instance-type", "t3.micro"],
      ...["--subnet-id", SubnetId, "--associate-public-ip-address", "--private-ip-address", "10.240.0.80"],
      ...["--block-device-mappings", "DeviceName=/dev/xvda,Ebs={VolumeSize=10,Encrypted=true}"],
    );
    expect(launched.error).to.equal("");
    const id = some((launched.json as { Instances: { InstanceId: string }[] }).Instances[0]?.InstanceId);
    expect((await aws("ec2", "wait", "instance-running", "--instance-ids", id)).error).to.equal("");
    expect((await cloud.describe(id)).PublicIpAddress).to.equal("127.77.0.80");
    const table = some((await cloud.ec2.describeRouteTables()).RouteTables?.[0]?.RouteTableId);
    const eni = some((await cloud.describe(id)).NetworkInterfaces?.[0]?.NetworkInterfaceId);
    await aws(
      ...["ec2", "create-route", "--route-table-id", table, "--network-interface-id", eni],
      ...["--destination-cidr-block", "10.200.0.0/24"],
    );
    const query = "RouteTables[].Routes[].[DestinationCidrBlock,NetworkInterfaceId,State]";
    expect((await aws("ec2", "describe-route-tables", "--query", query)).json).to.deep.equal([
      ["10.240.0.0/16", null, "active"],
      ["10.200.0.0/24", eni, "active"],
    ]);
    expect((await aws("ec2", "terminate-instances", "--instance-ids", id)).error).to.equal("");
    await cloud.becomes(id, "terminated");
    const again = await aws("ec2", "start-instances", "--instance-ids", id);
    expect(again.error).to.match(/\(IncorrectInstanceState\) when calling the StartInstances operation/);
    const wrong = await aws(
      "ec2",
      "delete-route",
      "--route-table-id",
      table,
      "--destination-cidr-block",
      "10.9.0.0/24",
    );
    expect(wrong.error).to.match(/\(InvalidRoute.NotFound\) when calling the DeleteRoute operation/);
  });
});
