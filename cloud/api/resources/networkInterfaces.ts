import type { NetworkInterface as SdkInterface } from "@aws-sdk/client-ec2";
import { Ec2Error, invalidParameterValue } from "../core/errors";
import { applyFilters, type FilterFields } from "../core/filters";
import { filtered, only } from "../core/handled";
import { accountId, type Family } from "../core/handlers";
import { find } from "../core/ids";
import { page } from "../core/pages";
import type { NetworkInterface, State } from "../core/state";
import { setTags, specifiedTags, tagList, tagsOf } from "../core/tags";
import { once } from "../core/tokens";
import { removeInterface } from "./instanceStates";
import { groupList, privateDnsName, publicAssociation, publicDnsName } from "./instanceDescription";
import { newInterface, primaryAddress, readDescription, readGroups, takenIn } from "./newInterface";
import { publicAddressOf } from "./publicAddress";
import { selectByIds } from "./select";

function describeAttachment({ attachment }: NetworkInterface): SdkInterface["Attachment"] {
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

function describeInterface(state: State, networkInterface: NetworkInterface): SdkInterface {
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

const filters = (state: State): FilterFields<NetworkInterface> => ({
  "network-interface-id": (item) => item.id,
  "subnet-id": (item) => item.subnetId,
  "vpc-id": (item) => state.subnets[item.subnetId]?.vpcId,
  "availability-zone": (item) => state.subnets[item.subnetId]?.zone,
  "group-id": (item) => item.groupIds,
  "group-name": (item) => item.groupIds.map((id) => state.securityGroups[id]?.name),
  "private-ip-address": (item) => item.addresses[0],
  "addresses.private-ip-address": (item) => item.addresses,
  "addresses.primary": (item) => item.addresses.map((_address, index) => index === 0),
  "addresses.association.public-ip": (item) => publicAddressOf(state, item),
  "association.public-ip": (item) => publicAddressOf(state, item),
  "association.allocation-id": (item) => publicAssociation(state, item)?.AllocationId,
  "association.association-id": (item) => publicAssociation(state, item)?.AssociationId,
  "association.ip-owner-id": (item) => publicAssociation(state, item)?.IpOwnerId,
  "association.public-dns-name": (item) => publicDnsName(state, item) || undefined,
  "addresses.association.owner-id": (item) => publicAssociation(state, item)?.IpOwnerId,
  "attachment.attach-time": (item) => item.attachment?.attachTime,
  "ipv6-addresses.ipv6-address": () => undefined,
  "attachment.attachment-id": (item) => item.attachment?.id,
  "attachment.instance-id": (item) => item.attachment?.instanceId,
  "attachment.instance-owner-id": (item) => (item.attachment === undefined ? undefined : accountId),
  "attachment.device-index": (item) => (item.attachment === undefined ? undefined : 0),
  "attachment.delete-on-termination": (item) => item.attachment?.deleteOnTermination,
  "attachment.status": (item) => (item.attachment === undefined ? undefined : "attached"),
  "attachment.nat-gateway-id": () => undefined,
  description: (item) => item.description,
  "interface-type": () => "interface",
  "mac-address": (item) => item.mac,
  "owner-id": () => accountId,
  "requester-id": () => undefined,
  "requester-managed": () => false,
  "private-dns-name": (item) => privateDnsName(item.addresses[0] ?? "", state.subnets[item.subnetId]?.zone ?? ""),
  "source-dest-check": (item) => item.sourceDestCheck,
  status: (item) => (item.attachment === undefined ? "available" : "in-use"),
});

export const networkInterfaces: Family = {
  inputs: {
    // None is managed by a service.
    DescribeNetworkInterfaces: { NetworkInterfaceIds: true, IncludeManagedResources: true, ...filtered },
    DescribeNetworkInterfaceAttribute: { NetworkInterfaceId: true, Attribute: true },
    CreateNetworkInterface: {
      SubnetId: true,
      Description: true,
      Groups: true,
      PrivateIpAddress: true,
      PrivateIpAddresses: true,
      SecondaryPrivateIpAddressCount: only(0),
      Ipv6AddressCount: only(0),
      InterfaceType: only("interface"),
      TagSpecifications: true,
      ClientToken: true,
    },
    DeleteNetworkInterface: { NetworkInterfaceId: true },
    ModifyNetworkInterfaceAttribute: {
      NetworkInterfaceId: true,
      Description: true,
      SourceDestCheck: true,
      Groups: true,
      Attachment: { AttachmentId: true, DeleteOnTermination: true },
    },
  },

  reads: {
    DescribeNetworkInterfaces(state, input) {
      const asked = selectByIds("networkInterface", state.networkInterfaces, input.NetworkInterfaceIds);
      const found = applyFilters(asked, input.Filters, filters(state), (item) => tagsOf(state, item.id));
      const { items, nextToken } = page(found, (item) => item.id, input);
      return { NetworkInterfaces: items.map((item) => describeInterface(state, item)), NextToken: nextToken };
    },

    DescribeNetworkInterfaceAttribute(state, input) {
      const item = find("networkInterface", state.networkInterfaces, input.NetworkInterfaceId ?? "");
      const base = { NetworkInterfaceId: item.id };
      switch (input.Attribute) {
        case "description":
          return { ...base, Description: { Value: item.description } };
        case "groupSet":
          return { ...base, Groups: groupList(state, item) };
        case "sourceDestCheck":
          return { ...base, SourceDestCheck: { Value: item.sourceDestCheck } };
        case "attachment":
          return { ...base, Attachment: describeAttachment(item) };
        case "associatePublicIpAddress":
        case undefined:
        default:
          throw invalidParameterValue(
            `Value (${input.Attribute ?? ""}) for parameter attribute is invalid. Unknown attribute.`,
          );
      }
    },
  },

  changes: {
    CreateNetworkInterface(draft, input, { now }) {
      const subnet = find("subnet", draft.subnets, input.SubnetId ?? "");
      const tags = specifiedTags(input.TagSpecifications, ["network-interface"])("network-interface");
      const address = primaryAddress(input);
      const groupIds = readGroups(draft, subnet, input.Groups);
      const [id = ""] = once(draft, "networkInterfaces", input, () => {
        const wish = {
          description: input.Description ?? "",
          autoPublicAddress: false,
          createTime: new Date(now()).toISOString(),
        };
        const made = newInterface(draft, subnet, { ...wish, address, groupIds }, takenIn(draft, subnet));
        setTags(draft, made.id, tags);
        return [made.id];
      });
      const item = find("networkInterface", draft.networkInterfaces, id);
      const described = { ...describeInterface(draft, item), Status: "pending" as "available" };
      return { NetworkInterface: described, ClientToken: input.ClientToken };
    },

    DeleteNetworkInterface(draft, input) {
      const item = find("networkInterface", draft.networkInterfaces, input.NetworkInterfaceId ?? "");
      if (item.attachment !== undefined) {
        throw new Ec2Error("InvalidParameterValue", `Network interface '${item.id}' is currently in use.`);
      }
      removeInterface(draft, item.id);
      return {};
    },

    ModifyNetworkInterfaceAttribute(draft, input) {
      const item = find("networkInterface", draft.networkInterfaces, input.NetworkInterfaceId ?? "");
      const subnet = find("subnet", draft.subnets, item.subnetId);
      const { Attachment: attachment } = input;
      if (attachment !== undefined) {
        if (item.attachment === undefined || item.attachment.id !== attachment.AttachmentId) {
          throw new Ec2Error(
            "InvalidAttachmentID.NotFound",
            `The attachment '${attachment.AttachmentId ?? ""}' does not exist`,
          );
        }
        item.attachment.deleteOnTermination = attachment.DeleteOnTermination ?? item.attachment.deleteOnTermination;
      }
      if (input.Groups !== undefined) item.groupIds = readGroups(draft, subnet, input.Groups);
      item.description = readDescription(input.Description?.Value ?? item.description);
      item.sourceDestCheck = input.SourceDestCheck?.Value ?? item.sourceDestCheck;
      return {};
    },
  },
};
