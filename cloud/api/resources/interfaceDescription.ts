import type { NetworkInterface as SdkInterface } from "@aws-sdk/client-ec2";
import { accountId } from "../core/handlers";
import type { NetworkInterface, State } from "../core/state";
import { tagList } from "../core/tags";
import { allocatedAddressOf, publicAddressOf } from "./publicAddress";

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
export function publicDnsName(state: State, networkInterface: NetworkInterface): string {
  const subnet = state.subnets[networkInterface.subnetId];
  const address = publicAddressOf(state, networkInterface);
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

export function describeAttachment({ attachment }: NetworkInterface): SdkInterface["Attachment"] {
  if (attachment === undefined) return undefined;
  return {
    AttachmentId: attachment.id,
    AttachTime: new Date(attachment.attachTime),
    DeleteOnTermination: attachment.deleteOnTermination,
    DeviceIndex: 0,
    NetworkCardIndex: 0,
    InstanceId: attachment.instanceId,
    InstanceOwnerId: accountId,
    Status: "attached",
  };
}

export function describeInterface(state: State, networkInterface: NetworkInterface): SdkInterface {
  const subnet = state.subnets[networkInterface.subnetId];
  const zone = subnet?.zone ?? "";
  const association = publicAssociation(state, networkInterface);
  const [primary = ""] = networkInterface.addresses;
  return {
    NetworkInterfaceId: networkInterface.id,
    SubnetId: networkInterface.subnetId,
    VpcId: subnet?.vpcId,
    AvailabilityZone: zone,
    OwnerId: accountId,
    RequesterManaged: false,
    Description: networkInterface.description,
    InterfaceType: "interface",
    Status: networkInterface.attachment === undefined ? "available" : "in-use",
    MacAddress: networkInterface.mac,
    PrivateDnsName: privateDnsName(primary, zone),
    PrivateIpAddress: primary,
    PrivateIpAddresses: networkInterface.addresses.map((address, index) => ({
      Primary: index === 0,
      PrivateDnsName: privateDnsName(address, zone),
      PrivateIpAddress: address,
      Association: index === 0 ? association : undefined,
    })),
    Ipv6Addresses: [],
    SourceDestCheck: networkInterface.sourceDestCheck,
    Groups: groupList(state, networkInterface),
    Attachment: describeAttachment(networkInterface),
    Association: association,
    TagSet: tagList(state, networkInterface.id),
  };
}
