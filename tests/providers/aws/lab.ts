import * as aws from "@pulumi/aws";

export const publicKey =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ3JWPd3W8H6A8lnf3NrKj2PqYq3s8m6pW5s4qkz6n5Q test@example.com";

/** What the tests change of the program. */
export interface LabArgs {
  ami: string;
  /** Of the VPC. */
  name?: string;
  instance?: Partial<aws.ec2.InstanceArgs>;
  /** Of the rule for SSH. */
  ssh?: Partial<aws.vpc.SecurityGroupIngressRuleArgs>;
  /** Leaves out the pod route. */
  podRoute?: boolean;
  /** To which table the second subnet belongs. */
  second?: "main" | "other";
}

/** A lab as the components make one: two subnets, their routes, a group, a machine with a fixed address. */
export const lab = (args: LabArgs) => async () => {
  const vpc = new aws.ec2.Vpc("vpc", {
    cidrBlock: "10.240.0.0/16",
    enableDnsHostnames: true,
    tags: { Name: args.name ?? "lab" },
  });
  const zones = await aws.getAvailabilityZones({ state: "available" });
  const subnets = ["10.240.0.0/24", "10.240.1.0/24"].map(
    (cidrBlock, i) =>
      new aws.ec2.Subnet(`subnet-${i}`, {
        vpcId: vpc.id,
        cidrBlock,
        availabilityZone: zones.names[i],
        mapPublicIpOnLaunch: i === 0,
      }),
  );
  const [first, second] = subnets as [aws.ec2.Subnet, aws.ec2.Subnet];
  const gateway = new aws.ec2.InternetGateway("gateway", { vpcId: vpc.id });
  const table = new aws.ec2.RouteTable("table", { vpcId: vpc.id });
  const other = new aws.ec2.RouteTable("other", { vpcId: vpc.id });
  new aws.ec2.Route("internet", {
    routeTableId: table.id,
    destinationCidrBlock: "0.0.0.0/0",
    gatewayId: gateway.id,
  });
  new aws.ec2.RouteTableAssociation("association-0", { subnetId: first.id, routeTableId: table.id });
  new aws.ec2.RouteTableAssociation("association-1", {
    subnetId: second.id,
    routeTableId: args.second === "other" ? other.id : table.id,
  });
  const group = new aws.ec2.SecurityGroup("group", { vpcId: vpc.id, description: "lab machines" });
  new aws.vpc.SecurityGroupIngressRule("ssh", {
    securityGroupId: group.id,
    cidrIpv4: "192.0.2.0/24",
    ipProtocol: "tcp",
    fromPort: 22,
    toPort: 22,
    description: "SSH",
    ...args.ssh,
  });
  new aws.vpc.SecurityGroupIngressRule("members", {
    securityGroupId: group.id,
    referencedSecurityGroupId: group.id,
    ipProtocol: "-1",
  });
  new aws.vpc.SecurityGroupEgressRule("out", {
    securityGroupId: group.id,
    cidrIpv4: "0.0.0.0/0",
    ipProtocol: "-1",
  });
  const key = new aws.ec2.KeyPair("key", { publicKey });
  const node = new aws.ec2.Instance("node", {
    ami: args.ami,
    instanceType: "t3.small",
    keyName: key.keyName,
    subnetId: first.id,
    privateIp: "10.240.0.80",
    associatePublicIpAddress: true,
    sourceDestCheck: false,
    vpcSecurityGroupIds: [group.id],
    metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 2 },
    rootBlockDevice: { encrypted: true, volumeSize: 20, volumeType: "gp3", deleteOnTermination: true },
    ebsBlockDevices: [{ deviceName: "/dev/sdf", encrypted: true, volumeSize: 4, volumeType: "gp3" }],
    userData: "#cloud-config\nhostname: node-0\n",
    userDataReplaceOnChange: true,
    tags: { Name: "node-0" },
    ...args.instance,
  });
  if (args.podRoute !== false) {
    new aws.ec2.Route("pods", {
      routeTableId: table.id,
      destinationCidrBlock: "10.200.0.0/24",
      networkInterfaceId: node.primaryNetworkInterfaceId,
    });
  }
  return {
    ...{ vpcId: vpc.id, nodeId: node.id, groupId: group.id, tableId: table.id, subnetId: first.id },
    interfaceId: node.primaryNetworkInterfaceId,
  };
};
