import type { BlockDeviceMapping, Image } from "@aws-sdk/client-ec2";
import type { Properties } from "../../plugin/properties";
import { common, flag, text, texts } from "../resource";
import { fromTags } from "../tags";
import { filters, filtersOf } from "./filters";
import type { AwsFunction } from "./function";

/** https://www.pulumi.com/registry/packages/aws/api-docs/ec2/getami */
export const getAmi: AwsFunction = {
  args: {
    ...common,
    filters,
    allowUnsafeFilter: { type: "boolean" },
    executableUsers: { type: "string[]" },
    includeDeprecated: { type: "boolean", default: false },
    mostRecent: { type: "boolean", default: false },
    nameRegex: { type: "string", format: regularExpression },
    owners: { type: "string[]" },
    tags: { type: "string{}" },
  },

  async call(args, { ec2, arn, region }) {
    refuseUnsafe(args);
    const { Images = [] } = await ec2.describeImages({
      ExecutableUsers: texts(args.executableUsers),
      Filters: filtersOf(args),
      IncludeDeprecated: flag(args.includeDeprecated),
      Owners: texts(args.owners),
    });
    const pattern = text(args.nameRegex);
    const matching = pattern ? Images.filter(({ Name = "" }) => new RegExp(pattern).test(Name)) : Images;
    if (matching.length === 0) {
      throw new Error("Your query returned no results. Please change your search criteria and try again.");
    }
    if (matching.length > 1 && args.mostRecent !== true) {
      throw new Error(
        "Your query returned more than one result. Please try a more specific search criteria, or set `mostRecent` attribute to true.",
      );
    }
    const image = matching.reduce((newest, each) => (createdAt(each) > createdAt(newest) ? each : newest));
    return { ...resultOf(image), arn: arn(`image/${image.ImageId}`, ""), region };
  },
};

const createdAt = ({ CreationDate }: Image) => Date.parse(CreationDate ?? "") || 0;

function regularExpression(value: string): string | undefined {
  try {
    new RegExp(value);
    return undefined;
  } catch {
    return "a regular expression";
  }
}

/** Anybody can publish an image under any name; the newest of all owners may be anything. */
function refuseUnsafe(args: Properties) {
  const names = ((args.filters ?? []) as { name: string }[]).map(({ name }) => name);
  const safe = texts(args.owners)?.length || names.some((name) => ["image-id", "owner-id"].includes(name));
  if (args.mostRecent !== true || safe || args.allowUnsafeFilter === true) return;
  throw new Error(
    "Most Recent Image Not Filtered: 'mostRecent' is true and the results are filtered neither by image id nor by owner; set 'owners', or set 'allowUnsafeFilter'",
  );
}

function resultOf(image: Image): Properties {
  const devices = image.BlockDeviceMappings ?? [];
  const root = devices.find(({ DeviceName }) => DeviceName === image.RootDeviceName);
  return {
    architecture: image.Architecture ?? "",
    blockDeviceMappings: devices.map(mappingOf),
    bootMode: image.BootMode ?? "",
    creationDate: image.CreationDate ?? "",
    deprecationTime: image.DeprecationTime ?? "",
    description: image.Description ?? "",
    enaSupport: image.EnaSupport ?? false,
    hypervisor: image.Hypervisor ?? "",
    id: image.ImageId ?? "",
    imageId: image.ImageId ?? "",
    imageLocation: image.ImageLocation ?? "",
    imageOwnerAlias: image.ImageOwnerAlias ?? "",
    imageType: image.ImageType ?? "",
    imdsSupport: image.ImdsSupport ?? "",
    kernelId: image.KernelId ?? "",
    lastLaunchedTime: image.LastLaunchedTime ?? "",
    name: image.Name ?? "",
    ownerId: image.OwnerId ?? "",
    platform: image.Platform ?? "",
    platformDetails: image.PlatformDetails ?? "",
    productCodes: [],
    public: image.Public ?? false,
    ramdiskId: image.RamdiskId ?? "",
    rootDeviceName: image.RootDeviceName ?? "",
    rootDeviceType: image.RootDeviceType ?? "",
    rootSnapshotId: root?.Ebs?.SnapshotId ?? "",
    sriovNetSupport: image.SriovNetSupport ?? "",
    state: image.State ?? "",
    stateReason: { code: image.StateReason?.Code ?? "", message: image.StateReason?.Message ?? "" },
    tags: fromTags(image.Tags),
    tpmSupport: image.TpmSupport ?? "",
    usageOperation: image.UsageOperation ?? "",
    virtualizationType: image.VirtualizationType ?? "",
  };
}

/** The official provider has all about a disk as texts, under Terraform's names. */
function mappingOf({ DeviceName, Ebs, NoDevice, VirtualName }: BlockDeviceMapping): Properties {
  const ebs: Properties = {};
  if (Ebs) {
    ebs.delete_on_termination = String(Ebs.DeleteOnTermination ?? false);
    ebs.encrypted = String(Ebs.Encrypted ?? false);
    ebs.iops = String(Ebs.Iops ?? 0);
    ebs.snapshot_id = Ebs.SnapshotId ?? "";
    ebs.throughput = String(Ebs.Throughput ?? 0);
    ebs.volume_size = String(Ebs.VolumeSize ?? 0);
    ebs.volume_type = Ebs.VolumeType ?? "";
  }
  return { deviceName: DeviceName ?? "", ebs, noDevice: NoDevice ?? "", virtualName: VirtualName ?? "" };
}
