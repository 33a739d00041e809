import type { InstanceTypeInfo } from "@aws-sdk/client-ec2";
import { list } from "../core/describe";
import { Ec2Error, invalidParameterValue } from "../core/errors";
import { absent, type FilterFields } from "../core/filters";
import { filtered } from "../core/handled";
import type { Actions } from "../core/handlers";
import { coreCount, machineTypes, type MachineType } from "./machineTypes";
import { zoneId, zoneNames } from "./zones";

function describeType(type: MachineType): InstanceTypeInfo {
  return {
    InstanceType: type.name as "t3.micro",
    CurrentGeneration: !type.name.startsWith("t2."),
    FreeTierEligible: /^t[23]\.micro$/.test(type.name),
    SupportedUsageClasses: ["on-demand"],
    SupportedRootDeviceTypes: ["ebs"],
    SupportedVirtualizationTypes: ["hvm"],
    BareMetal: false,
    Hypervisor: type.name.startsWith("t2.") ? "xen" : "nitro",
    ProcessorInfo: { SupportedArchitectures: [type.architecture as "x86_64"] },
    VCpuInfo: {
      DefaultVCpus: type.cores,
      DefaultCores: coreCount(type),
      DefaultThreadsPerCore: type.threadsPerCore,
      // RunInstances takes no other CpuOptions.
      ValidCores: [coreCount(type)],
      ValidThreadsPerCore: [type.threadsPerCore],
    },
    MemoryInfo: { SizeInMiB: type.memoryMiB },
    InstanceStorageSupported: false,
    EbsInfo: { EbsOptimizedSupport: "default", EncryptionSupport: "supported" },
    // One card is what the embedded EC2 has for an instance, whatever AWS has for this type.
    NetworkInfo: {
      MaximumNetworkCards: 1,
      MaximumNetworkInterfaces: 1,
      Ipv4AddressesPerInterface: 1,
      Ipv6AddressesPerInterface: 0,
      Ipv6Supported: false,
      EnaSupport: "supported",
      EfaSupported: false,
      EncryptionInTransitSupported: false,
      FlexibleEnaQueuesSupport: "unsupported",
    },
    PlacementGroupInfo: { SupportedStrategies: [] },
    HibernationSupported: false,
    BurstablePerformanceSupported: type.burstable,
    DedicatedHostsSupported: false,
    AutoRecoverySupported: false,
    NitroEnclavesSupport: "unsupported",
    NitroTpmSupport: "unsupported",
    RebootMigrationSupport: "unsupported",
  };
}

/** They look at what the answer says. Types have no disks of their own, EFA, TPM, or features of processors. */
const filters: FilterFields<InstanceTypeInfo> = {
  "auto-recovery-supported": (type) => type.AutoRecoverySupported,
  "bare-metal": (type) => type.BareMetal,
  "burstable-performance-supported": (type) => type.BurstablePerformanceSupported,
  "current-generation": (type) => type.CurrentGeneration,
  "dedicated-hosts-supported": (type) => type.DedicatedHostsSupported,
  "ebs-info.ebs-optimized-support": (type) => type.EbsInfo?.EbsOptimizedSupport,
  "ebs-info.encryption-support": (type) => type.EbsInfo?.EncryptionSupport,
  "free-tier-eligible": (type) => type.FreeTierEligible,
  "hibernation-supported": (type) => type.HibernationSupported,
  hypervisor: (type) => type.Hypervisor,
  ...absent(
    "instance-storage-info.disk.count",
    "instance-storage-info.disk.size-in-gb",
    "instance-storage-info.disk.type",
    "instance-storage-info.encryption-support",
    "instance-storage-info.nvme-support",
    "instance-storage-info.total-size-in-gb",
    "network-info.bandwidth-weightings",
    "network-info.efa-info.maximum-efa-interfaces",
    "nitro-tpm-info.supported-versions",
    "processor-info.supported-features",
  ),
  "instance-storage-supported": (type) => type.InstanceStorageSupported,
  "instance-type": (type) => type.InstanceType,
  "memory-info.size-in-mib": (type) => type.MemoryInfo?.SizeInMiB,
  "network-info.efa-supported": (type) => type.NetworkInfo?.EfaSupported,
  "network-info.ena-support": (type) => type.NetworkInfo?.EnaSupport,
  "network-info.encryption-in-transit-supported": (type) => type.NetworkInfo?.EncryptionInTransitSupported,
  "network-info.flexible-ena-queues-support": (type) => type.NetworkInfo?.FlexibleEnaQueuesSupport,
  "network-info.ipv4-addresses-per-interface": (type) => type.NetworkInfo?.Ipv4AddressesPerInterface,
  "network-info.ipv6-addresses-per-interface": (type) => type.NetworkInfo?.Ipv6AddressesPerInterface,
  "network-info.ipv6-supported": (type) => type.NetworkInfo?.Ipv6Supported,
  "network-info.maximum-network-cards": (type) => type.NetworkInfo?.MaximumNetworkCards,
  "network-info.maximum-network-interfaces": (type) => type.NetworkInfo?.MaximumNetworkInterfaces,
  "nitro-enclaves-support": (type) => type.NitroEnclavesSupport,
  "nitro-tpm-support": (type) => type.NitroTpmSupport,
  "processor-info.supported-architecture": (type) => type.ProcessorInfo?.SupportedArchitectures,
  "reboot-migration-support": (type) => type.RebootMigrationSupport,
  "supported-root-device-type": (type) => type.SupportedRootDeviceTypes,
  "supported-usage-class": (type) => type.SupportedUsageClasses,
  "supported-virtualization-type": (type) => type.SupportedVirtualizationTypes,
  "vcpu-info.default-cores": (type) => type.VCpuInfo?.DefaultCores,
  "vcpu-info.default-threads-per-core": (type) => type.VCpuInfo?.DefaultThreadsPerCore,
  "vcpu-info.default-vcpus": (type) => type.VCpuInfo?.DefaultVCpus,
  "vcpu-info.valid-cores": (type) => type.VCpuInfo?.ValidCores,
  "vcpu-info.valid-threads-per-core": (type) => type.VCpuInfo?.ValidThreadsPerCore,
};

export const instanceTypes: Actions = {
  DescribeInstanceTypes: list({
    inputs: { InstanceTypes: true, ...filtered },
    select: (_state, { InstanceTypes: names }) => {
      const missing = names?.filter((name) => !machineTypes.has(name)) ?? [];
      if (missing.length > 0) {
        throw new Ec2Error(
          "InvalidInstanceType",
          `The following supplied instance types do not exist: [${missing.join(", ")}]`,
        );
      }
      const asked = [...machineTypes.values()].filter(({ name }) => names?.includes(name as "t3.micro") ?? true);
      return asked.map(describeType);
    },
    ...{ output: "InstanceTypes", filters, limits: { smallest: 5, largest: 100 } },
    idOf: ({ InstanceType = "" }) => InstanceType,
    render: (_state, type) => type,
  }),

  DescribeInstanceTypeOfferings: list({
    inputs: { LocationType: true, ...filtered },
    select: (_state, { LocationType: locationType = "region" }, { region }) => {
      const locations = new Map<string, string[]>([
        ["region", [region]],
        ["availability-zone", zoneNames(region)],
        ["availability-zone-id", zoneNames(region).map(zoneId)],
      ]).get(locationType);
      if (locations === undefined) throw invalidParameterValue(`Invalid value '${locationType}' for locationType.`);
      return locations.flatMap((location) =>
        [...machineTypes.keys()].map((type) => ({ location, locationType, type: type as "t3.micro" })),
      );
    },
    output: "InstanceTypeOfferings",
    idOf: ({ location, type }) => `${location} ${type}`,
    filters: { "instance-type": ({ type }) => type, location: ({ location }) => location },
    render: (_state, { type, locationType, location }) => ({
      ...{ InstanceType: type, LocationType: locationType, Location: location },
    }),
  }),
};
