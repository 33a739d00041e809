import { Ec2Error, invalidParameterValue, missingParameter } from "../core/errors";
import { only, type Handled } from "../core/handled";
import type { Environment } from "../core/handlers";
import { newId } from "../core/ids";
import type { Input } from "../core/sdk";
import type { Instance, State } from "../core/state";
import { setTags, specifiedTags } from "../core/tags";
import { once } from "../core/tokens";
import { checkCpuOptions, checkUserData, readCpuCredits, readShutdownBehavior } from "./instanceSettings";
import { findImage } from "./images";
import { newVolumes } from "./instanceVolumes";
import { findKeyPair } from "./keyPairs";
import { readNetwork } from "./launchNetwork";
import { needMachineType } from "./machineTypes";
import { readMetadataOptions } from "./metadataOptions";
import { zoneId } from "./zones";

type Request = Input<"RunInstances">;

/** Instances of one call. */
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
  checkCapacity(draft, type.name, subnet.zone);
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

/** @throws Ec2Error InsufficientInstanceCapacity, which is a server's error on AWS too. */
export function checkCapacity({ settings }: State, type: string, zone: string): void {
  if (!settings.insufficientCapacity.some((name) => name === type || name === zone)) return;
  throw new Ec2Error(
    "InsufficientInstanceCapacity",
    `We currently do not have sufficient ${type} capacity in the Availability Zone you requested (${zone}). ` +
      `Our system will be working on provisioning additional capacity.`,
    500,
  );
}
