import type { Instance as SdkInstance, Reservation } from "@aws-sdk/client-ec2";
import { accountId } from "../core/handlers";
import type { Instance, State, Volume } from "../core/state";
import { tagListOrNone } from "../core/tags";
import { rootDevice } from "./images";
import { describeState } from "./instanceStates";
import { volumesOf } from "./instanceVolumes";
import { describeInterface, groupList, privateDnsName, publicDnsName } from "./interfaceDescription";
import { coreCount, machineType } from "./machineTypes";
import { publicAddressOf } from "./publicAddress";
import { zoneId } from "./zones";

export function metadataOptions({ metadata }: Instance) {
  return {
    State: "applied" as const,
    HttpEndpoint: metadata.httpEndpoint as "enabled",
    HttpTokens: metadata.httpTokens as "required",
    HttpPutResponseHopLimit: metadata.httpPutResponseHopLimit,
    HttpProtocolIpv6: metadata.httpProtocolIpv6 as "disabled",
    InstanceMetadataTags: metadata.instanceMetadataTags as "disabled",
  };
}

export function blockDevices(volumes: readonly Volume[]) {
  return volumes.map((volume) => ({
    DeviceName: volume.device,
    Ebs: {
      VolumeId: volume.id,
      Status: "attached" as const,
      AttachTime: new Date(volume.createTime),
      DeleteOnTermination: volume.deleteOnTermination,
    },
  }));
}

export function describeCpu(typeName: string): SdkInstance["CpuOptions"] {
  const type = machineType(typeName);
  return type && { CoreCount: coreCount(type), ThreadsPerCore: type.threadsPerCore };
}

function describeInstance(state: State, instance: Instance): SdkInstance {
  const networkInterface = state.networkInterfaces[instance.networkInterfaceId];
  const ended = instance.state === "terminated";
  const own = ended ? undefined : networkInterface;
  return {
    InstanceId: instance.id,
    ImageId: instance.imageId,
    InstanceType: instance.type as "t3.micro",
    AmiLaunchIndex: instance.launchIndex,
    Architecture: instance.architecture as "x86_64",
    BlockDeviceMappings: blockDevices(volumesOf(state, instance.id)),
    CapacityReservationSpecification: { CapacityReservationPreference: "open" },
    ClientToken: instance.clientToken ?? "",
    CpuOptions: describeCpu(instance.type),
    CurrentInstanceBootMode: "legacy-bios",
    EbsOptimized: instance.ebsOptimized,
    EnaSupport: true,
    EnclaveOptions: { Enabled: false },
    HibernationOptions: { Configured: false },
    Hypervisor: "xen",
    KeyName: instance.keyName,
    LaunchTime: new Date(instance.launchTime),
    MaintenanceOptions: { AutoRecovery: "default" },
    MetadataOptions: metadataOptions(instance),
    Monitoring: { State: instance.monitoring ? "enabled" : "disabled" },
    NetworkInterfaces: own === undefined ? [] : [describeInterface(state, own)],
    Placement: {
      AvailabilityZone: instance.zone,
      AvailabilityZoneId: zoneId(instance.zone),
      GroupName: "",
      Tenancy: "default",
    },
    PlatformDetails: "Linux/UNIX",
    PrivateDnsName: ended ? "" : privateDnsName(instance.privateAddress, instance.zone),
    PrivateDnsNameOptions: {
      HostnameType: "ip-name",
      EnableResourceNameDnsARecord: false,
      EnableResourceNameDnsAAAARecord: false,
    },
    PrivateIpAddress: ended ? undefined : instance.privateAddress,
    ProductCodes: [],
    PublicDnsName: own === undefined ? "" : publicDnsName(state, own),
    PublicIpAddress: own === undefined ? undefined : publicAddressOf(state, own),
    RootDeviceName: rootDevice,
    RootDeviceType: "ebs",
    SecurityGroups: groupList(state, own),
    SourceDestCheck: own?.sourceDestCheck,
    State: describeState(instance.state),
    StateReason:
      instance.stateReason === undefined
        ? undefined
        : { Code: instance.stateReason.code, Message: instance.stateReason.message },
    StateTransitionReason: instance.stateTransitionReason,
    SubnetId: ended ? undefined : instance.subnetId,
    Tags: tagListOrNone(state, instance.id),
    UsageOperation: "RunInstances",
    UsageOperationUpdateTime: new Date(instance.launchTime),
    VirtualizationType: "hvm",
    VpcId: ended ? undefined : instance.vpcId,
  };
}

/** Instances that were launched together are one reservation. */
export function describeReservations(state: State, instances: readonly Instance[]): Reservation[] {
  const reservations = new Map<string, SdkInstance[]>();
  for (const instance of instances) {
    const together = reservations.get(instance.reservationId) ?? [];
    reservations.set(instance.reservationId, [...together, describeInstance(state, instance)]);
  }
  return [...reservations].map(([id, together]) => ({
    ReservationId: id,
    OwnerId: accountId,
    Groups: [],
    Instances: together,
  }));
}
