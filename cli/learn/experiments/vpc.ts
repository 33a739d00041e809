import {
  CreateRouteCommand,
  DeleteRouteCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupRulesCommand,
  ModifyInstanceAttributeCommand,
  ModifySecurityGroupRulesCommand,
  type EC2Client,
} from "@aws-sdk/client-ec2";
import { literal } from "../../../components/literal";
import { fromPodsOf } from "../../../components/plan/routes";
import type { Experiment, HostCommand, Place, VpcPlace } from "../experiment";
import { answers, bridgeAddress, ping, silent } from "./pods";

/** Of a network that is for documents (RFC 5737): nobody has its addresses. */
const nobody = "192.0.2.0/24";

/** `try` checks that the lab's machines are in a VPC before an experiment that needs it. */
function vpcOf({ vpc }: Place): VpcPlace {
  if (vpc === undefined) throw new Error("this experiment needs a VPC");
  return vpc;
}

function checkSourceAndDestination(place: Place, Value: boolean): HostCommand {
  const { instanceId: InstanceId } = vpcOf(place);
  return {
    on: "vpc",
    run: `aws ec2 modify-instance-attribute --instance-id ${InstanceId} --${Value ? "" : "no-"}source-dest-check`,
    call: async (ec2) => {
      await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, SourceDestCheck: { Value } }));
    },
  };
}

async function destinationsIn(ec2: EC2Client, routeTableIds: readonly string[]): Promise<(string | undefined)[]> {
  const { RouteTables = [] } = await ec2.send(new DescribeRouteTablesCommand({ RouteTableIds: [...routeTableIds] }));
  return RouteTables.flatMap(({ Routes = [] }) => Routes.map(({ DestinationCidrBlock }) => DestinationCidrBlock));
}

/** The route to the node's pods in each route table. */
function routes(place: Place, verb: "create" | "delete"): HostCommand[] {
  const { routeTableIds, networkInterfaceId: NetworkInterfaceId } = vpcOf(place);
  return routeTableIds.map((RouteTableId): HostCommand => {
    const route = { RouteTableId, DestinationCidrBlock: place.podCidr };
    const words = `--route-table-id ${RouteTableId} --destination-cidr-block ${place.podCidr}`;
    return verb === "create"
      ? {
          on: "vpc",
          run: `aws ec2 create-route ${words} --network-interface-id ${NetworkInterfaceId}`,
          call: async (ec2) => {
            // Who creates one that is there is refused.
            if (!(await destinationsIn(ec2, [RouteTableId])).includes(place.podCidr))
              await ec2.send(new CreateRouteCommand({ ...route, NetworkInterfaceId }));
          },
        }
      : {
          on: "vpc",
          run: `aws ec2 delete-route ${words}`,
          call: async (ec2) => {
            await ec2.send(new DeleteRouteCommand(route));
          },
        };
  });
}

/** Gives the rule that lets the node's pods in another sender; it stays the same rule, which Pulumi knows. */
function letIn(place: Place, from: string, to: string): HostCommand {
  const { securityGroupId: GroupId } = vpcOf(place);
  const Description = fromPodsOf(place.node);
  const ofSender = `"SecurityGroupRules[?CidrIpv4=='${from}'].SecurityGroupRuleId"`;
  const id = `$(aws ec2 describe-security-group-rules --filters Name=group-id,Values=${GroupId} --query ${ofSender} --output text)`;
  return {
    on: "vpc",
    run: `aws ec2 modify-security-group-rules --group-id ${GroupId} --security-group-rules "SecurityGroupRuleId=${id},SecurityGroupRule={IpProtocol=-1,CidrIpv4=${to},Description='${Description}'}"`,
    call: async (ec2) => {
      const Filters = [{ Name: "group-id", Values: [GroupId] }];
      const { SecurityGroupRules = [] } = await ec2.send(new DescribeSecurityGroupRulesCommand({ Filters }));
      const rules = SecurityGroupRules.filter(({ CidrIpv4 }) => CidrIpv4 === from).map(({ SecurityGroupRuleId }) => ({
        SecurityGroupRuleId,
        SecurityGroupRule: { IpProtocol: "-1", CidrIpv4: to, Description },
      }));
      if (rules.length > 0) await ec2.send(new ModifySecurityGroupRulesCommand({ GroupId, SecurityGroupRules: rules }));
    },
  };
}

/** Asks from the address of the bridge, which is one of the pods' and which nothing rewrites. */
const pingAsPod = ({ podCidr }: Place, address: string) => ping(`-I ${bridgeAddress(podCidr)} ${address}`);

export const vpcExperiments: readonly Experiment[] = [
  {
    name: "source-dest-check",
    topic: "vpc",
    needs: "vpc",
    question: "Why has each node's source/destination check to be off?",
    pods: [
      { name: "web", on: "node" },
      { name: "far", on: "other" },
    ],
    break: (place) => [checkSourceAndDestination(place, true)],
    observe: (place) => [
      {
        on: "other",
        run: ping("$web"),
        question: `Does a pod on ${place.node} answer ${place.other}?`,
        healthy: answers,
        broken: silent,
      },
      {
        on: "node",
        run: pingAsPod(place, "$far"),
        question: "And the other way, asked from an address of the pods?",
        healthy: answers,
        broken: silent,
      },
      {
        on: "other",
        run: ping(place.address),
        question: `Does ${place.node} itself answer?`,
        healthy: answers,
        broken: { ...answers, words: "it still answers" },
      },
    ],
    repair: (place) => [checkSourceAndDestination(place, false)],
    why: `EC2 drops at a network interface whatever neither comes from its own addresses nor is for them. A pod's address is none
of these, so a node that routes for its pods has to be let off, as any router or NAT instance. It holds in one subnet, too, where
no route table is asked. Masquerading hides the sender only: what is for a pod still has the pod's address (EC2, "Network address
translation": disable source/destination checks).`,
  },
  {
    name: "vpc-route",
    topic: "vpc",
    needs: "vpc",
    question: "When does a VPC's route table decide about a packet between pods?",
    pods: [{ name: "web", on: "node" }],
    break: (place) => routes(place, "delete"),
    observe: (place) => {
      const { routeTableIds } = vpcOf(place);
      const byTable = place.nextHop !== place.otherAddress;
      return [
        {
          on: "vpc",
          run: `aws ec2 describe-route-tables --route-table-ids ${routeTableIds.join(" ")} --query "RouteTables[].Routes[].DestinationCidrBlock" --output text`,
          call: async (ec2) => (await destinationsIn(ec2, routeTableIds)).join("\t"),
          question: `Has the VPC a route to the pods of ${place.node}?`,
          healthy: { pattern: there(place), words: "yes" },
          broken: { pattern: /^/, without: there(place), words: "no" },
        },
        {
          on: "other",
          run: ping("$web"),
          question: `Does a pod on ${place.node} answer ${place.other}?`,
          healthy: answers,
          broken: byTable
            ? silent
            : { ...answers, words: "it still answers: in one subnet the nodes send directly to each other" },
        },
      ];
    },
    repair: (place) => routes(place, "create"),
    why: `Within a subnet a frame goes straight to the machine that the sender's own route names as its next hop, and no router sees
it. Between subnets that machine is no neighbour: what can be sent to is the subnet's router, and its table decides by the packet's
destination. So the manual ip route entries are enough in one subnet, and in two they end at the router, which needs the same
routes once more. A lab in two zones (./hardway --lab two-zones up) shows it.`,
  },
  {
    name: "security-group",
    topic: "vpc",
    needs: "vpc",
    question: "Whom does a security group let in that lets in its own members?",
    pods: [{ name: "far", on: "other" }],
    break: (place) => [letIn(place, place.podCidr, nobody)],
    observe: (place) => [
      {
        on: "node",
        run: pingAsPod(place, "$far"),
        question: `Does a pod on ${place.other} answer an address of the pods of ${place.node}?`,
        healthy: answers,
        broken: silent,
      },
      {
        on: "node",
        run: ping("$far"),
        question: `Does it answer ${place.node} itself?`,
        healthy: answers,
        broken: { ...answers, words: "it still answers: this sender is a member" },
      },
    ],
    repair: (place) => [letIn(place, nobody, place.podCidr)],
    why: `A rule that names a group means the addresses of its members' network interfaces, and a pod's is none of these. So each
pod CIDR needs a rule of its own, or masquerading, which shows pods by their node's address. The group is asked where a packet
comes in, and replies to what was let out pass by themselves (EC2, "Security groups").`,
  },
];

/** The route's destination among others. */
const there = ({ podCidr }: Place) => new RegExp(`(^|\\s)${literal(podCidr)}(\\s|$)`);
