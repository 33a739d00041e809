import type { BlockDeviceMapping, EbsBlockDevice } from "@aws-sdk/client-ec2";
import { Ec2Error, invalidParameterValue, unsupported } from "../core/errors";
import { newId } from "../core/ids";
import type { State, Volume } from "../core/state";
import type { DriverImage } from "../driver";
import { rootDevice } from "./images";

/** Size in GiB that EBS allows for a gp3 volume (EBS user guide, "General Purpose SSD volumes"). */
const maxVolumeGiB = 16_384;

/** An instance's volumes in the order in which the machine has them: its root first. */
export function volumesOf(state: State, instanceId: string): Volume[] {
  return Object.values(state.volumes)
    .filter((volume) => volume.instanceId === instanceId)
    .sort((a, b) => (a.device === rootDevice ? -1 : b.device === rootDevice ? 1 : a.device < b.device ? -1 : 1));
}

/**
 * The volumes that a launch asks for, the root first. They belong to no instance yet.
 * @throws Ec2Error for what EC2 refuses, and for volumes that would outlive the instance or start with a content.
 */
export function newVolumes(
  mappings: readonly BlockDeviceMapping[],
  image: DriverImage,
  zone: string,
  createTime: string,
): Volume[] {
  const asked = mappings.filter(({ Ebs }) => Ebs !== undefined);
  const devices = asked.map(({ DeviceName }) => DeviceName ?? "");
  const twice = devices.find((device, index) => devices.indexOf(device) < index);
  if (twice !== undefined) {
    throw new Ec2Error(
      "InvalidBlockDeviceMapping",
      `The device '${twice}' is used in more than one block-device mapping`,
    );
  }
  const make = (device: string, wish: EbsBlockDevice | undefined, sizeGiB: number) =>
    newVolume({ device, sizeGiB, zone, createTime }, wish);
  const root = asked.find(({ DeviceName }) => DeviceName === rootDevice)?.Ebs;
  return [
    make(rootDevice, root, rootSize(root, image)),
    ...asked
      .filter(({ DeviceName }) => DeviceName !== rootDevice)
      .map(({ DeviceName = "", Ebs }) => make(dataDevice(DeviceName), Ebs, dataSize(DeviceName, Ebs))),
  ];
}

function rootSize(wish: EbsBlockDevice | undefined, image: DriverImage): number {
  const sizeGiB = wish?.VolumeSize ?? image.diskGiB;
  if (sizeGiB >= image.diskGiB) return sizeGiB;
  throw new Ec2Error(
    "InvalidBlockDeviceMapping",
    `Volume of size ${sizeGiB}GB is smaller than snapshot '${image.imageId.replace(/^ami-/, "snap-")}', ` +
      `expect size >= ${image.diskGiB}GB`,
  );
}

/** Names that EC2 recommends for EBS volumes (EC2 user guide, "Device names for volumes on Amazon EC2 instances"). */
function dataDevice(device: string): string {
  if (/^(\/dev\/sd[b-z]|\/dev\/xvd[b-z])$/.test(device)) return device;
  throw invalidParameterValue(
    `Value (${device}) for parameter device is invalid. ${device} is not a valid EBS device name.`,
  );
}

function dataSize(device: string, wish: EbsBlockDevice | undefined): number {
  if (wish?.SnapshotId !== undefined)
    throw unsupported(`The embedded EC2 has no snapshots; ${device} can only be empty.`);
  const sizeGiB = wish?.VolumeSize;
  if (sizeGiB === undefined)
    throw new Ec2Error("MissingParameter", "The request must contain the parameter size or snapshotId");
  if (sizeGiB < 1 || sizeGiB > maxVolumeGiB) {
    throw invalidParameterValue(
      `Volume of ${sizeGiB}GiB is too ${sizeGiB < 1 ? "small" : "large"} for volume type gp3`,
    );
  }
  return sizeGiB;
}

type Place = Pick<Volume, "device" | "sizeGiB" | "zone" | "createTime">;

function newVolume(place: Place, wish: EbsBlockDevice | undefined): Volume {
  if (wish?.DeleteOnTermination === false) {
    throw unsupported(`The embedded EC2's volumes end with their instances, ${place.device} too.`);
  }
  const type = wish?.VolumeType ?? "gp3";
  const { sizeGiB } = place;
  const iops = wish?.Iops ?? (type === "gp3" ? 3000 : type === "gp2" ? Math.max(100, 3 * sizeGiB) : undefined);
  const throughput = wish?.Throughput ?? (type === "gp3" ? 125 : undefined);
  return {
    id: newId("vol"),
    instanceId: "",
    ...place,
    type,
    encrypted: wish?.Encrypted ?? false,
    ...(iops === undefined ? {} : { iops }),
    ...(throughput === undefined ? {} : { throughput }),
    deleteOnTermination: true,
  };
}
