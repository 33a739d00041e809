import type { ModifyInstanceAttributeCommandInput, VolumeType } from "@aws-sdk/client-ec2";
import type { Properties } from "../../../plugin/properties";
import type { Change } from "../../../plugin/provider";
import { fields, flag, integer, text, texts, type AwsOperation } from "../../resource";
import { fromTags, updateTags } from "../../tags";
import { until } from "../../waiting";
import { metadataOf } from "./launch";
import { findInstance, reach } from "./state";
import { encodeUserData } from "./userData";

/** What can be changed only while the machine is stopped. */
export const needsStop = ({ property }: Change) => ["instanceType", "userData"].includes(property);

export async function changeInstance(
  id: string,
  inputs: Properties,
  changes: readonly Change[],
  context: AwsOperation,
): Promise<void> {
  const changed = (path: string) => changes.some((each) => each.path === path || each.property === path);
  const modify = (attribute: Omit<ModifyInstanceAttributeCommandInput, "InstanceId">) =>
    context.ec2.modifyInstanceAttribute({ InstanceId: id, ...attribute });

  // One whose launch was interrupted.
  if ((await findInstance(id, context))?.State?.Name === "pending") await reach(id, "running", context);

  if (changed("sourceDestCheck")) await modify({ SourceDestCheck: { Value: flag(inputs.sourceDestCheck) } });
  if (changed("vpcSecurityGroupIds")) await changeGroups(id, inputs, context);
  if (changed("metadataOptions")) await changeMetadataOptions(id, inputs, context);
  if (changes.some(({ path }) => /^rootBlockDevice\.volume/.test(path))) await changeVolume(id, inputs, context);
  if (changed("rootBlockDevice.deleteOnTermination")) {
    const DeviceName = (await findInstance(id, context))?.RootDeviceName;
    const DeleteOnTermination = flag(fields(inputs.rootBlockDevice)?.deleteOnTermination);
    await modify({ BlockDeviceMappings: [{ DeviceName, Ebs: { DeleteOnTermination } }] });
  }
  if (changed("volumeTags")) await changeVolumeTags(id, inputs, context);

  if (!changes.some(needsStop)) return;
  await context.ec2.stopInstances({ InstanceIds: [id] });
  await reach(id, "stopped", context);
  if (changed("instanceType")) await modify({ InstanceType: { Value: text(inputs.instanceType) } });
  if (changed("userData")) {
    const value = Buffer.from(encodeUserData(text(inputs.userData) ?? ""), "base64");
    await modify({ UserData: { Value: value } });
  }
  await context.ec2.startInstances({ InstanceIds: [id] });
  await reach(id, "running", context);
}

/** Groups belong to the interface: a machine with several refuses a change through the instance. */
async function changeGroups(id: string, inputs: Properties, context: AwsOperation) {
  const interfaces = (await findInstance(id, context))?.NetworkInterfaces ?? [];
  const primary = interfaces.find((each) => each.Attachment?.DeviceIndex === 0);
  const request = { NetworkInterfaceId: primary?.NetworkInterfaceId, Groups: texts(inputs.vpcSecurityGroupIds) };
  await context.ec2.modifyNetworkInterfaceAttribute(request);
}

async function changeMetadataOptions(id: string, inputs: Properties, context: AwsOperation) {
  const wanted = metadataOf(inputs.metadataOptions);
  await context.ec2.modifyInstanceMetadataOptions({ InstanceId: id, ...wanted });
  await until(`the metadata options of EC2 Instance (${id}) to be applied`, context.stop, async () =>
    (await findInstance(id, context))?.MetadataOptions?.State === "pending" ? undefined : true,
  );
}

async function rootVolumeOf(id: string, context: AwsOperation): Promise<string> {
  const found = await findInstance(id, context);
  const mapping = found?.BlockDeviceMappings?.find(({ DeviceName }) => DeviceName === found.RootDeviceName);
  if (mapping?.Ebs?.VolumeId === undefined) throw new Error("it has no root volume");
  return mapping.Ebs.VolumeId;
}

async function changeVolume(id: string, inputs: Properties, context: AwsOperation) {
  const VolumeId = await rootVolumeOf(id, context);
  const { volumeSize, volumeType } = fields(inputs.rootBlockDevice) ?? {};
  await context.ec2.modifyVolume({ VolumeId, Size: integer(volumeSize), VolumeType: text(volumeType) as VolumeType });
  await until(`EC2 Volume (${VolumeId}) to be modified`, context.stop, async () => {
    const [modification] =
      (await context.ec2.describeVolumesModifications({ VolumeIds: [VolumeId] })).VolumesModifications ?? [];
    if (modification?.ModificationState === "failed") {
      throw new Error(`ModifyVolume: ${modification.StatusMessage ?? "the modification failed"}`);
    }
    // While it is optimized, it has its new size already.
    return ["optimizing", "completed"].includes(modification?.ModificationState ?? "completed") ? true : undefined;
  });
}

async function changeVolumeTags(id: string, inputs: Properties, context: AwsOperation) {
  const volumeId = await rootVolumeOf(id, context);
  const { Volumes } = await context.ec2.describeVolumes({ VolumeIds: [volumeId] });
  await updateTags(volumeId, fromTags(Volumes?.[0]?.Tags), inputs.volumeTags, context);
}
