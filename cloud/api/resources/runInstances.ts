import { createHash } from "node:crypto";
import type { InstanceNetworkInterfaceSpecification } from "@aws-sdk/client-ec2";
import { Ec2Error, invalidCombination, invalidParameterValue, missingParameter, unsupported } from "../core/errors";
import { accountId, type Environment } from "../core/handlers";
import { find, newId } from "../core/ids";
import type { Input, Output } from "../core/sdk";
import { decodeBase64 } from "../core/input";
import type { Instance, NetworkInterface, State, Subnet } from "../core/state";
import { setTags, specifiedTags } from "../core/tags";
import { describeInstance } from "./instanceDescription";
import { findImage } from "./images";
import { needMachineType } from "./instanceTypes";
import { newVolumes } from "./instanceVolumes";
import { findKeyPair } from "./keyPairs";
import { readMetadataOptions } from "./metadataOptions";
import { newInterface, readGroups } from "./newInterface";
import { noDefaultVpc } from "./securityGroups";

type Request = Input<"RunInstances">;

/** Bytes of user data before base64, and instances of one call. */
const maxUserData = 16_384;
const maxInstances = 1000;

/** Puts pending instances into the state. The same client token again gives the same instances. */
export function runInstances(draft: State, input: Request, environment: Environment): Output<"RunInstances"> {
  const { ClientToken: token, ...request } = input;
  const digest = createHash("sha256").update(JSON.stringify(request)).digest("hex");
  const earlier = token === undefined ? undefined : draft.launchTokens.find((launch) => launch.token === token);
  if (earlier !== undefined) {
    if (earlier.request !== digest) {
      throw new Ec2Error(
        "IdempotentParameterMismatch",
        "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).",
      );
    }
    return answer(draft, earlier.instanceIds);
  }
  const ids = launch(draft, input, environment);
  if (token !== undefined) draft.launchTokens.push({ token, request: digest, instanceIds: ids });
  return answer(draft, ids);
}

function answer(state: State, ids: readonly string[]): Output<"RunInstances"> {
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
  if (input.LaunchTemplate !== undefined) throw unsupported("The embedded EC2 has no launch templates.");
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
  const zone = input.Placement?.AvailabilityZone;
  if (zone !== undefined && zone !== subnet.zone) {
    throw invalidParameterValue(
      `The availability zone '${zone}' of the placement is not that of ${subnet.id}, '${subnet.zone}'`,
    );
  }
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
      shutdownBehavior: input.InstanceInitiatedShutdownBehavior ?? "stop",
      disableApiTermination: input.DisableApiTermination ?? false,
      disableApiStop: input.DisableApiStop ?? false,
      ebsOptimized: input.EbsOptimized ?? false,
      monitoring: input.Monitoring?.Enabled ?? false,
      cpuCredits: input.CreditSpecification?.CpuCredits ?? (type.name.startsWith("t2.") ? "standard" : "unlimited"),
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
    : existingInterface(draft, count, specification.NetworkInterfaceId);
}

function createdInterface(
  draft: State,
  count: number,
  wish: InstanceNetworkInterfaceSpecification & { groupNames?: readonly string[] },
): LaunchNetwork {
  if (wish.SubnetId === undefined || wish.groupNames !== undefined) throw noDefaultVpc();
  const subnet = find("subnet", draft.subnets, wish.SubnetId);
  const groupIds = readGroups(draft, subnet, wish.Groups);
  const primary = wish.PrivateIpAddresses?.find((address) => address.Primary === true)?.PrivateIpAddress;
  const address = wish.PrivateIpAddress ?? primary;
  if ((wish.PrivateIpAddresses?.length ?? 0) > 1 || (wish.SecondaryPrivateIpAddressCount ?? 0) > 0) {
    throw unsupported("Network interfaces of the embedded EC2 have one private address.");
  }
  if (address !== undefined && count > 1) {
    throw invalidCombination("A private address may be given for one instance only");
  }
  return {
    subnet,
    deleteOnTermination: wish.DeleteOnTermination ?? true,
    attach: (_index, time) =>
      newInterface(draft, subnet, {
        address,
        groupIds,
        description: wish.Description ?? "",
        autoPublicAddress: wish.AssociatePublicIpAddress ?? subnet.mapPublicIpOnLaunch,
        createTime: time,
      }),
  };
}

function existingInterface(draft: State, count: number, id: string): LaunchNetwork {
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
