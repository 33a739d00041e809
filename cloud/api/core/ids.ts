import { randomBytes } from "node:crypto";
import { Ec2Error } from "./errors";
import type { State } from "./state";

const none = (): Record<string, never> => ({});

/**
 * Kinds of resources: what an id starts with, what EC2 calls the kind in error codes, in messages and in tags, and where those that
 * there are stand by their ids.
 */
export const kinds = {
  vpc: { prefix: "vpc", code: "InvalidVpcID", name: "vpc ID", type: "vpc", all: ({ vpcs }: State) => vpcs },
  subnet: {
    ...{ prefix: "subnet", code: "InvalidSubnetID", name: "subnet ID", type: "subnet" },
    all: ({ subnets }: State) => subnets,
  },
  internetGateway: {
    ...{ prefix: "igw", code: "InvalidInternetGatewayID", name: "internetGateway ID", type: "internet-gateway" },
    malformed: "InvalidInternetGatewayId.Malformed",
    all: ({ internetGateways }: State) => internetGateways,
  },
  routeTable: {
    ...{ prefix: "rtb", code: "InvalidRouteTableID", name: "routeTable ID", type: "route-table" },
    malformed: "InvalidRouteTableId.Malformed",
    all: ({ routeTables }: State) => routeTables,
  },
  securityGroup: {
    ...{ prefix: "sg", code: "InvalidGroup", name: "security group", type: "security-group" },
    malformed: "InvalidGroupId.Malformed",
    all: ({ securityGroups }: State) => securityGroups,
  },
  securityGroupRule: {
    ...{
      prefix: "sgr",
      code: "InvalidSecurityGroupRuleId",
      name: "security group rule ID",
      type: "security-group-rule",
    },
    all: ({ securityGroups }: State) =>
      Object.fromEntries(
        Object.values(securityGroups).flatMap((group) => group.rules.map((rule) => [rule.id, { group, rule }])),
      ),
  },
  keyPair: {
    ...{ prefix: "key", code: "InvalidKeyPair", name: "key pair ID", type: "key-pair" },
    all: ({ keyPairs }: State) => keyPairs,
  },
  instance: {
    ...{ prefix: "i", code: "InvalidInstanceID", name: "instance ID", type: "instance" },
    all: ({ instances }: State) => instances,
  },
  networkInterface: {
    ...{ prefix: "eni", code: "InvalidNetworkInterfaceID", name: "networkInterface ID", type: "network-interface" },
    malformed: "InvalidNetworkInterfaceId.Malformed",
    all: ({ networkInterfaces }: State) => networkInterfaces,
  },
  volume: {
    ...{ prefix: "vol", code: "InvalidVolume", name: "volume ID", type: "volume" },
    malformed: "InvalidVolumeID.Malformed",
    all: ({ volumes }: State) => volumes,
  },
  address: {
    ...{ prefix: "eipalloc", code: "InvalidAllocationID", name: "allocation ID", type: "elastic-ip" },
    all: ({ addresses }: State) => addresses,
  },
  /** Each VPC has the one that it was made with. */
  networkAcl: {
    ...{ prefix: "acl", code: "InvalidNetworkAclID", name: "networkAcl ID", type: "network-acl" },
    malformed: "InvalidNetworkAclId.Malformed",
    all: ({ vpcs }: State) => Object.fromEntries(Object.values(vpcs).map((vpc) => [vpc.networkAclId, vpc])),
  },
  /** Of the driver. */
  image: { prefix: "ami", code: "InvalidAMIID", name: "image ID", type: "image", all: none },
  /** Of a subnet with a route table. */
  association: { prefix: "rtbassoc", code: "InvalidAssociationID", name: "association ID", type: "", all: none },
} as const satisfies Record<string, KindFacts>;

interface KindFacts {
  readonly prefix: string;
  readonly code: string;
  /** @default `${code}.Malformed` */
  readonly malformed?: string;
  readonly name: string;
  readonly type: string;
  readonly all: (state: State) => Record<string, unknown>;
}

export type Kind = keyof typeof kinds;
export type Resource<K extends Kind> = ReturnType<(typeof kinds)[K]["all"]>[string];

/** All resources of a kind, by their ids. */
export function all<K extends Kind>(kind: K, state: State): Record<string, Resource<K>> {
  return kinds[kind].all(state) as Record<string, Resource<K>>;
}

/** A new id such as `vpc-0a1b2c3d4e5f60718`. */
export function newId(prefix: string): string {
  return `${prefix}-0${randomBytes(8).toString("hex")}`;
}

export function notFound(kind: Kind, id: string): Ec2Error {
  const { code, name } = kinds[kind];
  return new Ec2Error(`${code}.NotFound`, `The ${name} '${id}' does not exist`);
}

export function isId(kind: Kind, id: string): boolean {
  const { prefix } = kinds[kind];
  return id.startsWith(`${prefix}-`) && /^([0-9a-f]{8}|[0-9a-f]{17})$/.test(id.slice(prefix.length + 1));
}

/** @throws Ec2Error when `id` is not an id of this kind at all. */
export function checkId(kind: Kind, id: string): void {
  const { prefix, code, malformed = `${code}.Malformed` }: KindFacts = kinds[kind];
  if (!isId(kind, id)) throw new Ec2Error(malformed, `Invalid id: "${id}" (expecting "${prefix}-...")`);
}

/** The resource with this id. @throws Ec2Error `Invalid...ID.Malformed` or `.NotFound`. */
export function find<K extends Kind>(kind: K, state: State, id = ""): Resource<K> {
  return findIn(kind, all(kind, state), id);
}

/** The same, of some of the resources. */
export function findIn<T>(kind: Kind, some: Readonly<Record<string, T>>, id: string): T {
  checkId(kind, id);
  const found = some[id];
  if (found === undefined) throw notFound(kind, id);
  return found;
}

/** The resources that a request names, each once, or all of them. @throws Ec2Error as `find`. */
export function select<K extends Kind>(kind: K, state: State, ids: readonly string[] | undefined): Resource<K>[] {
  const known = all(kind, state);
  if (ids === undefined || ids.length === 0) return Object.values(known);
  return [...new Set(ids)].map((id) => findIn(kind, known, id));
}

/** Removes resources from the state, and their tags. */
export function remove(draft: State, kind: Kind, ...ids: readonly string[]): void {
  for (const id of ids) {
    delete kinds[kind].all(draft)[id as never];
    delete draft.tags[id];
  }
}
