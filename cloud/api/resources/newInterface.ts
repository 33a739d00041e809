import { randomBytes } from "node:crypto";
import type { PrivateIpAddressSpecification } from "@aws-sdk/client-ec2";
import { Ec2Error, invalidCombination, invalidParameterValue, unsupported } from "../core/errors";
import { find, newId } from "../core/ids";
import type { NetworkInterface, State, Subnet } from "../core/state";
import { takeAddress, usedAddresses, type TakenAddresses } from "./subnets";

/** AWS's default quota of security groups of one network interface. */
const maxGroups = 5;

/** The groups of an interface in this subnet: those named, or the VPC's default one. */
export function readGroups(state: State, subnet: Subnet, ids: readonly string[] | undefined): string[] {
  if (ids === undefined || ids.length === 0) {
    const groups = Object.values(state.securityGroups);
    return groups.filter(({ vpcId, name }) => vpcId === subnet.vpcId && name === "default").map(({ id }) => id);
  }
  const unique = [...new Set(ids)];
  for (const id of unique) {
    if (find("securityGroup", state, id).vpcId !== subnet.vpcId) {
      throw new Ec2Error(
        "InvalidParameter",
        `Security group ${id} and subnet ${subnet.id} belong to different networks.`,
      );
    }
  }
  if (unique.length > maxGroups) {
    throw new Ec2Error(
      "SecurityGroupsPerInterfaceLimitExceeded",
      `The maximum number of security groups per interface has been reached.`,
    );
  }
  return unique;
}

export function newInterface(
  draft: State,
  subnet: Subnet,
  wish: {
    readonly address: string | undefined;
    readonly groupIds: readonly string[];
    readonly description: string;
    readonly autoPublicAddress: boolean;
    readonly createTime: string;
  },
  taken: Taken,
): NetworkInterface {
  const networkInterface: NetworkInterface = {
    id: newId("eni"),
    subnetId: subnet.id,
    description: readDescription(wish.description),
    mac: newMac(taken.macs),
    addresses: [takeAddress(subnet, wish.address, taken.addresses)],
    groupIds: [...wish.groupIds],
    sourceDestCheck: true,
    createTime: wish.createTime,
    autoPublicAddress: wish.autoPublicAddress,
  };
  draft.networkInterfaces[networkInterface.id] = networkInterface;
  return networkInterface;
}

/** @throws Ec2Error InvalidParameterValue for one that is too long for an interface */
export function readDescription(text: string): string {
  if (text.length > 255) throw invalidParameterValue("A description may have up to 255 characters");
  return text;
}

/** What the interfaces that there are have, and those that are made after them. */
interface Taken {
  readonly macs: Set<string>;
  /** In the subnet. */
  readonly addresses: TakenAddresses;
}

export function takenIn(state: State, subnet: Subnet): Taken {
  return {
    macs: new Set(Object.values(state.networkInterfaces).map(({ mac }) => mac)),
    addresses: { used: usedAddresses(state, subnet.id), from: 0 },
  };
}

/** A locally administered address of one host that no other interface has. */
function newMac(taken: Set<string>): string {
  for (;;) {
    const mac = `02:${(randomBytes(5).toString("hex").match(/../g) ?? []).join(":")}`;
    if (taken.has(mac)) continue;
    taken.add(mac);
    return mac;
  }
}

/**
 * The private address that a request wants, of the two ways to say it.
 * @throws Ec2Error UnsupportedOperation for a second address.
 */
export function primaryAddress(wish: {
  readonly PrivateIpAddress?: string | undefined;
  readonly PrivateIpAddresses?: readonly PrivateIpAddressSpecification[] | undefined;
}): string | undefined {
  const list = wish.PrivateIpAddresses ?? [];
  if (list.length > 1 || list.some(({ Primary }) => Primary !== true)) {
    throw unsupported("Network interfaces of the embedded EC2 have one private address, the primary one.");
  }
  if (wish.PrivateIpAddress !== undefined && list.length > 0) {
    throw invalidCombination("The parameters PrivateIpAddress and PrivateIpAddresses with a primary one do not mix");
  }
  return wish.PrivateIpAddress ?? list[0]?.PrivateIpAddress;
}
