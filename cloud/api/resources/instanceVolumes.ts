import type { BlockDeviceMapping, EbsBlockDevice } from "@aws-sdk/client-ec2";
import { Ec2Error, invalidParameterValue, unsupported } from "../core/errors";
import { newId } from "../core/ids";
import { isDraft } from "immer";
import type { State, Volume } from "../core/state";
import type { DriverImage } from "../core/driver";
import { rootDevice, snapshotOf } from "./images";
import { volumePerformance } from "./volumeTypes";

/** An instance's volumes in the order in which the machine has them: its root first. */
export function volumesOf({ volumes }: State, instanceId: string): readonly Volume[] {
  // A draft still changes; a state does not, and is asked for one instance after the other.
  if (isDraft(volumes)) return sorted(Object.values(volumes).filter((volume) => volume.instanceId === instanceId));
  const known = byInstance.get(volumes) ?? groupVolumes(Object.values(volumes));
  byInstance.set(volumes, known);
  return known.get(instanceId) ?? [];
}

const byInstance = new WeakMap<State["volumes"], ReadonlyMap<string, readonly Volume[]>>();

function groupVolumes(volumes: readonly Volume[]): ReadonlyMap<string, readonly Volume[]> {
  const groups = new Map<string, Volume[]>();
  for (const volume of volumes) {
    const group = groups.get(volume.instanceId);
    if (group === undefined) groups.set(volume.instanceId, [volume]);
    else group.push(volume);
  }
  for (const group of groups.values()) sorted(group);
  return groups;
}

const sorted = (volumes: Volume[]): Volume[] =>
  volumes.sort((a, b) => (a.device === rootDevice ? -1 : b.device === rootDevice ? 1 : a.device < b.device ? -1 : 1));

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
  const repeated = devices.find((device, index) => devices.indexOf(device) < index);
  if (repeated !== undefined) {
    throw new Ec2Error(
      "InvalidBlockDeviceMapping",
      `The device '${repeated}' is used in more than one block-device mapping`,
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
  const snapshotId = snapshotOf(image.imageId);
  if (wish?.SnapshotId !== undefined && wish.SnapshotId !== snapshotId) {
    throw unsupported(`The embedded EC2 has no snapshots but those of its images; ${rootDevice} is ${snapshotId}.`);
  }
  if (sizeGiB >= image.diskGiB) return sizeGiB;
  throw new Ec2Error(
    "InvalidBlockDeviceMapping",
    `Volume of size ${sizeGiB}GB is smaller than snapshot '${snapshotId}', expect size >= ${image.diskGiB}GB`,
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
  return sizeGiB;
}

type Place = Pick<Volume, "device" | "sizeGiB" | "zone" | "createTime">;

function newVolume(place: Place, wish: EbsBlockDevice | undefined): Volume {
  const performance = volumePerformance(place, wish);
  return {
    id: newId("vol"),
    instanceId: "",
    ...place,
    ...performance,
    encrypted: wish?.Encrypted ?? false,
    deleteOnTermination: true,
  };
}
