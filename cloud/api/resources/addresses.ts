import type { Address as SdkAddress } from "@aws-sdk/client-ec2";
import { describe, list } from "../core/describe";
import {
  alreadyAssociated,
  Ec2Error,
  invalidCombination,
  invalidParameterValue,
  missingParameter,
  unsupported,
} from "../core/errors";
import type { FilterFields } from "../core/filters";
import { only, paged } from "../core/handled";
import { accountId, change, task, type Actions } from "../core/handlers";
import { find, newId, remove, select } from "../core/ids";
import type { Address, NetworkInterface, State } from "../core/state";
import { add, tagListOrNone } from "../core/tags";
import { allocatedAddressOf } from "./publicAddress";

/** AWS's default quota of Elastic IP addresses in a region. */
const maxAddresses = 5;

/** The wish of an address that is allocated before anybody uses it; its last octet is one that few machines have. */
const noMachineYet = { privateAddress: "0.0.0.200" };

const interfaceOf = (state: State, address: Address): NetworkInterface | undefined =>
  state.networkInterfaces[address.association?.networkInterfaceId ?? ""];

function describeAddress(state: State, address: Address, region: string): SdkAddress {
  const networkInterface = interfaceOf(state, address);
  return {
    AllocationId: address.id,
    PublicIp: address.publicAddress,
    Domain: "vpc",
    PublicIpv4Pool: "amazon",
    NetworkBorderGroup: region,
    AssociationId: address.association?.id,
    InstanceId: networkInterface?.attachment?.instanceId,
    NetworkInterfaceId: networkInterface?.id,
    NetworkInterfaceOwnerId: networkInterface === undefined ? undefined : accountId,
    PrivateIpAddress: networkInterface?.addresses[0],
    Tags: tagListOrNone(state, address.id),
  };
}

const filters: FilterFields<Address> = {
  "allocation-id": (address) => address.id,
  "association-id": (address) => address.association?.id,
  domain: () => "vpc",
  "instance-id": (address, state) => interfaceOf(state, address)?.attachment?.instanceId,
  "network-interface-id": (address) => address.association?.networkInterfaceId,
  "network-interface-owner-id": (address) => (address.association === undefined ? undefined : accountId),
  "private-ip-address": (address, state) => interfaceOf(state, address)?.addresses[0],
  "public-ip": (address) => address.publicAddress,
};

function findAddress(
  state: State,
  input: { AllocationId?: string | undefined; PublicIp?: string | undefined },
): Address {
  if (input.AllocationId !== undefined) return find("address", state, input.AllocationId);
  if (input.PublicIp === undefined) throw missingParameter("allocationId");
  return byPublicAddress(state, input.PublicIp);
}

function byPublicAddress(state: State, publicAddress: string): Address {
  const found = Object.values(state.addresses).find((address) => address.publicAddress === publicAddress);
  if (found === undefined) throw new Ec2Error("InvalidAddress.NotFound", `Address '${publicAddress}' not found.`);
  return found;
}

/** A machine answers on the address that it was booted with, so a running one cannot be given another. */
function checkNotRunning(state: State, networkInterface: NetworkInterface | undefined): void {
  const instance = state.instances[networkInterface?.attachment?.instanceId ?? ""];
  if (instance === undefined || instance.state === "stopped") return;
  throw unsupported(
    `The public address of instance ${instance.id} cannot change while it is ${instance.state}: ` +
      `the embedded EC2 assigns it when a machine starts. Stop the instance first.`,
  );
}

/** A region's own zones are its one border group here. */
function checkBorderGroup(name: string | undefined, region: string): void {
  if (name === undefined || name === region) return;
  throw invalidParameterValue(`The network border group '${name}' is not there; '${region}' is.`);
}

export const addresses: Actions = {
  DescribeAddresses: describe("address", "AllocationIds", {
    inputs: { PublicIps: true },
    narrow: (state, { PublicIps: addresses }) => {
      const wanted = addresses?.map((publicAddress) => byPublicAddress(state, publicAddress));
      return (address) => wanted?.includes(address) ?? true;
    },
    ...{ output: "Addresses", filters, isPaged: false },
    render: (state, address, _input, { region }) => describeAddress(state, address, region),
  }),

  /** Reverse DNS names; there are none. */
  DescribeAddressesAttribute: list({
    inputs: { AllocationIds: true, Attribute: only("domain-name"), ...paged },
    select: (state, input) => select("address", state, input.AllocationIds),
    ...{ output: "Addresses", idOf: ({ id }: Address) => id, limits: { smallest: 1, largest: 1000 } },
    render: (_state, address) => ({ AllocationId: address.id, PublicIp: address.publicAddress }),
  }),

  AllocateAddress: task(
    { Domain: only("vpc"), PublicIpv4Pool: only("amazon"), NetworkBorderGroup: true, TagSpecifications: true },
    async ({ store, publicAddresses, region }, input) => {
      checkBorderGroup(input.NetworkBorderGroup, region);
      const id = newId("eipalloc");
      return publicAddresses.claim(noMachineYet, (publicAddress) =>
        store.change((draft) => {
          if (Object.keys(draft.addresses).length >= maxAddresses) {
            throw new Ec2Error("AddressLimitExceeded", "The maximum number of addresses has been reached.");
          }
          const address = add(draft, "address", { id, publicAddress }, input.TagSpecifications);
          return { ...describeAddress(draft, address, region), Tags: undefined };
        }),
      );
    },
  ),

  AssociateAddress: change(
    {
      AllocationId: true,
      PublicIp: true,
      InstanceId: true,
      NetworkInterfaceId: true,
      PrivateIpAddress: true,
      AllowReassociation: true,
    },
    (draft, input) => {
      const address = findAddress(draft, input);
      const { NetworkInterfaceId: interfaceId, InstanceId: instanceId } = input;
      if (interfaceId !== undefined && instanceId !== undefined) {
        throw invalidCombination("You may specify either instance or network interface, not both");
      }
      if (interfaceId === undefined && instanceId === undefined) throw missingParameter("instanceId");
      const networkInterfaceId = interfaceId ?? find("instance", draft, instanceId).networkInterfaceId;
      const networkInterface = find("networkInterface", draft, networkInterfaceId);
      const wish = input.PrivateIpAddress;
      if (wish !== undefined && !networkInterface.addresses.includes(wish)) {
        throw invalidParameterValue(`The address ${wish} is not assigned to interface ${networkInterface.id}`);
      }
      if (address.association?.networkInterfaceId === networkInterface.id) {
        return { AssociationId: address.association.id };
      }
      const inTheWay = address.association !== undefined ? address : allocatedAddressOf(draft, networkInterface.id);
      if (inTheWay !== undefined && input.AllowReassociation === false) {
        throw alreadyAssociated(
          `resource ${inTheWay.id} is already associated with associate-id ${inTheWay.association?.id ?? ""}`,
        );
      }
      checkNotRunning(draft, interfaceOf(draft, address));
      checkNotRunning(draft, networkInterface);
      const id = newId("eipassoc");
      const other = allocatedAddressOf(draft, networkInterface.id);
      if (other !== undefined) delete other.association;
      address.association = { id, networkInterfaceId: networkInterface.id };
      return { AssociationId: id };
    },
  ),

  DisassociateAddress: change({ AssociationId: true, PublicIp: true }, (draft, input) => {
    const address =
      input.AssociationId === undefined
        ? findAddress(draft, input)
        : Object.values(draft.addresses).find(({ association }) => association?.id === input.AssociationId);
    if (address?.association === undefined) {
      throw new Ec2Error(
        "InvalidAssociationID.NotFound",
        `The association ID '${input.AssociationId ?? ""}' does not exist`,
      );
    }
    checkNotRunning(draft, interfaceOf(draft, address));
    delete address.association;
    return {};
  }),

  ReleaseAddress: change(
    { AllocationId: true, PublicIp: true, NetworkBorderGroup: true },
    (draft, input, { region }) => {
      checkBorderGroup(input.NetworkBorderGroup, region);
      const address = findAddress(draft, input);
      if (address.association !== undefined) {
        throw new Ec2Error("InvalidIPAddress.InUse", `Address ${address.publicAddress} is in use.`);
      }
      remove(draft, "address", address.id);
      return {};
    },
  ),
};
