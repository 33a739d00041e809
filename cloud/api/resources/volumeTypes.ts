import type { EbsBlockDevice } from "@aws-sdk/client-ec2";
import { invalidCombination, invalidParameterValue, oneOf } from "../core/errors";
import type { Volume } from "../core/state";
import { rootDevice } from "./images";

type Range = readonly [smallest: number, largest: number];

interface VolumeType {
  readonly sizeGiB: Range;
  /** Where one may be asked for; `perGiB` bounds it too. */
  readonly iops?: { readonly range: Range; readonly perGiB: number; readonly usual?: number };
  /** In MiB/s. */
  readonly throughput?: { readonly range: Range; readonly usual: number };
  readonly bootable: boolean;
}

/** Amazon EBS user guide, "Amazon EBS volume types". */
const types = {
  gp3: {
    sizeGiB: [1, 16_384],
    iops: { range: [3000, 80_000], perGiB: 500, usual: 3000 },
    throughput: { range: [125, 2000], usual: 125 },
    bootable: true,
  },
  gp2: { sizeGiB: [1, 16_384], bootable: true },
  io1: { sizeGiB: [4, 16_384], iops: { range: [100, 64_000], perGiB: 50 }, bootable: true },
  io2: { sizeGiB: [4, 65_536], iops: { range: [100, 256_000], perGiB: 1000 }, bootable: true },
  st1: { sizeGiB: [125, 16_384], bootable: false },
  sc1: { sizeGiB: [125, 16_384], bootable: false },
  standard: { sizeGiB: [1, 1024], bootable: true },
} as const satisfies Record<string, VolumeType>;

/**
 * Type and performance of a volume as it was asked for; gp3 when nothing was.
 * @throws Ec2Error InvalidParameterValue or InvalidParameterCombination for what EBS does not make.
 */
export function volumePerformance(
  { device, sizeGiB }: Pick<Volume, "device" | "sizeGiB">,
  wish: EbsBlockDevice | undefined,
): Pick<Volume, "type" | "iops" | "throughput"> {
  const name = oneOf("volumeType", wish?.VolumeType ?? "gp3", Object.keys(types) as (keyof typeof types)[]);
  const type: VolumeType = types[name];
  const [smallest, largest] = type.sizeGiB;
  if (sizeGiB < smallest || sizeGiB > largest) {
    throw invalidParameterValue(
      `Volume of ${sizeGiB}GiB is too ${sizeGiB < smallest ? "small" : "large"} for volume type ${name}`,
    );
  }
  if (device === rootDevice && !type.bootable) {
    throw invalidParameterValue(`Invalid value '${name}' for VolumeType: a root volume cannot be of it.`);
  }
  const iops = readIops(name, type, sizeGiB, wish?.Iops);
  const throughput = readThroughput(name, type, wish?.Throughput);
  return { type: name, ...(iops === undefined ? {} : { iops }), ...(throughput === undefined ? {} : { throughput }) };
}

function readIops(name: string, type: VolumeType, sizeGiB: number, wish: number | undefined): number | undefined {
  if (type.iops === undefined) {
    if (wish !== undefined) throw notFor("iops", name);
    // Three for each GiB, and at least 100.
    return name === "gp2" ? Math.min(16_000, Math.max(100, 3 * sizeGiB)) : undefined;
  }
  const { range, perGiB, usual } = type.iops;
  const iops = wish ?? usual;
  if (iops === undefined) throw invalidParameterValue(`The parameter iops must be specified for ${name} volumes.`);
  checkRange("iops", name, iops, range);
  const most = Math.max(perGiB * sizeGiB, usual ?? 0);
  if (iops > most) {
    throw invalidParameterValue(`Iops of ${iops} is too high for ${sizeGiB}GiB; volume type ${name} may have ${most}.`);
  }
  return iops;
}

function readThroughput(name: string, type: VolumeType, wish: number | undefined): number | undefined {
  if (type.throughput === undefined) {
    if (wish !== undefined) throw notFor("throughput", name);
    return undefined;
  }
  const throughput = wish ?? type.throughput.usual;
  checkRange("throughput", name, throughput, type.throughput.range);
  return throughput;
}

const notFor = (parameter: string, type: string) =>
  invalidCombination(`The parameter ${parameter} is not supported for ${type} volumes.`);

function checkRange(parameter: string, type: string, value: number, [smallest, largest]: Range): void {
  if (value >= smallest && value <= largest) return;
  throw invalidParameterValue(
    `Volume ${parameter} of ${value} is not between ${smallest} and ${largest}, as volume type ${type} has it.`,
  );
}
