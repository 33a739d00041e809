import type { RunInstancesCommandInput, VolumeType, _InstanceType } from "@aws-sdk/client-ec2";
import type { Properties, Value } from "../../../plugin/properties";
import { fields, flag, integer, text, texts, type AwsOperation } from "../../resource";
import { tagSpecifications } from "../../tags";
import { whileUnknown } from "../../waiting";
import { requestDevices } from "./ebsDevices";
import { encodeUserData } from "./userData";
import { reach } from "./state";

export async function launch(inputs: Properties, context: AwsOperation, made: (id: string) => void): Promise<void> {
  const { Instances } = await context.ec2.runInstances(await requestOf(inputs, context));
  const id = Instances?.[0]?.InstanceId ?? "";
  made(id);
  // Turned off at once, so that the machine can forward from its first boot on.
  if (inputs.sourceDestCheck === false) {
    await whileUnknown(context.stop, () =>
      context.ec2.modifyInstanceAttribute({ InstanceId: id, SourceDestCheck: { Value: false } }),
    );
  }
  await reach(id, "running", context);
}

async function requestOf(inputs: Properties, context: AwsOperation): Promise<RunInstancesCommandInput> {
  const userData = text(inputs.userData);
  const zone = text(inputs.availabilityZone);
  const mappings = [
    ...(fields(inputs.rootBlockDevice) ? [await rootOf(inputs, context)] : []),
    ...requestDevices(inputs),
  ];
  const specifications = [
    ...(tagSpecifications("instance", inputs.tagsAll) ?? []),
    ...(tagSpecifications("volume", inputs.volumeTags) ?? []),
  ];
  return {
    MinCount: 1,
    MaxCount: 1,
    ImageId: text(inputs.ami),
    InstanceType: text(inputs.instanceType) as _InstanceType,
    KeyName: text(inputs.keyName),
    ...(zone !== undefined && { Placement: { AvailabilityZone: zone } }),
    ...networkOf(inputs),
    ...(userData && { UserData: encodeUserData(userData) }),
    ...(fields(inputs.metadataOptions) && { MetadataOptions: metadataOf(inputs.metadataOptions) }),
    ...(mappings.length > 0 && { BlockDeviceMappings: mappings }),
    ...(specifications.length > 0 && { TagSpecifications: specifications }),
  };
}

/** The public address is a matter of the interface; without it, the short form leaves the choice to the subnet. */
function networkOf(inputs: Properties): Partial<RunInstancesCommandInput> {
  const [SubnetId, PrivateIpAddress] = [text(inputs.subnetId), text(inputs.privateIp)];
  const groups = texts(inputs.vpcSecurityGroupIds);
  const AssociatePublicIpAddress = flag(inputs.associatePublicIpAddress);
  if (AssociatePublicIpAddress === undefined) return { SubnetId, PrivateIpAddress, SecurityGroupIds: groups };
  const primary = { DeviceIndex: 0, SubnetId, PrivateIpAddress, Groups: groups, AssociatePublicIpAddress };
  return { NetworkInterfaces: [{ ...primary, DeleteOnTermination: true }] };
}

export function metadataOf(options: Value | undefined) {
  const { httpEndpoint, httpTokens, httpPutResponseHopLimit, instanceMetadataTags } = fields(options) ?? {};
  return {
    HttpEndpoint: text(httpEndpoint) as "enabled" | "disabled" | undefined,
    HttpTokens: text(httpTokens) as "optional" | "required" | undefined,
    HttpPutResponseHopLimit: integer(httpPutResponseHopLimit),
    InstanceMetadataTags: text(instanceMetadataTags) as "enabled" | "disabled" | undefined,
  };
}

/** The root disk goes by the name that the image gives it. */
async function rootOf(inputs: Properties, { ec2 }: AwsOperation) {
  const ami = text(inputs.ami) ?? "";
  const { Images } = await ec2.describeImages({ ImageIds: [ami] });
  const name = Images?.[0]?.RootDeviceName;
  if (name === undefined) throw new Error(`DescribeImages: the image ${ami} has no root device`);
  const root = fields(inputs.rootBlockDevice) ?? {};
  return {
    DeviceName: name,
    Ebs: {
      DeleteOnTermination: flag(root.deleteOnTermination),
      Encrypted: flag(root.encrypted),
      VolumeSize: integer(root.volumeSize),
      VolumeType: text(root.volumeType) as VolumeType | undefined,
    },
  };
}
