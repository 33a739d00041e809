import { invalidCombination, Ec2Error } from "../core/errors";
import { absent, applyFilters, type FilterFields } from "../core/filters";
import { filtered } from "../core/handled";
import { accountId, type Family } from "../core/handlers";
import { find } from "../core/ids";
import { page } from "../core/pages";
import type { Instance, NetworkInterface, State } from "../core/state";
import { tagsOf } from "../core/tags";
import { describeState, isVisible } from "./instanceStates";
import { describeReservations, privateDnsName, publicDnsName } from "./instanceDescription";
import { rootDevice } from "./images";
import { volumesOf } from "./instanceVolumes";
import { coreCount, machineType } from "./machineTypes";
import { allocatedAddressOf, publicAddressOf } from "./publicAddress";
import { zoneId } from "./zones";

/** The instances that a request names, or all that are still seen. @throws Ec2Error InvalidInstanceID.NotFound or .Malformed. */
export function selectInstances(state: State, ids: readonly string[] | undefined, now: number): Instance[] {
  const visible = Object.values(state.instances).filter((instance) => isVisible(instance, now));
  if (ids === undefined || ids.length === 0) return visible;
  const byId = Object.fromEntries(visible.map((instance) => [instance.id, instance]));
  const missing: string[] = [];
  const found = [...new Set(ids)].flatMap((id) => {
    try {
      return [find("instance", byId, id)];
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

function filters(state: State): FilterFields<Instance> {
  const own = (instance: Instance): NetworkInterface | undefined => {
    const found = state.networkInterfaces[instance.networkInterfaceId];
    return found?.attachment?.instanceId === instance.id ? found : undefined;
  };
  const alive = (instance: Instance): boolean => instance.state !== "terminated";
  const groupIds = (instance: Instance) => own(instance)?.groupIds ?? [];
  const groupNames = (instance: Instance) => groupIds(instance).map((id) => state.securityGroups[id]?.name);
  const publicAddress = (instance: Instance) => {
    const found = own(instance);
    return found === undefined ? undefined : publicAddressOf(state, found);
  };
  const publicName = (instance: Instance) => {
    const found = own(instance);
    return found === undefined ? undefined : publicDnsName(state, found) || undefined;
  };
  const type = (instance: Instance) => machineType(instance.type);
  const attachment = (instance: Instance) => own(instance)?.attachment;
  const privateAddress = (instance: Instance) => (alive(instance) ? instance.privateAddress : undefined);
  return {
    architecture: (instance) => instance.architecture,
    "availability-zone": (instance) => instance.zone,
    "availability-zone-id": (instance) => zoneId(instance.zone),
    "block-device-mapping.device-name": (instance) => volumesOf(state, instance.id).map(({ device }) => device),
    "block-device-mapping.volume-id": (instance) => volumesOf(state, instance.id).map(({ id }) => id),
    "client-token": (instance) => instance.clientToken,
    "dns-name": publicName,
    "group-id": groupIds,
    "group-name": groupNames,
    hypervisor: () => "xen",
    "image-id": (instance) => instance.imageId,
    "instance-id": (instance) => instance.id,
    "instance-lifecycle": () => undefined,
    "instance-state-code": (instance) => describeState(instance.state).Code,
    "instance-state-name": (instance) => instance.state,
    "instance-type": (instance) => instance.type,
    "instance.group-id": groupIds,
    "instance.group-name": groupNames,
    "ip-address": publicAddress,
    "key-name": (instance) => instance.keyName,
    "launch-index": (instance) => instance.launchIndex,
    "launch-time": (instance) => instance.launchTime,
    "metadata-options.http-endpoint": (instance) => instance.metadata.httpEndpoint,
    "metadata-options.http-tokens": (instance) => instance.metadata.httpTokens,
    "monitoring-state": (instance) => (instance.monitoring ? "enabled" : "disabled"),
    "network-interface.addresses.association.public-ip": publicAddress,
    "network-interface.addresses.private-ip-address": privateAddress,
    "network-interface.association.public-ip": publicAddress,
    "network-interface.association.allocation-id": (instance) => allocatedAddressOf(state, own(instance)?.id ?? "")?.id,
    "network-interface.association.association-id": (instance) =>
      allocatedAddressOf(state, own(instance)?.id ?? "")?.association?.id,
    "network-interface.addresses.association.allocation-id": (instance) =>
      allocatedAddressOf(state, own(instance)?.id ?? "")?.id,
    "network-interface.addresses.primary": (instance) => own(instance)?.addresses.map((_address, index) => index === 0),
    "network-interface.attachment.attach-time": (instance) => attachment(instance)?.attachTime,
    "network-interface.attachment.attachment-id": (instance) => attachment(instance)?.id,
    "network-interface.attachment.delete-on-termination": (instance) => attachment(instance)?.deleteOnTermination,
    "network-interface.attachment.device-index": (instance) => (own(instance) === undefined ? undefined : 0),
    "network-interface.attachment.instance-id": (instance) => attachment(instance)?.instanceId,
    "network-interface.attachment.instance-owner-id": (instance) =>
      own(instance) === undefined ? undefined : accountId,
    "network-interface.attachment.status": (instance) => (own(instance) === undefined ? undefined : "attached"),
    "network-interface.availability-zone": (instance) => (own(instance) === undefined ? undefined : instance.zone),
    "network-interface.description": (instance) => own(instance)?.description,
    "network-interface.group-name": groupNames,
    "network-interface.owner-id": (instance) => (own(instance) === undefined ? undefined : accountId),
    "network-interface.private-dns-name": (instance) =>
      own(instance) === undefined ? undefined : privateDnsName(instance.privateAddress, instance.zone),
    "network-interface.source-dest-check": (instance) => own(instance)?.sourceDestCheck,
    "network-interface.status": (instance) => (own(instance) === undefined ? undefined : "in-use"),
    "block-device-mapping.attach-time": (instance) => volumesOf(state, instance.id).map(({ createTime }) => createTime),
    "block-device-mapping.delete-on-termination": (instance) =>
      volumesOf(state, instance.id).map(({ deleteOnTermination }) => deleteOnTermination),
    "block-device-mapping.status": (instance) => volumesOf(state, instance.id).map(() => "attached"),
    "capacity-reservation-specification.capacity-reservation-preference": () => "open",
    "cpu-options-core-count": (instance) => {
      const found = type(instance);
      return found === undefined ? undefined : coreCount(found);
    },
    "cpu-options-threads-per-core": (instance) => type(instance)?.threadsPerCore,
    "current-instance-boot-mode": () => "legacy-bios",
    "ebs-optimized": (instance) => instance.ebsOptimized,
    "ena-support": () => true,
    "enclave-options.enabled": () => false,
    "hibernation-options.configured": () => false,
    "maintenance-options.auto-recovery": () => "default",
    "metadata-options.http-protocol-ipv6": (instance) => instance.metadata.httpProtocolIpv6,
    "metadata-options.http-put-response-hop-limit": (instance) => instance.metadata.httpPutResponseHopLimit,
    "metadata-options.instance-metadata-tags": (instance) => instance.metadata.instanceMetadataTags,
    "private-dns-name-options.enable-resource-name-dns-a-record": () => false,
    "private-dns-name-options.enable-resource-name-dns-aaaa-record": () => false,
    "private-dns-name-options.hostname-type": () => "ip-name",
    "network-interface.group-id": groupIds,
    "network-interface.mac-address": (instance) => own(instance)?.mac,
    "network-interface.network-interface-id": (instance) => own(instance)?.id,
    "network-interface.subnet-id": (instance) => own(instance)?.subnetId,
    "network-interface.vpc-id": (instance) => (own(instance) === undefined ? undefined : instance.vpcId),
    "owner-id": () => accountId,
    platform: () => undefined,
    "platform-details": () => "Linux/UNIX",
    "private-dns-name": (instance) =>
      alive(instance) ? privateDnsName(instance.privateAddress, instance.zone) : undefined,
    "private-ip-address": privateAddress,
    "reservation-id": (instance) => instance.reservationId,
    "root-device-name": () => rootDevice,
    "root-device-type": () => "ebs",
    "source-dest-check": (instance) => own(instance)?.sourceDestCheck,
    "state-reason-code": (instance) => instance.stateReason?.code,
    "subnet-id": (instance) => (alive(instance) ? instance.subnetId : undefined),
    tenancy: () => "default",
    "virtualization-type": () => "hvm",
    "vpc-id": (instance) => (alive(instance) ? instance.vpcId : undefined),
    "network-interface.addresses.allocation-id": (instance) => allocatedAddressOf(state, own(instance)?.id ?? "")?.id,
  };
}

export const instances: Family = {
  inputs: {
    // None is managed by a service.
    DescribeInstances: { InstanceIds: true, IncludeManagedResources: true, ...filtered },
    DescribeInstanceStatus: {
      InstanceIds: true,
      IncludeAllInstances: true,
      IncludeManagedResources: true,
      ...filtered,
    },
    DescribeInstanceCreditSpecifications: { InstanceIds: true, ...filtered },
  },

  reads: {
    DescribeInstances(state, input, { now }) {
      if (input.InstanceIds !== undefined && input.MaxResults !== undefined) {
        throw invalidCombination("The parameter instancesSet cannot be used with the parameter maxResults");
      }
      const asked = selectInstances(state, input.InstanceIds, now());
      const found = applyFilters(asked, input.Filters, filters(state), (instance) => tagsOf(state, instance.id));
      const { items, nextToken } = page(found, (instance) => instance.id, input);
      return { Reservations: describeReservations(state, items), NextToken: nextToken };
    },

    DescribeInstanceStatus(state, input, { now }) {
      const asked = selectInstances(state, input.InstanceIds, now());
      const seen = asked.filter((instance) => input.IncludeAllInstances === true || instance.state === "running");
      const found = applyFilters(seen, input.Filters, {
        "availability-zone": (instance) => instance.zone,
        "availability-zone-id": (instance) => zoneId(instance.zone),
        // No event is ever planned.
        ...absent(
          "event.code",
          "event.description",
          "event.instance-event-id",
          "event.not-after",
          "event.not-before",
          "event.not-before-deadline",
        ),
        "instance-state-code": (instance) => describeState(instance.state).Code,
        "instance-state-name": (instance) => instance.state,
        "instance-status.status": (instance) => status(instance),
        "system-status.status": (instance) => status(instance),
        "instance-status.reachability": (instance) => (status(instance) === "ok" ? "passed" : undefined),
        "system-status.reachability": (instance) => (status(instance) === "ok" ? "passed" : undefined),
      });
      const { items, nextToken } = page(found, (instance) => instance.id, input);
      return {
        InstanceStatuses: items.map((instance) => ({
          InstanceId: instance.id,
          AvailabilityZone: instance.zone,
          AvailabilityZoneId: zoneId(instance.zone),
          InstanceState: describeState(instance.state),
          InstanceStatus: statusSummary(instance),
          SystemStatus: statusSummary(instance),
        })),
        NextToken: nextToken,
      };
    },

    DescribeInstanceCreditSpecifications(state, input, { now }) {
      const asked = selectInstances(state, input.InstanceIds, now());
      const named = input.InstanceIds !== undefined && input.InstanceIds.length > 0;
      const wrong = named ? asked.find((instance) => machineType(instance.type)?.burstable !== true) : undefined;
      if (wrong !== undefined) {
        throw new Ec2Error(
          "InvalidInstanceID.NotSupported",
          `Instance ${wrong.id} is not a burstable performance instance`,
        );
      }
      const burstable = asked.filter((instance) => machineType(instance.type)?.burstable === true);
      const found = applyFilters(burstable, input.Filters, { "instance-id": ({ id }) => id });
      const { items, nextToken } = page(found, (instance) => instance.id, input);
      return {
        InstanceCreditSpecifications: items.map(({ id, cpuCredits }) => ({ InstanceId: id, CpuCredits: cpuCredits })),
        NextToken: nextToken,
      };
    },
  },
};

/** An instance runs when it answered, so its checks have passed by then. */
const status = (instance: Instance) => (instance.state === "running" ? ("ok" as const) : ("not-applicable" as const));

function statusSummary(instance: Instance) {
  return status(instance) === "ok"
    ? { Status: "ok" as const, Details: [{ Name: "reachability" as const, Status: "passed" as const }] }
    : { Status: "not-applicable" as const };
}
