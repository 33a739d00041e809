import {
  DeleteInternetGatewayCommand,
  DeleteKeyPairCommand,
  DeleteRouteCommand,
  DeleteRouteTableCommand,
  DeleteSecurityGroupCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  DescribeInstancesCommand,
  DescribeInternetGatewaysCommand,
  DescribeKeyPairsCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  DetachInternetGatewayCommand,
  DisassociateRouteTableCommand,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  TerminateInstancesCommand,
  waitUntilInstanceTerminated,
  type EC2Client,
  type Filter,
  type SecurityGroupRule,
} from "@aws-sdk/client-ec2";
import { nameOf, type Deployment, type StackResource } from "./deployment";

/** An input of a creation that was cut off: its text, never that of a secret. */
type Input = (name: string) => string;

/** How to find what was being created, by its inputs, and how to remove it. */
interface Kind {
  /** Ids of all that EC2 has with these inputs. */
  readonly find: (ec2: EC2Client, input: Input, tags: Filter[]) => Promise<(string | undefined)[]>;
  readonly remove: (ec2: EC2Client, id: string, input: Input, signal: AbortSignal) => Promise<unknown>;
}

/** Seconds that an instance may take to end. */
const terminationLimit = 600;

/** Resources of the components that EC2 does not create twice, or that block the removal of others. */
const kinds: Readonly<Record<string, Kind>> = {
  "aws:ec2/instance:Instance": {
    find: async (ec2, input, tags) => {
      const Filters = [
        ...tags,
        filter("subnet-id", input("subnetId")),
        filter("private-ip-address", input("privateIp")),
        filter("key-name", input("keyName")),
        filter("instance-state-name", "pending", "running", "stopping", "stopped"),
      ];
      const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ Filters }));
      return Reservations.flatMap(({ Instances = [] }) => Instances.map(({ InstanceId }) => InstanceId));
    },
    remove: async (client, id, _input, abortSignal) => {
      const InstanceIds = [id];
      await client.send(new TerminateInstancesCommand({ InstanceIds }), { abortSignal });
      const patience = { client, abortSignal, maxWaitTime: terminationLimit, minDelay: 1, maxDelay: 10 };
      await waitUntilInstanceTerminated(patience, { InstanceIds });
    },
  },
  "aws:ec2/vpc:Vpc": {
    find: async (ec2, input, tags) => {
      const Filters = [...tags, filter("cidr", input("cidrBlock"))];
      return (await ec2.send(new DescribeVpcsCommand({ Filters }))).Vpcs?.map(({ VpcId }) => VpcId) ?? [];
    },
    remove: (ec2, VpcId) => ec2.send(new DeleteVpcCommand({ VpcId })),
  },
  "aws:ec2/internetGateway:InternetGateway": {
    find: async (ec2, input, tags) => {
      const { InternetGateways = [] } = await ec2.send(new DescribeInternetGatewaysCommand({ Filters: tags }));
      // It is attached by a separate call, which may have been cut off.
      return InternetGateways.filter(({ Attachments = [] }) =>
        Attachments.every(({ VpcId }) => VpcId === input("vpcId")),
      ).map(({ InternetGatewayId }) => InternetGatewayId);
    },
    remove: async (ec2, InternetGatewayId, input) => {
      const VpcId = input("vpcId");
      await unlessGone(ec2.send(new DetachInternetGatewayCommand({ InternetGatewayId, VpcId })));
      await ec2.send(new DeleteInternetGatewayCommand({ InternetGatewayId }));
    },
  },
  "aws:ec2/subnet:Subnet": {
    find: async (ec2, input, tags) => {
      const Filters = [...tags, filter("vpc-id", input("vpcId")), filter("cidr-block", input("cidrBlock"))];
      return (await ec2.send(new DescribeSubnetsCommand({ Filters }))).Subnets?.map(({ SubnetId }) => SubnetId) ?? [];
    },
    remove: (ec2, SubnetId) => ec2.send(new DeleteSubnetCommand({ SubnetId })),
  },
  "aws:ec2/routeTable:RouteTable": {
    find: async (ec2, input, tags) => {
      const Filters = [...tags, filter("vpc-id", input("vpcId"))];
      const { RouteTables = [] } = await ec2.send(new DescribeRouteTablesCommand({ Filters }));
      return RouteTables.map(({ RouteTableId }) => RouteTableId);
    },
    remove: (ec2, RouteTableId) => ec2.send(new DeleteRouteTableCommand({ RouteTableId })),
  },
  "aws:ec2/routeTableAssociation:RouteTableAssociation": {
    find: async (ec2, input) => {
      const { Associations = [] } = await routeTable(ec2, input("routeTableId"));
      return Associations.filter(({ SubnetId }) => SubnetId === input("subnetId")).map(
        ({ RouteTableAssociationId }) => RouteTableAssociationId,
      );
    },
    remove: (ec2, AssociationId) => ec2.send(new DisassociateRouteTableCommand({ AssociationId })),
  },
  // A route has no id of its own: its destination is one within its table.
  "aws:ec2/route:Route": {
    find: async (ec2, input) => {
      const { Routes = [] } = await routeTable(ec2, input("routeTableId"));
      const target = input("gatewayId") + input("networkInterfaceId");
      return Routes.filter(
        ({ DestinationCidrBlock, GatewayId = "", NetworkInterfaceId = "" }) =>
          DestinationCidrBlock === input("destinationCidrBlock") && GatewayId + NetworkInterfaceId === target,
      ).map(({ DestinationCidrBlock }) => DestinationCidrBlock);
    },
    remove: (ec2, DestinationCidrBlock, input) =>
      ec2.send(new DeleteRouteCommand({ RouteTableId: input("routeTableId"), DestinationCidrBlock })),
  },
  "aws:ec2/securityGroup:SecurityGroup": {
    find: async (ec2, input, tags) => {
      const Filters = [...tags, filter("vpc-id", input("vpcId"))];
      const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({ Filters }));
      return SecurityGroups.map(({ GroupId }) => GroupId);
    },
    remove: (ec2, GroupId) => ec2.send(new DeleteSecurityGroupCommand({ GroupId })),
  },
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {
    find: (ec2, input, tags) => rules(ec2, input, tags, false),
    remove: (ec2, id, input) =>
      ec2.send(
        new RevokeSecurityGroupIngressCommand({ GroupId: input("securityGroupId"), SecurityGroupRuleIds: [id] }),
      ),
  },
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": {
    find: (ec2, input, tags) => rules(ec2, input, tags, true),
    remove: (ec2, id, input) =>
      ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId: input("securityGroupId"), SecurityGroupRuleIds: [id] })),
  },
  "aws:ec2/keyPair:KeyPair": {
    find: async (ec2, input, tags) => {
      const Filters = [...tags, filter("key-name", input("keyName"))];
      const { KeyPairs = [] } = await ec2.send(new DescribeKeyPairsCommand({ Filters, IncludePublicKey: true }));
      // Names are unique in the account, so this one may belong to another lab.
      return KeyPairs.filter(({ PublicKey = "" }) => keyOf(PublicKey) === keyOf(input("publicKey"))).map(
        ({ KeyName }) => KeyName,
      );
    },
    remove: (ec2, KeyName) => ec2.send(new DeleteKeyPairCommand({ KeyName })),
  },
};

/** Creations on EC2 that the engine had begun when it was killed. */
export function cutOffCreates({ pending_operations = [] }: Deployment): StackResource[] {
  return pending_operations
    .filter(({ type, resource }) => type === "creating" && resource.type in kinds)
    .map(({ resource }) => resource);
}

/**
 * Removes what EC2 has of creations that were cut off. Their ids are lost: a new instance could not get their addresses,
 * and a VPC that still contains them could not be removed. All of them are inside something that the stack's state
 * knows, or have the lab's tags.
 *
 * @param removed called with the type, the name and the id of each
 */
export async function removeCutOff(
  ec2: EC2Client,
  deployment: Deployment,
  signal: AbortSignal,
  removed: (what: string, id: string) => void,
): Promise<void> {
  const known = new Set((deployment.resources ?? []).map(({ id }) => id));
  const removals = cutOffCreates(deployment).map(async ({ urn, type, inputs = {} }) => {
    const { find, remove } = kinds[type] as Kind;
    const input = (name: string) => (typeof inputs[name] === "string" ? inputs[name] : "");
    for (const id of await find(ec2, input, tagFilters(inputs["tags"]))) {
      if (id === undefined || known.has(id)) continue;
      if (await unlessGone(remove(ec2, id, input, signal))) removed(`${type.split(":").at(-1)} ${nameOf(urn)}`, id);
    }
  });
  await Promise.all(removals);
}

function filter(Name: string, ...Values: string[]): Filter {
  return { Name, Values };
}

/** All of the tags; the lab's own is among them. */
function tagFilters(tags: unknown): Filter[] {
  const each = Object.entries((tags ?? {}) as Record<string, unknown>);
  return [filter("tag-key", "hardway:stack"), ...each.map(([key, value]) => filter(`tag:${key}`, String(value)))];
}

async function routeTable(ec2: EC2Client, id: string) {
  const { RouteTables = [] } = await ec2.send(
    new DescribeRouteTablesCommand({ Filters: [filter("route-table-id", id)] }),
  );
  return RouteTables[0] ?? {};
}

async function rules(ec2: EC2Client, input: Input, tags: Filter[], egress: boolean) {
  const Filters = [...tags, filter("group-id", input("securityGroupId"))];
  const { SecurityGroupRules = [] } = await ec2.send(new DescribeSecurityGroupRulesCommand({ Filters }));
  const source = ({ CidrIpv4 = "", ReferencedGroupInfo }: SecurityGroupRule) =>
    CidrIpv4 + (ReferencedGroupInfo?.GroupId ?? "");
  return SecurityGroupRules.filter(
    (rule) =>
      rule.IsEgress === egress &&
      rule.IpProtocol === input("ipProtocol") &&
      source(rule) === input("cidrIpv4") + input("referencedSecurityGroupId"),
  ).map(({ SecurityGroupRuleId }) => SecurityGroupRuleId);
}

/** Without the comment. */
function keyOf(line: string): string {
  return line.trim().split(/\s+/).slice(0, 2).join(" ");
}

/** @returns false for something that is already gone, or is in use and so is not what was cut off */
async function unlessGone(done: Promise<unknown>): Promise<boolean> {
  try {
    await done;
    return true;
  } catch (error) {
    const { name } = error as Error;
    if (/\.NotFound$|^Gateway\.NotAttached$|^DependencyViolation$/.test(name)) return false;
    throw error;
  }
}
