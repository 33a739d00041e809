import {
  DescribeInstancesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupRulesCommand,
  type EC2Client,
  type Instance,
  type RouteTable,
  type SecurityGroupRule,
} from "@aws-sdk/client-ec2";
import { containsCidr, parseCidr } from "../../components/plan/cidr";
import type { NetworkFacts } from "../../components/AwsHosts";
import type { VpcPlan } from "../../components/labPlan";
import { messageOf } from "../errors";
import { Rows } from "./rows";
import type { Check } from "./types";

/** The parts of a lab that are in a VPC, and the API that knows their present state. */
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

/** One row for each thing in the VPC that machines and pods need to reach each other, the internet and the user. */
export async function verifyVpc(subject: VpcSubject, signal?: AbortSignal): Promise<Check[]> {
  try {
    return judgeVpc(subject, await readVpc(subject, signal));
  } catch (error) {
    signal?.throwIfAborted();
    const rows = new Rows("vpc", "vpc");
    rows.add("EC2 API", "an answer", messageOf(error), false);
    return rows.rows;
  }
}

async function readVpc({ client, network }: VpcSubject, abortSignal?: AbortSignal): Promise<VpcFacts> {
  const options = { abortSignal };
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
  if (plan.ownNetwork) judgeWayOut(rows, network, facts);
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
    const groups = (instance?.SecurityGroups ?? []).map(({ GroupId }) => GroupId ?? "");
    const { securityGroupId } = network;
    rows.add(`security group of ${name} (${id})`, securityGroupId, groups.join(", "), groups.includes(securityGroupId));
  }
  judgeRules(rows, plan, network, facts);
  return rows.rows;
}

/** Checks that each subnet has one of the lab's route tables, and that each of these leads to the internet. */
function judgeWayOut(rows: Rows, network: NetworkFacts, { routeTables }: VpcFacts): void {
  const ids = Object.values(network.routeTableIds);
  for (const subnet of network.subnetIds) {
    const own = routeTables.find(({ Associations = [] }) => Associations.some(({ SubnetId }) => SubnetId === subnet));
    const id = own?.RouteTableId ?? "none of the lab's";
    rows.add(`route table of ${subnet}`, ids.join(" or "), id, ids.includes(id));
  }
  for (const id of ids) {
    const table = routeTables.find(({ RouteTableId }) => RouteTableId === id);
    const seen = describeRoute(table, "0.0.0.0/0", network);
    rows.add(`default route in ${id}`, "to an internet gateway, active", seen, /^to igw-\S+, active$/.test(seen));
  }
}

/** Rules may allow more than is needed, but not less. */
function judgeRules(rows: Rows, plan: VpcPlan, network: NetworkFacts, facts: VpcFacts): void {
  const group = network.securityGroupId;
  const expect = (check: string, expected: string, isIt: (rule: SecurityGroupRule) => boolean) => {
    const rule = facts.rules.find(isIt);
    const seen = rule === undefined ? `no rule for ${expected}` : `${rule.SecurityGroupRuleId}`;
    rows.add(check, expected, seen, rule !== undefined);
  };
  const { port, cidrs = [undefined] } = plan.ssh;
  for (const cidr of cidrs) {
    const from = cidr === undefined ? "" : ` from ${cidr}`;
    expect(`SSH${from} in ${group}`, `TCP port ${port}${from}`, (rule) => letsIn(rule, port, cidr));
  }
  expect(
    `members in ${group}`,
    "all traffic from members of the group",
    ({ IsEgress, IpProtocol, ReferencedGroupInfo }) =>
      !IsEgress && IpProtocol === "-1" && ReferencedGroupInfo?.GroupId === group,
  );
  for (const { destination, node } of plan.podCidrRules) {
    expect(
      `ingress from pods of ${node} in ${group}`,
      `all traffic from ${destination}`,
      ({ IsEgress, IpProtocol, CidrIpv4 }) => !IsEgress && IpProtocol === "-1" && CidrIpv4 === destination,
    );
  }
  expect(
    `egress of ${group}`,
    "all traffic to 0.0.0.0/0",
    ({ IsEgress, IpProtocol, CidrIpv4 }) => IsEgress === true && IpProtocol === "-1" && CidrIpv4 === "0.0.0.0/0",
  );
}

/** @param cidr undefined for any */
function letsIn(rule: SecurityGroupRule, port: number, cidr: string | undefined): boolean {
  const { IsEgress, IpProtocol, FromPort = 0, ToPort = 65535, CidrIpv4 } = rule;
  if (IsEgress || CidrIpv4 === undefined) return false;
  // Rules for all traffic are for pods, and would allow SSH only by chance.
  const covers =
    (IpProtocol === "-1" && cidr !== undefined) || (IpProtocol === "tcp" && FromPort <= port && port <= ToPort);
  return covers && (cidr === undefined || containsCidr(parseCidr(CidrIpv4), parseCidr(cidr)));
}

function describeRoute(table: RouteTable | undefined, destination: string, network: NetworkFacts): string {
  if (table === undefined) return "there is no such table";
  const route = table.Routes?.find(({ DestinationCidrBlock }) => DestinationCidrBlock === destination);
  if (route === undefined) return `no route to ${destination}`;
  const target = route.NetworkInterfaceId ?? route.GatewayId ?? route.InstanceId ?? "nothing";
  const node = Object.entries(network.instances).find(([, { networkInterfaceId }]) => networkInterfaceId === target);
  return `to ${target}${node === undefined ? "" : ` of ${node[0]}`}, ${route.State ?? "in no state"}`;
}
