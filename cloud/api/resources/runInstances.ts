import type { InstanceNetworkInterfaceSpecification } from "@aws-sdk/client-ec2";
import {
  Ec2Error,
  invalidCombination,
  invalidParameterValue,
  missingParameter,
  oneOf,
  unsupported,
} from "../core/errors";
import { only, type Handled } from "../core/handled";
import { accountId, type Environment } from "../core/handlers";
import { find, newId } from "../core/ids";
import type { Input, Output } from "../core/sdk";
import { decodeBase64 } from "../core/input";
import type { Instance, NetworkInterface, State, Subnet } from "../core/state";
import { setTags, specifiedTags } from "../core/tags";
import { once } from "../core/tokens";
import { describeInstance } from "./instanceDescription";
import { findImage } from "./images";
import { coreCount, needMachineType, type MachineType } from "./machineTypes";
import { newVolumes } from "./instanceVolumes";
import { findKeyPair } from "./keyPairs";
import { readMetadataOptions } from "./metadataOptions";
import { newInterface, primaryAddress, readGroups, takenIn } from "./newInterface";
import { noDefaultVpc } from "./securityGroups";
import { zoneId } from "./zones";

type Request = Input<"RunInstances">;

/** Bytes of user data before base64, and instances of one call. */
const maxUserData = 16_384;
const maxInstances = 1000;

/** What a launch acts on. */
export const runInstancesInput: Handled<Request> = {
  ImageId: true,
  InstanceType: true,
  MinCount: true,
  MaxCount: true,
  KeyName: true,
  UserData: true,
  ClientToken: true,
  TagSpecifications: true,
  SubnetId: true,
  SecurityGroupIds: true,
  SecurityGroups: true,
  PrivateIpAddress: true,
  Ipv6AddressCount: only(0),
  EnablePrimaryIpv6: only(false),
  NetworkInterfaces: {
    DeviceIndex: true,
    NetworkCardIndex: only(0),
    NetworkInterfaceId: true,
    SubnetId: true,
    Groups: true,
    Description: true,
    AssociatePublicIpAddress: true,
    DeleteOnTermination: true,
    PrivateIpAddress: true,
    PrivateIpAddresses: true,
    SecondaryPrivateIpAddressCount: only(0),
    Ipv6AddressCount: only(0),
    InterfaceType: only("interface"),
  },
  BlockDeviceMappings: {
    DeviceName: true,
    Ebs: {
      VolumeSize: true,
      VolumeType: true,
      Iops: true,
      Throughput: true,
      Encrypted: true,
      SnapshotId: true,
      DeleteOnTermination: only(true),
    },
  },
  Placement: { AvailabilityZone: true, AvailabilityZoneId: true, Tenancy: only("default") },
  CpuOptions: { CoreCount: true, ThreadsPerCore: true },
  CreditSpecification: true,
  MetadataOptions: true,
  Monitoring: true,
  EbsOptimized: true,
  DisableApiStop: true,
  DisableApiTermination: true,
  InstanceInitiatedShutdownBehavior: true,
  CapacityReservationSpecification: { CapacityReservationPreference: only("open") },
  EnclaveOptions: { Enabled: only(false) },
  HibernationOptions: { Configured: only(false) },
  MaintenanceOptions: { AutoRecovery: only("default") },
  NetworkPerformanceOptions: { BandwidthWeighting: only("default") },
  PrivateDnsNameOptions: {
    HostnameType: only("ip-name"),
    EnableResourceNameDnsARecord: only(false),
    EnableResourceNameDnsAAAARecord: only(false),
  },
};

/** Puts pending instances into the state and gives their ids. The same client token again gives the same instances. */
export function runInstances(draft: State, input: Request, environment: Environment): string[] {
  return once(draft, "instances", input, () => launch(draft, input, environment));
}

export function describeLaunch(state: State, ids: readonly string[]): Output<"RunInstances"> {
  const instances = ids.flatMap((id) => state.instances[id] ?? []);
  return {
    ReservationId: instances[0]?.reservationId,
    OwnerId: accountId,
    Groups: [],
    Instances: instances.map((instance) => describeInstance(state, instance)),
  };
}

function launch(draft: State, input: Request, environment: Environment): string[] {
  const { MinCount: minimum = 1, MaxCount: count = 1 } = input;
  if (minimum < 1 || count < minimum || count > maxInstances) {
    throw invalidParameterValue(`Value (${minimum} to ${count}) for parameters minCount and maxCount is invalid.`);
  }
  if (input.ImageId === undefined) throw missingParameter("ImageId");
  const image = findImage(environment, input.ImageId);
  const type = needMachineType(input.InstanceType ?? "m1.small");
  if (type.architecture !== image.architecture) {
    throw invalidParameterValue(
      `The architecture '${type.architecture}' of the specified instance type does not match the architecture ` +
        `'${image.architecture}' of the specified AMI. Specify an instance type and an AMI that have matching ` +
        `architectures, and try again.`,
    );
  }
  const keyPair = input.KeyName === undefined ? undefined : findKeyPair(draft, input.KeyName);
  const tags = specifiedTags(input.TagSpecifications, ["instance", "volume", "network-interface"]);
  const userData = checkUserData(input.UserData);
  const network = readNetwork(draft, input, count);
  const { subnet } = network;
  const { AvailabilityZone: zone = subnet.zone, AvailabilityZoneId: idOfZone = zoneId(subnet.zone) } =
    input.Placement ?? {};
  if (zone !== subnet.zone || idOfZone !== zoneId(subnet.zone)) {
    throw invalidParameterValue(
      `The availability zone '${zone}' (${idOfZone}) of the placement is not that of ${subnet.id}, '${subnet.zone}'`,
    );
  }
  checkCpuOptions(input.CpuOptions, type);
  const lacking = draft.settings.insufficientCapacity.find((name) => name === type.name || name === subnet.zone);
  if (lacking !== undefined) throw insufficientCapacity(type.name, subnet.zone);
  const reservationId = newId("r");
  const launchTime = new Date(environment.now()).toISOString();

  return Array.from({ length: count }, (_, launchIndex) => {
    const networkInterface = network.attach(launchIndex, launchTime);
    const volumes = newVolumes(input.BlockDeviceMappings ?? [], image, subnet.zone, launchTime);
    const instance: Instance = {
      id: newId("i"),
      reservationId,
      launchIndex,
      ...(input.ClientToken === undefined ? {} : { clientToken: input.ClientToken }),
      imageId: image.imageId,
      architecture: image.architecture,
      imageDiskGiB: image.diskGiB,
      type: type.name,
      ...(keyPair === undefined ? {} : { keyName: keyPair.name, authorizedKey: keyPair.publicKey }),
      vpcId: subnet.vpcId,
      subnetId: subnet.id,
      zone: subnet.zone,
      networkInterfaceId: networkInterface.id,
      privateAddress: networkInterface.addresses[0] ?? "",
      state: "pending",
      stateTransitionReason: "",
      hasRun: false,
      launchTime,
      ...(userData === undefined ? {} : { userData }),
      shutdownBehavior: readShutdownBehavior(input.InstanceInitiatedShutdownBehavior ?? "stop"),
      disableApiTermination: input.DisableApiTermination ?? false,
      disableApiStop: input.DisableApiStop ?? false,
      ebsOptimized: input.EbsOptimized ?? false,
      monitoring: input.Monitoring?.Enabled ?? false,
      cpuCredits: readCpuCredits(input.CreditSpecification, type),
      metadata: readMetadataOptions(input.MetadataOptions, undefined),
    };
    networkInterface.attachment = {
      id: newId("eni-attach"),
      instanceId: instance.id,
      attachTime: launchTime,
      deleteOnTermination: network.deleteOnTermination,
    };
    draft.instances[instance.id] = instance;
    setTags(draft, instance.id, tags("instance"));
    for (const volume of volumes) {
      draft.volumes[volume.id] = { ...volume, instanceId: instance.id };
      setTags(draft, volume.id, tags("volume"));
    }
    setTags(draft, networkInterface.id, tags("network-interface"));
    return instance.id;
  });
}

/** The embedded EC2's machines have the cores of their type. */
function checkCpuOptions(wish: Request["CpuOptions"], type: MachineType): void {
  const { CoreCount: cores = coreCount(type), ThreadsPerCore: threads = type.threadsPerCore } = wish ?? {};
  if (cores === coreCount(type) && threads === type.threadsPerCore) return;
  throw unsupported(
    `The embedded EC2 does not support other CpuOptions than the ${coreCount(type)} cores with ` +
      `${type.threadsPerCore} threads each that ${type.name} has.`,
  );
}

export function readShutdownBehavior(value: string): Instance["shutdownBehavior"] {
  return oneOf("instanceInitiatedShutdownBehavior", value, ["stop", "terminate"]);
}

function readCpuCredits(wish: Request["CreditSpecification"], type: MachineType): string {
  const usual = type.name.startsWith("t2.") ? "standard" : "unlimited";
  if (wish?.CpuCredits === undefined) return usual;
  checkCpuCredits(wish.CpuCredits);
  if (type.burstable) return wish.CpuCredits;
  throw invalidCombination(`CPU credits are for burstable performance instances, and ${type.name} is none.`);
}

/** @throws Ec2Error InvalidCpuCredits (EC2 API Reference, "Error codes for the Amazon EC2 API"). */
export function checkCpuCredits(value: string): void {
  if (value === "standard" || value === "unlimited") return;
  throw new Ec2Error(
    "InvalidCpuCredits",
    `The specified CpuCredits value '${value}' is invalid. Valid values are standard and unlimited.`,
  );
}

/** On AWS it is a server's error too. */
export function insufficientCapacity(type: string, zone: string): Ec2Error {
  return new Ec2Error(
    "InsufficientInstanceCapacity",
    `We currently do not have sufficient ${type} capacity in the Availability Zone you requested (${zone}). ` +
      `Our system will be working on provisioning additional capacity.`,
    500,
  );
}

export function checkUserData(text: string | undefined): string | undefined {
  if (text === undefined || text === "") return undefined;
  const data = decodeBase64(text, "user data");
  if (data.length > maxUserData) throw invalidParameterValue(`User data is limited to ${maxUserData} bytes`);
  return Buffer.from(data).toString("base64");
}

interface LaunchNetwork {
  readonly subnet: Subnet;
  readonly deleteOnTermination: boolean;
  readonly attach: (index: number, time: string) => NetworkInterface;
}

/** A launch names its network at top level, or in the first network interface; the two forms do not mix. */
function readNetwork(draft: State, input: Request, count: number): LaunchNetwork {
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
  const subnet = find("subnet", draft.subnets, wish.SubnetId);
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
  const networkInterface = find("networkInterface", draft.networkInterfaces, id);
  if (networkInterface.attachment !== undefined) {
    throw new Ec2Error("InvalidNetworkInterface.InUse", `Interface: [${id}] in use.`);
  }
  if (count > 1) throw invalidCombination("A network interface may be given for one instance only");
  return {
    subnet: find("subnet", draft.subnets, networkInterface.subnetId),
    deleteOnTermination: false,
    attach: () => networkInterface,
  };
}
