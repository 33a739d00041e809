import { isIPv4 } from "node:net";
import type { Subnet as SdkSubnet } from "@aws-sdk/client-ec2";
import { addressToNumber, holds, numberToAddress, overlap, parseCidrBlock, type CidrBlock } from "../core/cidr";
import { describe } from "../core/describe";
import { Ec2Error, hasDependencies, invalidParameterValue, missingParameter, oneOf } from "../core/errors";
import { absent, type FilterFields } from "../core/filters";
import { only } from "../core/handled";
import { accountId, change, type Actions } from "../core/handlers";
import { find, newId, remove } from "../core/ids";
import type { State, Subnet } from "../core/state";
import { add, tagListOrNone } from "../core/tags";
import { chooseZone, zoneId } from "./zones";

/** The first four addresses of a subnet and its last are AWS's (network, router, DNS, future use, broadcast). */
const reservedAtStart = 4;
const reservedAddresses = 5;

function interfacesIn(state: State, subnetId: string) {
  return Object.values(state.networkInterfaces).filter((candidate) => candidate.subnetId === subnetId);
}

export function usedAddresses(state: State, subnetId: string): Set<string> {
  return new Set(interfacesIn(state, subnetId).flatMap((candidate) => candidate.addresses));
}

export const subnetNetwork = (subnet: Subnet): CidrBlock => parseCidrBlock(subnet.cidr, "cidrBlock");

/**
 * An address of the subnet that nothing has, or the wished one; from now on it is taken.
 * @throws Ec2Error when the wish cannot be met or the subnet is full.
 */
export function takeAddress(subnet: Subnet, wish: string | undefined, taken: TakenAddresses): string {
  const address = findAddress(subnet, wish, taken);
  taken.used.add(address);
  return address;
}

/** Addresses of a subnet that something has. */
export interface TakenAddresses {
  readonly used: Set<string>;
  /** As a number: none before it is free, so that many can be taken without looking at the first ones again and again. */
  from: number;
}

function findAddress(subnet: Subnet, wish: string | undefined, taken: TakenAddresses): string {
  const { used } = taken;
  const { first, last } = subnetNetwork(subnet);
  if (wish !== undefined) {
    if (!isIPv4(wish)) throw invalidParameterValue(`invalid value for parameter address: ${wish}`);
    const value = addressToNumber(wish);
    if (value < first || value > last) {
      throw invalidParameterValue(`Address ${wish} does not fall within the subnet's address range`);
    }
    if (value < first + reservedAtStart || value === last) {
      throw invalidParameterValue(`Address ${wish} is in subnet's reserved address range`);
    }
    if (used.has(wish)) throw new Ec2Error("InvalidIPAddress.InUse", `Address ${wish} is in use.`);
    return wish;
  }
  for (let value = Math.max(first + reservedAtStart, taken.from); value < last; value++) {
    taken.from = value;
    const address = numberToAddress(value);
    if (!used.has(address)) return address;
  }
  throw new Ec2Error(
    "InsufficientFreeAddressesInSubnet",
    `There are not enough free addresses in subnet '${subnet.id}' to satisfy the requested number of instances.`,
  );
}

function freeAddresses(state: State, subnet: Subnet): number {
  const { first, last } = subnetNetwork(subnet);
  return last - first + 1 - reservedAddresses - usedAddresses(state, subnet.id).size;
}

const subnetArn = (subnet: Subnet): string =>
  `arn:aws:ec2:${subnet.zone.slice(0, -1)}:${accountId}:subnet/${subnet.id}`;

function describeSubnet(state: State, subnet: Subnet): SdkSubnet {
  return {
    SubnetId: subnet.id,
    SubnetArn: subnetArn(subnet),
    VpcId: subnet.vpcId,
    OwnerId: accountId,
    CidrBlock: subnet.cidr,
    AvailabilityZone: subnet.zone,
    AvailabilityZoneId: zoneId(subnet.zone),
    AvailableIpAddressCount: freeAddresses(state, subnet),
    State: "available",
    DefaultForAz: false,
    MapPublicIpOnLaunch: subnet.mapPublicIpOnLaunch,
    MapCustomerOwnedIpOnLaunch: false,
    AssignIpv6AddressOnCreation: false,
    Ipv6CidrBlockAssociationSet: [],
    Ipv6Native: false,
    EnableDns64: false,
    PrivateDnsNameOptionsOnLaunch: {
      HostnameType: subnet.hostnameType as "ip-name",
      EnableResourceNameDnsARecord: subnet.resourceNameDnsARecord,
      EnableResourceNameDnsAAAARecord: false,
    },
    Tags: tagListOrNone(state, subnet.id),
  };
}

const filters: FilterFields<Subnet> = {
  "subnet-id": (subnet) => subnet.id,
  "subnet-arn": subnetArn,
  "vpc-id": (subnet) => subnet.vpcId,
  "cidr-block": (subnet) => subnet.cidr,
  cidr: (subnet) => subnet.cidr,
  cidrBlock: (subnet) => subnet.cidr,
  "availability-zone": (subnet) => subnet.zone,
  availabilityZone: (subnet) => subnet.zone,
  "availability-zone-id": (subnet) => zoneId(subnet.zone),
  "available-ip-address-count": (subnet, state) => freeAddresses(state, subnet),
  "default-for-az": () => false,
  defaultForAz: () => false,
  "map-public-ip-on-launch": (subnet) => subnet.mapPublicIpOnLaunch,
  ...absent(
    "customer-owned-ipv4-pool",
    "enable-lni-at-device-index",
    "ipv6-cidr-block-association.association-id",
    "ipv6-cidr-block-association.ipv6-cidr-block",
    "ipv6-cidr-block-association.state",
    "outpost-arn",
  ),
  "enable-dns64": () => false,
  "map-customer-owned-ip-on-launch": () => false,
  "private-dns-name-options-on-launch.hostname-type": (subnet) => subnet.hostnameType,
  "private-dns-name-options-on-launch.enable-resource-name-dns-a-record": (subnet) => subnet.resourceNameDnsARecord,
  "private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record": () => false,
  "ipv6-native": () => false,
  "owner-id": () => accountId,
  state: () => "available",
};

const off = { Value: only(false) } as const;

export const subnets: Actions = {
  DescribeSubnets: describe("subnet", "SubnetIds", { output: "Subnets", filters, render: describeSubnet }),

  CreateSubnet: change(
    {
      VpcId: true,
      CidrBlock: true,
      AvailabilityZone: true,
      AvailabilityZoneId: true,
      Ipv6Native: only(false),
      TagSpecifications: true,
    },
    (draft, input, { region }) => {
      const vpc = find("vpc", draft, input.VpcId);
      if (input.CidrBlock === undefined) throw missingParameter("cidrBlock");
      const cidr = parseCidrBlock(input.CidrBlock, "cidrBlock");
      if (cidr.prefix < 16 || cidr.prefix > 28 || !holds(parseCidrBlock(vpc.cidr, "cidrBlock"), cidr)) {
        throw new Ec2Error("InvalidSubnet.Range", `The CIDR '${input.CidrBlock}' is invalid.`);
      }
      const neighbours = Object.values(draft.subnets).filter((candidate) => candidate.vpcId === vpc.id);
      if (neighbours.some((candidate) => overlap(subnetNetwork(candidate), cidr))) {
        throw new Ec2Error("InvalidSubnet.Conflict", `The CIDR '${input.CidrBlock}' conflicts with another subnet`);
      }
      const subnet: Subnet = {
        id: newId("subnet"),
        vpcId: vpc.id,
        cidr: cidr.text,
        zone: chooseZone(region, input.AvailabilityZone, input.AvailabilityZoneId),
        mapPublicIpOnLaunch: false,
        networkAclAssociationId: newId("aclassoc"),
        hostnameType: "ip-name",
        resourceNameDnsARecord: false,
      };
      return { Subnet: describeSubnet(draft, add(draft, "subnet", subnet, input.TagSpecifications)) };
    },
  ),

  DeleteSubnet: change({ SubnetId: true }, (draft, input) => {
    const subnet = find("subnet", draft, input.SubnetId);
    if (interfacesIn(draft, subnet.id).length > 0) throw hasDependencies(`subnet '${subnet.id}'`);
    for (const table of Object.values(draft.routeTables)) {
      const index = table.associations.findIndex((association) => association.subnetId === subnet.id);
      if (index !== -1) table.associations.splice(index, 1);
    }
    remove(draft, "subnet", subnet.id);
    return {};
  }),

  ModifySubnetAttribute: change(
    {
      SubnetId: true,
      MapPublicIpOnLaunch: true,
      PrivateDnsHostnameTypeOnLaunch: true,
      EnableResourceNameDnsARecordOnLaunch: true,
      EnableResourceNameDnsAAAARecordOnLaunch: off,
      AssignIpv6AddressOnCreation: off,
      EnableDns64: off,
      MapCustomerOwnedIpOnLaunch: off,
    },
    (draft, input) => {
      const subnet = find("subnet", draft, input.SubnetId);
      subnet.mapPublicIpOnLaunch = input.MapPublicIpOnLaunch?.Value ?? subnet.mapPublicIpOnLaunch;
      const { PrivateDnsHostnameTypeOnLaunch: hostnameType = subnet.hostnameType } = input;
      subnet.hostnameType = oneOf("privateDnsHostnameTypeOnLaunch", hostnameType, ["ip-name", "resource-name"]);
      subnet.resourceNameDnsARecord =
        input.EnableResourceNameDnsARecordOnLaunch?.Value ?? subnet.resourceNameDnsARecord;
      return {};
    },
  ),
};
