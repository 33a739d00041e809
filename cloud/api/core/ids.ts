import { randomBytes } from "node:crypto";
import { Ec2Error } from "./errors";

/** What an id starts with, and how EC2 calls its kind in error codes and messages. */
export const kinds = {
  vpc: { prefix: "vpc", code: "InvalidVpcID", malformed: "InvalidVpcID.Malformed", name: "vpc ID" },
  subnet: { prefix: "subnet", code: "InvalidSubnetID", malformed: "InvalidSubnetID.Malformed", name: "subnet ID" },
  internetGateway: {
    prefix: "igw",
    code: "InvalidInternetGatewayID",
    malformed: "InvalidInternetGatewayId.Malformed",
    name: "internetGateway ID",
  },
  routeTable: {
    prefix: "rtb",
    code: "InvalidRouteTableID",
    malformed: "InvalidRouteTableId.Malformed",
    name: "routeTable ID",
  },
  association: {
    prefix: "rtbassoc",
    code: "InvalidAssociationID",
    malformed: "InvalidAssociationID.Malformed",
    name: "association ID",
  },
  securityGroup: { prefix: "sg", code: "InvalidGroup", malformed: "InvalidGroupId.Malformed", name: "security group" },
  securityGroupRule: {
    prefix: "sgr",
    code: "InvalidSecurityGroupRuleId",
    malformed: "InvalidSecurityGroupRuleId.Malformed",
    name: "security group rule ID",
  },
  keyPair: { prefix: "key", code: "InvalidKeyPair", malformed: "InvalidKeyPair.Malformed", name: "key pair ID" },
  image: { prefix: "ami", code: "InvalidAMIID", malformed: "InvalidAMIID.Malformed", name: "image ID" },
  instance: { prefix: "i", code: "InvalidInstanceID", malformed: "InvalidInstanceID.Malformed", name: "instance ID" },
  networkInterface: {
    prefix: "eni",
    code: "InvalidNetworkInterfaceID",
    malformed: "InvalidNetworkInterfaceId.Malformed",
    name: "networkInterface ID",
  },
  volume: { prefix: "vol", code: "InvalidVolume", malformed: "InvalidVolumeID.Malformed", name: "volume ID" },
  address: {
    prefix: "eipalloc",
    code: "InvalidAllocationID",
    malformed: "InvalidAllocationID.Malformed",
    name: "allocation ID",
  },
  networkAcl: {
    prefix: "acl",
    code: "InvalidNetworkAclID",
    malformed: "InvalidNetworkAclId.Malformed",
    name: "networkAcl ID",
  },
} as const;

export type Kind = keyof typeof kinds;

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
  const { prefix, malformed } = kinds[kind];
  if (!isId(kind, id)) throw new Ec2Error(malformed, `Invalid id: "${id}" (expecting "${prefix}-...")`);
}

/** The resource with this id. @throws Ec2Error `Invalid...ID.Malformed` or `.NotFound`. */
export function find<T>(kind: Kind, all: Readonly<Record<string, T>>, id: string): T {
  checkId(kind, id);
  const found = all[id];
  if (found === undefined) throw notFound(kind, id);
  return found;
}
