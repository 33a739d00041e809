import { randomBytes } from "node:crypto";
import { invalidParameterValue, Ec2Error } from "../core/errors";
import { find, newId } from "../core/ids";
import type { NetworkInterface, State, Subnet } from "../core/state";
import { takeAddress } from "./subnets";

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
    if (find("securityGroup", state.securityGroups, id).vpcId !== subnet.vpcId) {
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
): NetworkInterface {
  if (wish.description.length > 255) throw invalidParameterValue("A description may have up to 255 characters");
  const networkInterface: NetworkInterface = {
    id: newId("eni"),
    subnetId: subnet.id,
    description: wish.description,
    mac: newMac(draft),
    addresses: [takeAddress(draft, subnet, wish.address)],
    groupIds: [...wish.groupIds],
    sourceDestCheck: true,
    createTime: wish.createTime,
    autoPublicAddress: wish.autoPublicAddress,
  };
  draft.networkInterfaces[networkInterface.id] = networkInterface;
  return networkInterface;
}

/** A locally administered address of one host that no other interface has. */
function newMac(state: State): string {
  const used = new Set(Object.values(state.networkInterfaces).map(({ mac }) => mac));
  for (;;) {
    const mac = `02:${(randomBytes(5).toString("hex").match(/../g) ?? []).join(":")}`;
    if (!used.has(mac)) return mac;
  }
}
