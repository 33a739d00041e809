import type { Image } from "@aws-sdk/client-ec2";
import { Ec2Error } from "../core/errors";
import { applyFilters, type FilterFields } from "../core/filters";
import { accountId, type Environment, type Family } from "../core/handlers";
import { checkId } from "../core/ids";
import { page } from "../core/pages";
import type { Tag } from "../core/state";
import { tagListOrNone, tagsOf } from "../core/tags";
import type { DriverImage } from "../driver";

/** As Debian's images have it. */
export const rootDevice = "/dev/xvda";

/** @throws Ec2Error InvalidAMIID.NotFound or .Malformed. */
export function findImage({ driver }: Environment, id: string): DriverImage {
  checkId("image", id);
  const image = driver.images().find((candidate) => candidate.imageId === id);
  if (image === undefined) throw new Ec2Error("InvalidAMIID.NotFound", `The image id '[${id}]' does not exist`);
  return image;
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
          // The embedded EC2 has no snapshots, but clients expect the image's root device to name one.
          SnapshotId: image.imageId.replace(/^ami-/, "snap-"),
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
  architecture: (image) => image.Architecture,
  "block-device-mapping.delete-on-termination": () => true,
  "block-device-mapping.device-name": () => rootDevice,
  "block-device-mapping.volume-size": (image) => image.BlockDeviceMappings?.[0]?.Ebs?.VolumeSize,
  "block-device-mapping.volume-type": (image) => image.BlockDeviceMappings?.[0]?.Ebs?.VolumeType,
  "block-device-mapping.encrypted": () => false,
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
  "owner-alias": () => undefined,
  platform: () => undefined,
  "root-device-name": (image) => image.RootDeviceName,
  "root-device-type": (image) => image.RootDeviceType,
  state: (image) => image.State,
  "sriov-net-support": (image) => image.SriovNetSupport,
  "virtualization-type": (image) => image.VirtualizationType,
};

export const images: Family = {
  reads: {
    DescribeImages(state, input, environment) {
      const ids = input.ImageIds;
      const asked = ids?.map((id) => findImage(environment, id)) ?? environment.driver.images();
      const owners = input.Owners?.map((owner) => (owner === "self" ? accountId : owner));
      const owned = asked.filter((image) => owners === undefined || owners.includes(image.ownerId));
      const described = owned.map((image) => describeImage(image, tagListOrNone(state, image.imageId)));
      const tags = (image: Image): readonly Tag[] => tagsOf(state, image.ImageId ?? "");
      const found = applyFilters(described, input.Filters, filters, tags);
      const { items, nextToken } = page(found, (image) => image.ImageId ?? "", input, 1);
      return { Images: items, NextToken: nextToken };
    },
  },
};
