import { createHash } from "node:crypto";
import { parseAddress, parseMac, parseNetwork, type Network } from "./address";
import { Conntrack } from "./conntrack";
import { Counters } from "./drops";
import { Fragments } from "./fragments";
import type { InterfaceConfig, NetworkConfig, SubnetConfig, VpcConfig } from "./network";
import { RouteLookup } from "./routeTable";
import { compileRules, type RuleSet } from "./securityGroups";

/** What of an interface outlives a change of the configuration. */
export class InterfaceState {
  readonly counters = new Counters();
  readonly flows = new Conntrack();
  readonly fragments = new Fragments();
  /** When "fragmentation needed" was last said to it. */
  lastMtuReply = -Infinity;
}

interface VpcSubnet {
  readonly id: string;
  readonly network: Network;
  readonly routerAddress: number;
  readonly routerMac: number;
  readonly byMac: ReadonlyMap<number, VpcInterface>;
  readonly routeTable: RouteLookup<VpcInterface>;
  readonly vpc: VpcTopology;
}

interface VpcTopology {
  readonly id: string;
  readonly byAddress: ReadonlyMap<number, VpcInterface>;
  readonly routerAddresses: ReadonlySet<number>;
}

export interface VpcInterface {
  readonly id: string;
  /** `eni-1 (node-0)` */
  readonly label: string;
  readonly config: InterfaceConfig;
  readonly vpcId: string;
  readonly mac: number;
  /** The primary one first. */
  readonly addresses: ReadonlySet<number>;
  readonly sourceDestCheck: boolean;
  readonly subnet: VpcSubnet;
  readonly egress: RuleSet;
  readonly ingress: RuleSet;
  /** Counts configurations: flows that began under another one are looked at again. */
  readonly generation: number;
  readonly state: InterfaceState;
}

/**
 * Turns the configuration into what the packet path looks up. `stateOf` gives an interface's state, an old one where there is one.
 * @throws RangeError when an address or a reference makes no sense.
 */
export function compileNetwork(
  config: NetworkConfig,
  generation: number,
  stateOf: (interfaceId: string) => InterfaceState,
): Map<string, VpcInterface> {
  return new Map(config.vpcs.flatMap((vpc) => compileVpc(vpc, generation, stateOf).map((entry) => [entry.id, entry])));
}

function compileVpc(
  config: VpcConfig,
  generation: number,
  stateOf: (interfaceId: string) => InterfaceState,
): VpcInterface[] {
  const byId = new Map<string, VpcInterface>();
  const byAddress = new Map<number, VpcInterface>();
  const routerAddresses = new Set(config.subnets.map(routerAddress));
  const vpc: VpcTopology = { id: config.id, byAddress, routerAddresses };
  const members = membersByGroup(config);
  const membersOf = (groupId: string): ReadonlySet<number> => members.get(groupId) ?? new Set();

  // Tables refer to interfaces, and interfaces to tables through their subnet: a table looks its targets up when all are there.
  const subnets = new Map(config.subnets.map((subnet) => [subnet.id, compileSubnet(config, subnet, vpc)]));
  for (const entry of config.interfaces) {
    const subnet = subnets.get(entry.subnetId);
    if (!subnet) throw new RangeError(`${entry.id} is in ${entry.subnetId}, which is not in ${config.id}.`);
    const groups = config.securityGroups.filter(({ id }) => entry.securityGroupIds.includes(id));
    const compiled: VpcInterface = {
      id: entry.id,
      label: entry.name === undefined ? entry.id : `${entry.id} (${entry.name})`,
      config: entry,
      vpcId: config.id,
      mac: parseMac(entry.mac),
      addresses: new Set(entry.addresses.map(parseAddress)),
      sourceDestCheck: entry.sourceDestCheck,
      subnet,
      egress: compileRules(groups, "egress", membersOf),
      ingress: compileRules(groups, "ingress", membersOf),
      generation,
      state: stateOf(entry.id),
    };
    byId.set(entry.id, compiled);
    subnet.byMac.set(compiled.mac, compiled);
    for (const address of compiled.addresses) byAddress.set(address, compiled);
  }
  const cidrs = config.cidrs;
  const tables = new Map(
    config.routeTables.map((table) => [table.id, new RouteLookup(table, cidrs, (id) => byId.get(id))]),
  );
  for (const subnet of subnets.values()) {
    const table = tables.get(subnet.routeTableId);
    if (!table) throw new RangeError(`${subnet.id} uses ${subnet.routeTableId}, which is not in ${config.id}.`);
    subnet.routeTable = table;
  }
  return [...byId.values()];
}

interface SubnetUnderConstruction extends VpcSubnet {
  readonly routeTableId: string;
  readonly byMac: Map<number, VpcInterface>;
  routeTable: RouteLookup<VpcInterface>;
}

function compileSubnet(config: VpcConfig, subnet: SubnetConfig, vpc: VpcTopology): SubnetUnderConstruction {
  return {
    id: subnet.id,
    network: parseNetwork(subnet.cidr),
    routerAddress: routerAddress(subnet),
    routerMac: routerMac(subnet.id),
    byMac: new Map(),
    routeTable: new RouteLookup<VpcInterface>({ id: subnet.routeTableId, routes: [] }, config.cidrs, () => undefined),
    routeTableId: subnet.routeTableId,
    vpc,
  };
}

/** EC2 keeps a subnet's first address after the network's own for its router. */
function routerAddress(subnet: SubnetConfig): number {
  return (parseNetwork(subnet.cidr).first + 1) | 0;
}

/** Locally administered, and the same at every start so that machines' ARP caches stay right. */
export function routerMac(subnetId: string): number {
  const digest = createHash("sha256").update(subnetId).digest();
  return 0x02 * 2 ** 40 + digest.readUIntBE(0, 5);
}

function membersByGroup(config: VpcConfig): Map<string, Set<number>> {
  const members = new Map<string, Set<number>>();
  for (const { securityGroupIds, addresses } of config.interfaces) {
    for (const groupId of securityGroupIds) {
      const set = members.get(groupId) ?? new Set<number>();
      for (const address of addresses) set.add(parseAddress(address));
      members.set(groupId, set);
    }
  }
  return members;
}

/** The MAC address that ARP gives for an address: the router's, or that of the interface in the subnet that owns it. */
export function resolve(subnet: VpcSubnet, address: number): number | undefined {
  if (address === subnet.routerAddress) return subnet.routerMac;
  const owner = subnet.vpc.byAddress.get(address);
  return owner?.subnet === subnet ? owner.mac : undefined;
}
