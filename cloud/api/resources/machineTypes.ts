import { invalidParameterValue } from "../core/errors";

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

/** By name. */
export const machineTypes: ReadonlyMap<string, MachineType> = new Map(listTypes().map((type) => [type.name, type]));

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
