import type { Instance } from "@aws-sdk/client-ec2";
import type { Properties, Value } from "../../../plugin/properties";
import type { AwsOperation } from "../../resource";
import { fromTags } from "../../tags";
import { describeDevice } from "./ebsDevices";
import { findInstance } from "./state";
import { decodeUserData } from "./userData";

export async function readInstance(
  id: string,
  state: Properties,
  context: AwsOperation,
): Promise<Properties | undefined> {
  const found = await findInstance(id, context);
  if (!found || found.State?.Name === "terminated") return undefined;
  const primary = found.NetworkInterfaces?.find((each) => each.Attachment?.DeviceIndex === 0);
  const others = primary?.PrivateIpAddresses?.filter((each) => !each.Primary) ?? [];
  const { root, others: ebsBlockDevices } = await readDisks(found, context);
  return {
    ami: found.ImageId ?? null,
    arn: context.arn(`instance/${id}`, primary?.OwnerId),
    associatePublicIpAddress: hasPublicAddress(found, state.associatePublicIpAddress),
    availabilityZone: found.Placement?.AvailabilityZone ?? null,
    ebsBlockDevices,
    ebsOptimized: found.EbsOptimized ?? false,
    instanceState: found.State?.Name ?? null,
    instanceType: found.InstanceType ?? null,
    keyName: found.KeyName ?? "",
    metadataOptions: metadataOf(found),
    monitoring: ["enabled", "pending"].includes(found.Monitoring?.State ?? ""),
    primaryNetworkInterfaceId: primary?.NetworkInterfaceId ?? null,
    privateDns: found.PrivateDnsName ?? "",
    privateIp: primary?.PrivateIpAddress ?? found.PrivateIpAddress ?? null,
    publicDns: found.PublicDnsName ?? "",
    publicIp: found.PublicIpAddress ?? "",
    ...(root && { rootBlockDevice: root.device }),
    secondaryPrivateIps: others.flatMap((each) => (each.PrivateIpAddress ? [each.PrivateIpAddress] : [])),
    sourceDestCheck: found.SourceDestCheck ?? primary?.SourceDestCheck ?? true,
    subnetId: found.SubnetId ?? null,
    tenancy: found.Placement?.Tenancy ?? null,
    userData: (await readUserData(id, context)) ?? null,
    // Other tools tag volumes too: without `volumeTags` they are none of the program's business.
    ...(state.volumeTags !== undefined && state.volumeTags !== null && { volumeTags: fromTags(root?.tags) }),
    vpcSecurityGroupIds: (primary?.Groups ?? found.SecurityGroups ?? [])
      .flatMap(({ GroupId }) => (GroupId ? [GroupId] : []))
      .sort(),
    tagsAll: fromTags(found.Tags),
  };
}

/** A machine that is not running has no public address, which says nothing about whether it should have one. */
function hasPublicAddress(found: Instance, known: Value | undefined): Value {
  if (found.State?.Name !== "running" && typeof known === "boolean") return known;
  return Boolean(found.PublicIpAddress);
}

function metadataOf({ MetadataOptions: options }: Instance): Value {
  if (!options) return null;
  return {
    httpEndpoint: options.HttpEndpoint ?? null,
    httpPutResponseHopLimit: options.HttpPutResponseHopLimit ?? null,
    httpTokens: options.HttpTokens ?? null,
    instanceMetadataTags: options.InstanceMetadataTags ?? null,
  };
}

async function readUserData(id: string, { ec2 }: AwsOperation): Promise<string | undefined> {
  return decodeUserData(
    (await ec2.describeInstanceAttribute({ InstanceId: id, Attribute: "userData" })).UserData?.Value,
  );
}

/** Disks: in part a matter of the instance, in part of the volumes. */
async function readDisks(found: Instance, { ec2 }: AwsOperation) {
  const mappings = found.BlockDeviceMappings ?? [];
  const ids = mappings.flatMap(({ Ebs }) => (Ebs?.VolumeId === undefined ? [] : [Ebs.VolumeId]));
  if (ids.length === 0) return { others: [] };
  const { Volumes = [] } = await ec2.describeVolumes({ VolumeIds: ids });
  const volumeOf = (id: string | undefined) => Volumes.find(({ VolumeId }) => VolumeId === id);
  const root = mappings.find(({ DeviceName }) => DeviceName === found.RootDeviceName);
  return {
    ...(root && {
      root: { device: describeDevice(root, volumeOf(root.Ebs?.VolumeId)), tags: volumeOf(root.Ebs?.VolumeId)?.Tags },
    }),
    others: mappings
      .filter((mapping) => mapping !== root)
      .map((mapping) => describeDevice(mapping, volumeOf(mapping.Ebs?.VolumeId))),
  };
}
