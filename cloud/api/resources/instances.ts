import { list } from "../core/describe";
import { invalidCombination, Ec2Error } from "../core/errors";
import { absent, applyFilters, type FilterFields } from "../core/filters";
import { isVisible } from "../core/forgotten";
import { filtered } from "../core/handled";
import { accountId, read, type Actions } from "../core/handlers";
import { findIn } from "../core/ids";
import { page } from "../core/pages";
import type { Instance, NetworkInterface, State, Volume } from "../core/state";
import { tagsOf } from "../core/tags";
import { describeCpu, describeReservations } from "./instanceDescription";
import { rootDevice } from "./images";
import { describeState } from "./instanceStates";
import { volumesOf } from "./instanceVolumes";
import { privateDnsName } from "./interfaceDescription";
import { machineType } from "./machineTypes";
import { interfaceFilters } from "./networkInterfaces";
import { allocatedAddressOf } from "./publicAddress";
import { zoneId } from "./zones";

/** The instances that a request names, or all that are still seen. @throws Ec2Error InvalidInstanceID.NotFound or .Malformed. */
export function selectInstances(state: State, ids: readonly string[] | undefined, now: number): Instance[] {
  const visible = Object.values(state.instances).filter((instance) => isVisible(instance, now));
  if (ids === undefined || ids.length === 0) return visible;
  const byId = Object.fromEntries(visible.map((instance) => [instance.id, instance]));
  const missing: string[] = [];
  const found = [...new Set(ids)].flatMap((id) => {
    try {
      return [findIn("instance", byId, id)];
    } catch (error) {
      if (!(error instanceof Ec2Error) || error.code !== "InvalidInstanceID.NotFound") throw error;
      missing.push(id);
      return [];
    }
  });
  if (missing.length > 0) {
    const plural = missing.length > 1;
    throw new Ec2Error(
      "InvalidInstanceID.NotFound",
      `The instance ID${plural ? "s" : ""} '${missing.join(", ")}' do${plural ? "" : "es"} not exist`,
    );
  }
  return found;
}

type Field = FilterFields<Instance>[string];

function ownInterface(instance: Instance, state: State): NetworkInterface | undefined {
  const found = state.networkInterfaces[instance.networkInterfaceId];
  return found?.attachment?.instanceId === instance.id ? found : undefined;
}

/** A filter of network interfaces that looks at an instance's own. */
function ofInterface(name: string): Field {
  return (instance, state) => {
    const own = ownInterface(instance, state);
    return own === undefined ? undefined : interfaceFilters[name]?.(own, state);
  };
}

const ofVolumes =
  (valueOf: (volume: Volume) => string | boolean): Field =>
  (instance, state) =>
    volumesOf(state, instance.id).map(valueOf);

/** What a terminated instance has no more. */
const whileAlive =
  (valueOf: (instance: Instance) => string): Field =>
  (instance) =>
    instance.state === "terminated" ? undefined : valueOf(instance);

const allocationId: Field = (instance, state) => allocatedAddressOf(state, ownInterface(instance, state)?.id ?? "")?.id;

/** Filters by the network interface, which are those of network interfaces. */
const byInterface = [
  ...["addresses.association.public-ip", "addresses.primary", "addresses.private-ip-address"],
  ...["allocation-id", "association-id", "public-ip"].map((name) => `association.${name}`),
  ...["attach-time", "attachment-id", "delete-on-termination", "device-index"].map((name) => `attachment.${name}`),
  ...["instance-id", "instance-owner-id", "status"].map((name) => `attachment.${name}`),
  ...["availability-zone", "description", "group-id", "group-name", "mac-address", "network-interface-id"],
  ...["owner-id", "private-dns-name", "source-dest-check", "status", "subnet-id", "vpc-id"],
];

const filters: FilterFields<Instance> = {
  ...Object.fromEntries(byInterface.map((name) => [`network-interface.${name}`, ofInterface(name)])),
  "network-interface.addresses.allocation-id": allocationId,
  "network-interface.addresses.association.allocation-id": allocationId,
  architecture: (instance) => instance.architecture,
  "availability-zone": (instance) => instance.zone,
  "availability-zone-id": (instance) => zoneId(instance.zone),
  "block-device-mapping.attach-time": ofVolumes(({ createTime }) => createTime),
  "block-device-mapping.delete-on-termination": ofVolumes(({ deleteOnTermination }) => deleteOnTermination),
  "block-device-mapping.device-name": ofVolumes(({ device }) => device),
  "block-device-mapping.status": ofVolumes(() => "attached"),
  "block-device-mapping.volume-id": ofVolumes(({ id }) => id),
  "capacity-reservation-specification.capacity-reservation-preference": () => "open",
  "client-token": (instance) => instance.clientToken,
  "cpu-options-core-count": ({ type }) => describeCpu(type)?.CoreCount,
  "cpu-options-threads-per-core": ({ type }) => describeCpu(type)?.ThreadsPerCore,
  "current-instance-boot-mode": () => "legacy-bios",
  "dns-name": ofInterface("association.public-dns-name"),
  "ebs-optimized": (instance) => instance.ebsOptimized,
  "ena-support": () => true,
  "enclave-options.enabled": () => false,
  "group-id": ofInterface("group-id"),
  "group-name": ofInterface("group-name"),
  "hibernation-options.configured": () => false,
  hypervisor: () => "xen",
  "image-id": (instance) => instance.imageId,
  "instance-id": (instance) => instance.id,
  "instance-state-code": (instance) => describeState(instance.state).Code,
  "instance-state-name": (instance) => instance.state,
  "instance-type": (instance) => instance.type,
  "instance.group-id": ofInterface("group-id"),
  "instance.group-name": ofInterface("group-name"),
  "ip-address": ofInterface("association.public-ip"),
  "key-name": (instance) => instance.keyName,
  "launch-index": (instance) => instance.launchIndex,
  "launch-time": (instance) => instance.launchTime,
  "maintenance-options.auto-recovery": () => "default",
  "metadata-options.http-endpoint": ({ metadata }) => metadata.httpEndpoint,
  "metadata-options.http-protocol-ipv6": ({ metadata }) => metadata.httpProtocolIpv6,
  "metadata-options.http-put-response-hop-limit": ({ metadata }) => metadata.httpPutResponseHopLimit,
  "metadata-options.http-tokens": ({ metadata }) => metadata.httpTokens,
  "metadata-options.instance-metadata-tags": ({ metadata }) => metadata.instanceMetadataTags,
  "monitoring-state": (instance) => (instance.monitoring ? "enabled" : "disabled"),
  "owner-id": () => accountId,
  ...absent("instance-lifecycle", "platform"),
  "platform-details": () => "Linux/UNIX",
  "private-dns-name": whileAlive(({ privateAddress, zone }) => privateDnsName(privateAddress, zone)),
  "private-dns-name-options.enable-resource-name-dns-a-record": () => false,
  "private-dns-name-options.enable-resource-name-dns-aaaa-record": () => false,
  "private-dns-name-options.hostname-type": () => "ip-name",
  "private-ip-address": whileAlive(({ privateAddress }) => privateAddress),
  "reservation-id": (instance) => instance.reservationId,
  "root-device-name": () => rootDevice,
  "root-device-type": () => "ebs",
  "source-dest-check": ofInterface("source-dest-check"),
  "state-reason-code": (instance) => instance.stateReason?.code,
  "subnet-id": whileAlive(({ subnetId }) => subnetId),
  tenancy: () => "default",
  "virtualization-type": () => "hvm",
  "vpc-id": whileAlive(({ vpcId }) => vpcId),
};

const statusFilters: FilterFields<Instance> = {
  "availability-zone": (instance) => instance.zone,
  "availability-zone-id": (instance) => zoneId(instance.zone),
  // No event is ever planned.
  ...absent("event.code", "event.description", "event.instance-event-id"),
  ...absent("event.not-after", "event.not-before", "event.not-before-deadline"),
  "instance-state-code": (instance) => describeState(instance.state).Code,
  "instance-state-name": (instance) => instance.state,
  "instance-status.status": (instance) => status(instance),
  "system-status.status": (instance) => status(instance),
  "instance-status.reachability": (instance) => (status(instance) === "ok" ? "passed" : undefined),
  "system-status.reachability": (instance) => (status(instance) === "ok" ? "passed" : undefined),
};

const idOf = ({ id }: Instance): string => id;

export const instances: Actions = {
  // None is managed by a service.
  DescribeInstances: read(
    { InstanceIds: true, IncludeManagedResources: true, ...filtered },
    (state, input, { now }) => {
      if (input.InstanceIds !== undefined && input.MaxResults !== undefined) {
        throw invalidCombination("The parameter instancesSet cannot be used with the parameter maxResults");
      }
      const asked = selectInstances(state, input.InstanceIds, now());
      const found = applyFilters(asked, input.Filters, filters, state, ({ id }) => tagsOf(state, id));
      const { items, nextToken } = page(found, idOf, input);
      return { Reservations: describeReservations(state, items), NextToken: nextToken };
    },
  ),

  DescribeInstanceStatus: list({
    inputs: { InstanceIds: true, IncludeAllInstances: true, IncludeManagedResources: true, ...filtered },
    select: (state, input, { now }) =>
      selectInstances(state, input.InstanceIds, now()).filter(
        (instance) => input.IncludeAllInstances === true || instance.state === "running",
      ),
    ...{ output: "InstanceStatuses", filters: statusFilters, idOf },
    render: (_state, instance) => ({
      InstanceId: instance.id,
      AvailabilityZone: instance.zone,
      AvailabilityZoneId: zoneId(instance.zone),
      InstanceState: describeState(instance.state),
      InstanceStatus: statusSummary(instance),
      SystemStatus: statusSummary(instance),
    }),
  }),

  DescribeInstanceCreditSpecifications: list({
    inputs: { InstanceIds: true, ...filtered },
    select: (state, input, { now }) => {
      const asked = selectInstances(state, input.InstanceIds, now());
      const isBurstable = ({ type }: Instance) => machineType(type)?.burstable === true;
      const named = input.InstanceIds !== undefined && input.InstanceIds.length > 0;
      const wrong = named ? asked.find((instance) => !isBurstable(instance)) : undefined;
      if (wrong === undefined) return asked.filter(isBurstable);
      throw new Ec2Error(
        "InvalidInstanceID.NotSupported",
        `Instance ${wrong.id} is not a burstable performance instance`,
      );
    },
    ...{ output: "InstanceCreditSpecifications", filters: { "instance-id": idOf }, idOf },
    render: (_state, { id, cpuCredits }) => ({ InstanceId: id, CpuCredits: cpuCredits }),
  }),
};

/** An instance runs when it answered, so its checks have passed by then. */
const status = (instance: Instance) => (instance.state === "running" ? ("ok" as const) : ("not-applicable" as const));

function statusSummary(instance: Instance) {
  return status(instance) === "ok"
    ? { Status: "ok" as const, Details: [{ Name: "reachability" as const, Status: "passed" as const }] }
    : { Status: "not-applicable" as const };
}
