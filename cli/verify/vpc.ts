import {
  DescribeInstancesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupRulesCommand,
  type EC2Client,
  type Instance,
  type RouteTable,
  type SecurityGroupRule,
} from "@aws-sdk/client-ec2";
import type { NetworkFacts } from "../../components/AwsHosts";
import type { VpcPlan } from "../../components/plan/labPlan";
import { message, Rows } from "./rows";
import type { Check } from "./types";

/** What of a lab is in a VPC, and the API that knows how it is now. */
export interface VpcSubject {
  readonly client: EC2Client;
  readonly plan: VpcPlan;
  /** The stack's `network` output. */
  readonly network: NetworkFacts;
}

/** What the API says. */
export interface VpcFacts {
  readonly routeTables: readonly RouteTable[];
  readonly instances: readonly Instance[];
  readonly rules: readonly SecurityGroupRule[];
}

/** One row for each thing in the VPC without which pods of different subnets would not reach each other. */
export async function verifyVpc(subject: VpcSubject, signal?: AbortSignal): Promise<Check[]> {
  try {
    return judgeVpc(subject, await readVpc(subject, signal));
  } catch (error) {
    signal?.throwIfAborted();
    const rows = new Rows("vpc", "vpc");
    rows.add("EC2 API", "an answer", message(error), false);
    return rows.rows;
  }
}

async function readVpc({ client, network }: VpcSubject, abortSignal?: AbortSignal): Promise<VpcFacts> {
  const options = abortSignal === undefined ? {} : { abortSignal };
  const [tables, reservations, rules] = await Promise.all([
    client.send(new DescribeRouteTablesCommand({ RouteTableIds: Object.values(network.routeTableIds) }), options),
    client.send(
      new DescribeInstancesCommand({ InstanceIds: Object.values(network.instances).map(({ id }) => id) }),
      options,
    ),
    client.send(
      new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: "group-id", Values: [network.securityGroupId] }] }),
      options,
    ),
  ]);
  return {
    routeTables: tables.RouteTables ?? [],
    instances: (reservations.Reservations ?? []).flatMap(({ Instances = [] }) => Instances),
    rules: rules.SecurityGroupRules ?? [],
  };
}

export function judgeVpc({ plan, network }: Pick<VpcSubject, "plan" | "network">, facts: VpcFacts): Check[] {
  const rows = new Rows("vpc", "vpc");
  for (const id of Object.values(network.routeTableIds)) {
    const table = facts.routeTables.find(({ RouteTableId }) => RouteTableId === id);
    for (const { destination, node } of plan.routes) {
      const eni = network.instances[node]?.networkInterfaceId ?? "unknown";
      const expected = `to ${eni} of ${node}, active`;
      rows.equal(`route to ${destination} in ${id}`, expected, describeRoute(table, destination, network));
    }
  }
  for (const [name, { id }] of Object.entries(network.instances)) {
    const instance = facts.instances.find(({ InstanceId }) => InstanceId === id);
    const check = instance?.SourceDestCheck;
    const seen = check === undefined ? `there is no ${id}` : check ? "on" : "off";
    rows.equal(`source/destination check of ${name} (${id})`, "off", seen);
  }
  for (const { destination, node } of plan.podCidrRules) {
    const rule = facts.rules.find((candidate) => !candidate.IsEgress && letsAllIn(candidate, destination));
    rows.add(
      `ingress from pods of ${node} in ${network.securityGroupId}`,
      `all traffic from ${destination}`,
      rule === undefined ? `no rule for all traffic from ${destination}` : `${rule.SecurityGroupRuleId}`,
      rule !== undefined,
    );
  }
  return rows.rows;
}

function describeRoute(table: RouteTable | undefined, destination: string, network: NetworkFacts): string {
  if (table === undefined) return "there is no such table";
  const route = table.Routes?.find(({ DestinationCidrBlock }) => DestinationCidrBlock === destination);
  if (route === undefined) return `no route to ${destination}`;
  const target = route.NetworkInterfaceId ?? route.GatewayId ?? route.InstanceId ?? "nothing";
  const node = Object.entries(network.instances).find(([, { networkInterfaceId }]) => networkInterfaceId === target);
  return `to ${target}${node === undefined ? "" : ` of ${node[0]}`}, ${route.State ?? "in no state"}`;
}

function letsAllIn({ IpProtocol, CidrIpv4 }: SecurityGroupRule, destination: string): boolean {
  return IpProtocol === "-1" && CidrIpv4 === destination;
}
