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

const t2Sizes: typeof burstableSizes = { ...burstableSizes, nano: [1, 0.5], micro: [1, 1], small: [1, 2] };

/** Sizes of the other families and their vCPUs; memory goes with the vCPUs. */
const sizes: Record<string, number> = { medium: 1, large: 2, xlarge: 4, "2xlarge": 8, "4xlarge": 16, "8xlarge": 32 };

/** GiB for each vCPU. Only Graviton families have a size of one vCPU; the fifth generation of m and r begins at large. */
const families: readonly { readonly perCore: number; readonly arm: boolean; readonly names: readonly string[] }[] = [
  { perCore: 4, arm: false, names: ["m5", "m5a", "m6i", "m6a", "m7i"] },
  { perCore: 4, arm: true, names: ["m6g", "m7g"] },
  { perCore: 2, arm: false, names: ["c6i", "c6a", "c7i"] },
  { perCore: 2, arm: true, names: ["c6g", "c7g"] },
  { perCore: 8, arm: false, names: ["r5", "r6i"] },
  { perCore: 8, arm: true, names: ["r6g", "r7g"] },
];

/** By name. */
export const machineTypes: ReadonlyMap<string, MachineType> = new Map(listTypes().map((type) => [type.name, type]));

function listTypes(): MachineType[] {
  const type = (family: string, size: string, cores: number, gib: number, arm: boolean, burstable: boolean) => ({
    name: `${family}.${size}`,
    cores,
    memoryMiB: gib * 1024,
    architecture: arm ? "arm64" : "x86_64",
    burstable,
    threadsPerCore: arm || family === "t2" ? 1 : 2,
  });
  const burstable = (family: string, table: typeof burstableSizes, arm: boolean) =>
    Object.entries(table).map(([size, [cores, gib]]) => type(family, size, cores, gib, arm, true));
  return [
    ...burstable("t2", t2Sizes, false),
    ...burstable("t3", burstableSizes, false),
    ...burstable("t3a", burstableSizes, false),
    ...burstable("t4g", burstableSizes, true),
    ...families.flatMap(({ perCore, arm, names }) =>
      names.flatMap((family) =>
        Object.entries(sizes)
          .filter(([size]) => size !== "medium" || arm)
          .map(([size, cores]) => type(family, size, cores, cores * perCore, arm, false)),
      ),
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
