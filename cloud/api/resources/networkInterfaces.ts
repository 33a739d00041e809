import { describe } from "../core/describe";
import { Ec2Error, invalidParameterValue, unknownAttribute } from "../core/errors";
import { absent, type FilterFields } from "../core/filters";
import { only } from "../core/handled";
import { accountId, change, read, type Actions } from "../core/handlers";
import { find } from "../core/ids";
import type { NetworkInterface, State } from "../core/state";
import { setTags, specifiedTags } from "../core/tags";
import { once } from "../core/tokens";
import { removeInterface } from "./instanceStates";
import {
  describeAttachment,
  describeInterface,
  groupList,
  privateDnsName,
  publicAssociation,
  publicDnsName,
} from "./interfaceDescription";
import { newInterface, primaryAddress, readDescription, readGroups, takenIn } from "./newInterface";
import { publicAddressOf } from "./publicAddress";

export const interfaceFilters: FilterFields<NetworkInterface> = {
  "network-interface-id": (item) => item.id,
  "subnet-id": (item) => item.subnetId,
  "vpc-id": (item, state) => state.subnets[item.subnetId]?.vpcId,
  "availability-zone": (item, state) => state.subnets[item.subnetId]?.zone,
  "group-id": (item) => item.groupIds,
  "group-name": (item, state) => item.groupIds.map((id) => state.securityGroups[id]?.name),
  "private-ip-address": (item) => item.addresses[0],
  "addresses.private-ip-address": (item) => item.addresses,
  "addresses.primary": (item) => item.addresses.map((_address, index) => index === 0),
  "addresses.association.public-ip": (item, state) => publicAddressOf(state, item),
  "association.public-ip": (item, state) => publicAddressOf(state, item),
  "association.allocation-id": (item, state) => publicAssociation(state, item)?.AllocationId,
  "association.association-id": (item, state) => publicAssociation(state, item)?.AssociationId,
  "association.ip-owner-id": (item, state) => publicAssociation(state, item)?.IpOwnerId,
  "association.public-dns-name": (item, state) => publicDnsName(state, item) || undefined,
  "addresses.association.owner-id": (item, state) => publicAssociation(state, item)?.IpOwnerId,
  "attachment.attach-time": (item) => item.attachment?.attachTime,
  "attachment.attachment-id": (item) => item.attachment?.id,
  "attachment.instance-id": (item) => item.attachment?.instanceId,
  "attachment.instance-owner-id": (item) => (item.attachment === undefined ? undefined : accountId),
  "attachment.device-index": (item) => (item.attachment === undefined ? undefined : 0),
  "attachment.delete-on-termination": (item) => item.attachment?.deleteOnTermination,
  "attachment.status": (item) => (item.attachment === undefined ? undefined : "attached"),
  ...absent("attachment.nat-gateway-id", "ipv6-addresses.ipv6-address", "requester-id"),
  description: (item) => item.description,
  "interface-type": () => "interface",
  "mac-address": (item) => item.mac,
  "owner-id": () => accountId,
  "requester-managed": () => false,
  "private-dns-name": (item, state) =>
    privateDnsName(item.addresses[0] ?? "", state.subnets[item.subnetId]?.zone ?? ""),
  "source-dest-check": (item) => item.sourceDestCheck,
  status: (item) => (item.attachment === undefined ? "available" : "in-use"),
};

/** What DescribeNetworkInterfaceAttribute can be asked for. */
const attributes = new Map<string | undefined, (item: NetworkInterface, state: State) => object>([
  ["description", (item) => ({ Description: { Value: item.description } })],
  ["groupSet", (item, state) => ({ Groups: groupList(state, item) })],
  ["sourceDestCheck", (item) => ({ SourceDestCheck: { Value: item.sourceDestCheck } })],
  ["attachment", (item) => ({ Attachment: describeAttachment(item) })],
]);

export const networkInterfaces: Actions = {
  DescribeNetworkInterfaces: describe("networkInterface", "NetworkInterfaceIds", {
    // None is managed by a service.
    inputs: { IncludeManagedResources: true },
    ...{ output: "NetworkInterfaces", filters: interfaceFilters, render: describeInterface },
  }),

  DescribeNetworkInterfaceAttribute: read({ NetworkInterfaceId: true, Attribute: true }, (state, input) => {
    const item = find("networkInterface", state, input.NetworkInterfaceId);
    const found = attributes.get(input.Attribute)?.(item, state);
    if (found === undefined) throw unknownAttribute(input.Attribute);
    return { NetworkInterfaceId: item.id, ...found };
  }),

  CreateNetworkInterface: change(
    {
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
    (draft, input, { now }) => {
      const subnet = find("subnet", draft, input.SubnetId);
      const tags = specifiedTags(input.TagSpecifications, ["network-interface"])("network-interface");
      const address = primaryAddress(input);
      const groupIds = readGroups(draft, subnet, input.Groups);
      const [id = ""] = once(draft, "networkInterfaces", input, () => {
        const wish = {
          ...{ address, groupIds, autoPublicAddress: false },
          description: input.Description ?? "",
          createTime: new Date(now()).toISOString(),
        };
        const made = newInterface(draft, subnet, wish, takenIn(draft, subnet));
        setTags(draft, made.id, tags);
        return [made.id];
      });
      const described = describeInterface(draft, find("networkInterface", draft, id));
      const pending = { ...described, Status: "pending" as "available" };
      return { NetworkInterface: pending, ClientToken: input.ClientToken };
    },
  ),

  DeleteNetworkInterface: change({ NetworkInterfaceId: true }, (draft, input) => {
    const item = find("networkInterface", draft, input.NetworkInterfaceId);
    if (item.attachment !== undefined) {
      throw invalidParameterValue(`Network interface '${item.id}' is currently in use.`);
    }
    removeInterface(draft, item.id);
    return {};
  }),

  ModifyNetworkInterfaceAttribute: change(
    {
      ...{ NetworkInterfaceId: true, Description: true, SourceDestCheck: true, Groups: true },
      Attachment: { AttachmentId: true, DeleteOnTermination: true },
    },
    (draft, input) => {
      const item = find("networkInterface", draft, input.NetworkInterfaceId);
      const subnet = find("subnet", draft, item.subnetId);
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
  ),
};
