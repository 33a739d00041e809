import type { Image } from "@aws-sdk/client-ec2";
import { list } from "../core/describe";
import { Ec2Error } from "../core/errors";
import { absent, type FilterFields } from "../core/filters";
import { filtered, only } from "../core/handled";
import { accountId, type Actions, type Environment } from "../core/handlers";
import { checkId } from "../core/ids";
import { tagListOrNone, tagsOf } from "../core/tags";
import type { DriverImage } from "../core/driver";

/** As Debian's images have it. */
export const rootDevice = "/dev/xvda";

/** The embedded EC2 has no snapshots, but clients expect the image's root device to name one. */
export const snapshotOf = (imageId: string): string => imageId.replace(/^ami-/, "snap-");

/** @throws Ec2Error InvalidAMIID.NotFound or .Malformed. */
export function findImage(environment: Environment, id: string): DriverImage {
  return findImages(environment, [id])[0]!;
}

/** @throws Ec2Error that names all that are missing. */
function findImages({ driver }: Environment, ids: readonly string[]): DriverImage[] {
  for (const id of ids) checkId("image", id);
  const all = new Map(driver.images().map((image) => [image.imageId, image]));
  const missing = ids.filter((id) => !all.has(id));
  if (missing.length > 0) {
    const [many, do_] = missing.length > 1 ? ["s", "do"] : ["", "does"];
    throw new Ec2Error("InvalidAMIID.NotFound", `The image id${many} '[${missing.join(", ")}]' ${do_} not exist`);
  }
  return [...new Set(ids)].flatMap((id) => all.get(id) ?? []);
}

function describeImage(image: DriverImage, tags: Image["Tags"]): Image {
  return {
    ImageId: image.imageId,
    Name: image.name,
    Description: image.description,
    Architecture: image.architecture as "x86_64",
    CreationDate: image.creationDate,
    OwnerId: image.ownerId,
    ImageLocation: `${image.ownerId}/${image.name}`,
    ImageType: "machine",
    State: "available",
    Public: true,
    VirtualizationType: "hvm",
    Hypervisor: "xen",
    EnaSupport: true,
    SriovNetSupport: "simple",
    RootDeviceName: rootDevice,
    RootDeviceType: "ebs",
    PlatformDetails: "Linux/UNIX",
    UsageOperation: "RunInstances",
    BlockDeviceMappings: [
      {
        DeviceName: rootDevice,
        Ebs: {
          DeleteOnTermination: true,
          SnapshotId: snapshotOf(image.imageId),
          VolumeSize: image.diskGiB,
          VolumeType: "gp3",
          Encrypted: false,
        },
      },
    ],
    Tags: tags,
  };
}

const filters: FilterFields<Image> = {
  // They are built, neither copied nor made of an instance, and nobody marks or scans them.
  ...absent(
    "image-watermark.source-image-creation-time",
    "image-watermark.source-image-id",
    "image-watermark.source-image-region",
    "image-watermark.watermark-creation-time",
    "image-watermark.watermark-key",
    "kernel-id",
    "owner-alias",
    "platform",
    "product-code",
    "product-code.type",
    "ramdisk-id",
    "scan-result.critical-fix-available-since",
    "scan-result.finding-scan-date",
    "scan-result.high-fix-available-since",
    "scan-result.highest-finding-severity-label",
    "scan-result.informational-fix-available-since",
    "scan-result.low-fix-available-since",
    "scan-result.medium-fix-available-since",
    "source-image-id",
    "source-image-region",
    "source-instance-id",
    "state-reason-code",
    "state-reason-message",
  ),
  architecture: (image) => image.Architecture,
  "block-device-mapping.delete-on-termination": () => true,
  "block-device-mapping.device-name": () => rootDevice,
  "block-device-mapping.volume-size": (image) => image.BlockDeviceMappings?.[0]?.Ebs?.VolumeSize,
  "block-device-mapping.volume-type": (image) => image.BlockDeviceMappings?.[0]?.Ebs?.VolumeType,
  "block-device-mapping.encrypted": () => false,
  "block-device-mapping.snapshot-id": (image) => image.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId,
  "creation-date": (image) => image.CreationDate,
  description: (image) => image.Description,
  "ena-support": (image) => image.EnaSupport,
  hypervisor: (image) => image.Hypervisor,
  "image-id": (image) => image.ImageId,
  "image-type": (image) => image.ImageType,
  "is-public": (image) => image.Public,
  "manifest-location": (image) => image.ImageLocation,
  name: (image) => image.Name,
  "owner-id": (image) => image.OwnerId,
  "root-device-name": (image) => image.RootDeviceName,
  "root-device-type": (image) => image.RootDeviceType,
  state: (image) => image.State,
  "sriov-net-support": (image) => image.SriovNetSupport,
  "virtualization-type": (image) => image.VirtualizationType,
};

export const images: Actions = {
  DescribeImages: list({
    // All images are public, and none is deprecated or disabled.
    inputs: {
      ...{ ImageIds: true, Owners: true, IncludeDeprecated: true, IncludeDisabled: true, ...filtered },
      ExecutableUsers: only("all"),
    },
    select: (state, { ImageIds: ids, Owners: owners }, environment) => {
      const asked = ids === undefined ? environment.driver.images() : findImages(environment, ids);
      const wanted = owners?.map((owner) => (owner === "self" ? accountId : owner));
      const owned = asked.filter(({ ownerId }) => wanted?.includes(ownerId) ?? true);
      return owned.map((image) => describeImage(image, tagListOrNone(state, image.imageId)));
    },
    output: "Images",
    idOf,
    tags: (image, state) => tagsOf(state, idOf(image)),
    filters,
    limits: { smallest: 1, largest: 1000 },
    render: (_state, image) => image,
  }),
};

function idOf({ ImageId = "" }: Image): string {
  return ImageId;
}
