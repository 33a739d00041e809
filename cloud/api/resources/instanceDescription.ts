import type { Instance as SdkInstance, Reservation } from "@aws-sdk/client-ec2";
import { accountId } from "../core/handlers";
import type { Instance, NetworkInterface, State, Volume } from "../core/state";
import { tagListOrNone } from "../core/tags";
import { describeState } from "./instanceStates";
import { rootDevice } from "./images";
import { coreCount, machineType } from "./machineTypes";
import { volumesOf } from "./instanceVolumes";
import { allocatedAddressOf, publicAddressOf } from "./publicAddress";
import { zoneId } from "./zones";

/** As EC2 names machines in Linux: `ip-10-240-0-80`. */
export function hostName(privateAddress: string): string {
  return `ip-${privateAddress.replaceAll(".", "-")}`;
}

/** Domain of private DNS names: AWS's first region has one of its own. */
export function privateDnsName(privateAddress: string, zone: string): string {
  const region = zone.slice(0, -1);
  return `${hostName(privateAddress)}.${region === "us-east-1" ? "ec2.internal" : `${region}.compute.internal`}`;
}

/**
 * Its public DNS name as AWS has it for a VPC with DNS hostnames (VPC user guide, "DNS attributes for your VPC"); empty without a
 * public address. No name server here knows it.
 */
export function publicDnsName(state: State, { subnetId, id, publicAddress: own }: NetworkInterface): string {
  const subnet = state.subnets[subnetId];
  const address = allocatedAddressOf(state, id)?.publicAddress ?? own;
  if (subnet === undefined || address === undefined || state.vpcs[subnet.vpcId]?.enableDnsHostnames !== true) return "";
  const region = subnet.zone.slice(0, -1);
  const domain = region === "us-east-1" ? "compute-1" : `${region}.compute`;
  return `ec2-${address.replaceAll(".", "-")}.${domain}.amazonaws.com`;
}

export function groupList(state: State, networkInterface: NetworkInterface | undefined) {
  return (networkInterface?.groupIds ?? []).map((id) => ({ GroupId: id, GroupName: state.securityGroups[id]?.name }));
}

export function publicAssociation(state: State, networkInterface: NetworkInterface) {
  const publicAddress = publicAddressOf(state, networkInterface);
  if (publicAddress === undefined) return undefined;
  const allocated = allocatedAddressOf(state, networkInterface.id);
  return {
    PublicIp: publicAddress,
    PublicDnsName: publicDnsName(state, networkInterface),
    IpOwnerId: allocated === undefined ? "amazon" : accountId,
    AllocationId: allocated?.id,
    AssociationId: allocated?.association?.id,
  };
}

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

function describeInterface(state: State, instance: Instance, networkInterface: NetworkInterface) {
  const association = publicAssociation(state, networkInterface);
  const dnsName = privateDnsName(instance.privateAddress, instance.zone);
  return {
    NetworkInterfaceId: networkInterface.id,
    Attachment: {
      AttachmentId: networkInterface.attachment?.id,
      AttachTime: new Date(networkInterface.attachment?.attachTime ?? instance.launchTime),
      DeleteOnTermination: networkInterface.attachment?.deleteOnTermination,
      DeviceIndex: 0,
      NetworkCardIndex: 0,
      Status: "attached" as const,
    },
    Association: association,
    Description: networkInterface.description,
    Groups: groupList(state, networkInterface),
    InterfaceType: "interface",
    Ipv6Addresses: [],
    MacAddress: networkInterface.mac,
    OwnerId: accountId,
    PrivateDnsName: dnsName,
    PrivateIpAddress: networkInterface.addresses[0],
    PrivateIpAddresses: networkInterface.addresses.map((address, index) => ({
      PrivateIpAddress: address,
      PrivateDnsName: privateDnsName(address, instance.zone),
      Primary: index === 0,
      Association: index === 0 ? association : undefined,
    })),
    SourceDestCheck: networkInterface.sourceDestCheck,
    Status: "in-use" as const,
    SubnetId: networkInterface.subnetId,
    VpcId: instance.vpcId,
  };
}

export function describeInstance(state: State, instance: Instance): SdkInstance {
  const networkInterface = state.networkInterfaces[instance.networkInterfaceId];
  const type = machineType(instance.type);
  const ended = instance.state === "terminated";
  const own = ended ? undefined : networkInterface;
  return {
    InstanceId: instance.id,
    ImageId: instance.imageId,
    InstanceType: instance.type as "t3.micro",
    AmiLaunchIndex: instance.launchIndex,
    Architecture: instance.architecture as "x86_64",
    BlockDeviceMappings: blockDevices(volumesOf(state, instance.id)),
    BootMode: undefined,
    CapacityReservationSpecification: { CapacityReservationPreference: "open" },
    ClientToken: instance.clientToken ?? "",
    CpuOptions: type === undefined ? undefined : { CoreCount: coreCount(type), ThreadsPerCore: type.threadsPerCore },
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
    NetworkInterfaces: own === undefined ? [] : [describeInterface(state, instance, own)],
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
