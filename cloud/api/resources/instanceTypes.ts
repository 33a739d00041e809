import type { InstanceTypeInfo } from "@aws-sdk/client-ec2";
import { Ec2Error, invalidParameterValue } from "../core/errors";
import { applyFilters, type FilterFields } from "../core/filters";
import { filtered } from "../core/handled";
import type { Family } from "../core/handlers";
import { page } from "../core/pages";
import { zoneId, zoneNames } from "./zones";

/** https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-types.html */
export interface MachineType {
  readonly name: string;
  readonly cores: number;
  readonly memoryMiB: number;
  /** `x86_64` or `arm64`. */
  readonly architecture: string;
  readonly burstable: boolean;
  readonly threadsPerCore: number;
}

/** Sizes of the burstable families from t3 on: vCPUs and GiB. */
const burstableSizes: Record<string, readonly [number, number]> = {
  nano: [2, 0.5],
  micro: [2, 1],
  small: [2, 2],
  medium: [2, 4],
  large: [2, 8],
  xlarge: [4, 16],
  "2xlarge": [8, 32],
};

const t2Sizes: Record<string, readonly [number, number]> = {
  nano: [1, 0.5],
  micro: [1, 1],
  small: [1, 2],
  medium: [2, 4],
  large: [2, 8],
  xlarge: [4, 16],
  "2xlarge": [8, 32],
};

/** Sizes of the other families and their vCPUs; memory goes with the vCPUs. */
const sizes: Record<string, number> = { medium: 1, large: 2, xlarge: 4, "2xlarge": 8, "4xlarge": 16, "8xlarge": 32 };

/** GiB for each vCPU. Only Graviton families have a size of one vCPU; the fifth generation of m and r begins at large. */
const families: Record<string, { readonly perCore: number; readonly arm?: true }> = {
  m5: { perCore: 4 },
  m5a: { perCore: 4 },
  m6i: { perCore: 4 },
  m6a: { perCore: 4 },
  m7i: { perCore: 4 },
  m6g: { perCore: 4, arm: true },
  m7g: { perCore: 4, arm: true },
  c6i: { perCore: 2 },
  c6a: { perCore: 2 },
  c7i: { perCore: 2 },
  c6g: { perCore: 2, arm: true },
  c7g: { perCore: 2, arm: true },
  r5: { perCore: 8 },
  r6i: { perCore: 8 },
  r6g: { perCore: 8, arm: true },
  r7g: { perCore: 8, arm: true },
};

const machineTypes: ReadonlyMap<string, MachineType> = new Map(listTypes().map((type) => [type.name, type]));

function listTypes(): MachineType[] {
  const burstable = (family: string, table: typeof t2Sizes, architecture: string, threadsPerCore: number) =>
    Object.entries(table).map(([size, [cores, gib]]) => ({
      name: `${family}.${size}`,
      cores,
      memoryMiB: gib * 1024,
      architecture,
      burstable: true,
      threadsPerCore,
    }));
  return [
    ...burstable("t2", t2Sizes, "x86_64", 1),
    ...burstable("t3", burstableSizes, "x86_64", 2),
    ...burstable("t3a", burstableSizes, "x86_64", 2),
    ...burstable("t4g", burstableSizes, "arm64", 1),
    ...Object.entries(families).flatMap(([family, { perCore, arm }]) =>
      Object.entries(sizes)
        .filter(([size]) => size !== "medium" || arm === true)
        .map(([size, cores]) => ({
          name: `${family}.${size}`,
          cores,
          memoryMiB: cores * perCore * 1024,
          architecture: arm === true ? "arm64" : "x86_64",
          burstable: false,
          threadsPerCore: arm === true ? 1 : 2,
        })),
    ),
  ];
}

export const coreCount = (type: MachineType): number => Math.max(1, type.cores / type.threadsPerCore);

export function machineType(name: string): MachineType | undefined {
  return machineTypes.get(name);
}

/** @throws Ec2Error InvalidParameterValue as RunInstances has it. */
export function needMachineType(name: string): MachineType {
  const type = machineTypes.get(name);
  if (type === undefined) throw invalidParameterValue(`Invalid value '${name}' for InstanceType.`);
  return type;
}

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
    },
    MemoryInfo: { SizeInMiB: type.memoryMiB },
    InstanceStorageSupported: false,
    EbsInfo: { EbsOptimizedSupport: "default", EncryptionSupport: "supported" },
    // One card is what the embedded EC2 gives, whatever AWS gives this type.
    NetworkInfo: {
      MaximumNetworkInterfaces: 1,
      Ipv4AddressesPerInterface: 1,
      Ipv6Supported: false,
      EnaSupport: "supported",
    },
    PlacementGroupInfo: { SupportedStrategies: [] },
    HibernationSupported: false,
    BurstablePerformanceSupported: type.burstable,
    DedicatedHostsSupported: false,
    AutoRecoverySupported: false,
  };
}

const filters: FilterFields<MachineType> = {
  "instance-type": (type) => type.name,
  "processor-info.supported-architecture": (type) => type.architecture,
  "vcpu-info.default-vcpus": (type) => type.cores,
  "vcpu-info.default-cores": coreCount,
  "vcpu-info.default-threads-per-core": (type) => type.threadsPerCore,
  "memory-info.size-in-mib": (type) => type.memoryMiB,
  "burstable-performance-supported": (type) => type.burstable,
  "current-generation": (type) => !type.name.startsWith("t2."),
  "free-tier-eligible": (type) => /^t[23]\.micro$/.test(type.name),
  "bare-metal": () => false,
  "instance-storage-supported": () => false,
  "auto-recovery-supported": () => false,
  "dedicated-hosts-supported": () => false,
  "ebs-info.ebs-optimized-support": () => "default",
  "ebs-info.encryption-support": () => "supported",
  "hibernation-supported": () => false,
  hypervisor: (type) => (type.name.startsWith("t2.") ? "xen" : "nitro"),
  "network-info.ena-support": () => "supported",
  "network-info.ipv4-addresses-per-interface": () => 1,
  "network-info.ipv6-supported": () => false,
  "network-info.maximum-network-interfaces": () => 1,
  "supported-usage-class": () => "on-demand",
  "supported-root-device-type": () => "ebs",
  "supported-virtualization-type": () => "hvm",
};

export const instanceTypes: Family = {
  inputs: {
    DescribeInstanceTypes: { InstanceTypes: true, ...filtered },
    DescribeInstanceTypeOfferings: { LocationType: true, ...filtered },
  },

  reads: {
    DescribeInstanceTypes(_state, input) {
      const names = input.InstanceTypes;
      const missing = names?.filter((name) => !machineTypes.has(name)) ?? [];
      if (missing.length > 0) {
        throw new Ec2Error(
          "InvalidInstanceType",
          `The following supplied instance types do not exist: [${missing.join(", ")}]`,
        );
      }
      const asked = [...machineTypes.values()].filter(({ name }) => names?.includes(name as "t3.micro") ?? true);
      const found = applyFilters(asked, input.Filters, filters);
      const { items, nextToken } = page(found, ({ name }) => name, input, { smallest: 5, largest: 100 });
      return { InstanceTypes: items.map(describeType), NextToken: nextToken };
    },

    DescribeInstanceTypeOfferings(_state, input, { region }) {
      const locationType = input.LocationType ?? "region";
      const locations: Record<string, string[]> = {
        region: [region],
        "availability-zone": zoneNames(region),
        "availability-zone-id": zoneNames(region).map(zoneId),
      };
      const asked = Object.hasOwn(locations, locationType) ? locations[locationType] : undefined;
      if (asked === undefined) throw invalidParameterValue(`Invalid value '${locationType}' for locationType.`);
      const all = asked.flatMap((location) => [...machineTypes.keys()].map((type) => ({ location, type })));
      const found = applyFilters(all, input.Filters, {
        "instance-type": ({ type }) => type,
        location: ({ location }) => location,
      });
      const { items, nextToken } = page(found, ({ location, type }) => `${location} ${type}`, input);
      return {
        InstanceTypeOfferings: items.map(({ location, type }) => ({
          InstanceType: type as "t3.micro",
          LocationType: locationType,
          Location: location,
        })),
        NextToken: nextToken,
      };
    },
  },
};
