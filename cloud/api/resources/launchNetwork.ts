import type { InstanceNetworkInterfaceSpecification } from "@aws-sdk/client-ec2";
import { Ec2Error, invalidCombination, invalidParameterValue } from "../core/errors";
import { find } from "../core/ids";
import type { Input } from "../core/sdk";
import type { NetworkInterface, State, Subnet } from "../core/state";
import { newInterface, primaryAddress, readGroups, takenIn } from "./newInterface";
import { noDefaultVpc } from "./securityGroups";

/** The subnet and network interfaces of a launch. */
export interface LaunchNetwork {
  readonly subnet: Subnet;
  readonly deleteOnTermination: boolean;
  readonly attach: (index: number, time: string) => NetworkInterface;
}

/** A launch names its network at top level, or in the first network interface; the two forms do not mix. */
export function readNetwork(draft: State, input: Input<"RunInstances">, count: number): LaunchNetwork {
  const specifications = input.NetworkInterfaces ?? [];
  if (specifications.length > 1) {
    throw new Ec2Error(
      "AttachmentLimitExceeded",
      `Interface count ${specifications.length} exceeds the limit for ${input.InstanceType ?? ""}: ` +
        `instances of the embedded EC2 have one network interface.`,
    );
  }
  const [specification] = specifications;
  if (specification === undefined) {
    return createdInterface(draft, count, {
      SubnetId: input.SubnetId,
      Groups: input.SecurityGroupIds,
      PrivateIpAddress: input.PrivateIpAddress,
      ...(input.SecurityGroups === undefined ? {} : { groupNames: input.SecurityGroups }),
    });
  }
  const both = [
    [input.SubnetId, "subnet ID"],
    [input.SecurityGroupIds, "security groups"],
    [input.SecurityGroups, "security groups"],
    [input.PrivateIpAddress, "private address"],
  ] as const;
  const conflict = both.find(([value]) => value !== undefined);
  if (conflict !== undefined) {
    throw invalidCombination(
      `Network interfaces and an instance-level ${conflict[1]} may not be specified on the same request`,
    );
  }
  if (specification.DeviceIndex !== undefined && specification.DeviceIndex !== 0) {
    throw invalidParameterValue("The first network interface must have device index 0");
  }
  return specification.NetworkInterfaceId === undefined
    ? createdInterface(draft, count, specification)
    : existingInterface(draft, count, specification.NetworkInterfaceId, specification);
}

function createdInterface(
  draft: State,
  count: number,
  wish: InstanceNetworkInterfaceSpecification & { groupNames?: readonly string[] },
): LaunchNetwork {
  if (wish.SubnetId === undefined || wish.groupNames !== undefined) throw noDefaultVpc();
  const subnet = find("subnet", draft, wish.SubnetId);
  const groupIds = readGroups(draft, subnet, wish.Groups);
  const address = primaryAddress(wish);
  if (address !== undefined && count > 1) {
    throw invalidCombination("A private address may be given for one instance only");
  }
  const taken = takenIn(draft, subnet);
  const fixed = {
    ...{ address, groupIds },
    description: wish.Description ?? "",
    autoPublicAddress: wish.AssociatePublicIpAddress ?? subnet.mapPublicIpOnLaunch,
  };
  return {
    subnet,
    deleteOnTermination: wish.DeleteOnTermination ?? true,
    attach: (_index, createTime) => newInterface(draft, subnet, { ...fixed, createTime }, taken),
  };
}

/** What an interface that is there already has settled, and a launch cannot settle anew. */
const settled = [
  ...["SubnetId", "Groups", "Description", "PrivateIpAddress", "PrivateIpAddresses", "AssociatePublicIpAddress"],
] as (keyof InstanceNetworkInterfaceSpecification)[];

function existingInterface(
  draft: State,
  count: number,
  id: string,
  wish: InstanceNetworkInterfaceSpecification,
): LaunchNetwork {
  const other = settled.find((name) => wish[name] !== undefined && wish[name] !== false);
  if (other !== undefined || wish.DeleteOnTermination === true) {
    throw invalidCombination(
      `A network interface with an interface ID may not specify ${other ?? "DeleteOnTermination"} on launch`,
    );
  }
  const networkInterface = find("networkInterface", draft, id);
  if (networkInterface.attachment !== undefined) {
    throw new Ec2Error("InvalidNetworkInterface.InUse", `Interface: [${id}] in use.`);
  }
  if (count > 1) throw invalidCombination("A network interface may be given for one instance only");
  return {
    subnet: find("subnet", draft, networkInterface.subnetId),
    deleteOnTermination: false,
    attach: () => networkInterface,
  };
}
