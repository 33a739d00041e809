import type { BlockDeviceMapping, Volume, VolumeType } from "@aws-sdk/client-ec2";
import type { Properties, Value } from "../../../plugin/properties";
import { fields, flag, integer, text } from "../../resource";
import type { Schema } from "../../../plugin/schema";

/** Volumes besides the root that are made with the instance. As with the official provider, no change of one keeps the instance. */
export const ebsBlockDevice: Schema = {
  deleteOnTermination: { type: "boolean", computed: true, replaces: true },
  deviceName: { type: "string", required: true, replaces: true },
  encrypted: { type: "boolean", computed: true, replaces: true },
  volumeSize: { type: "integer", computed: true, replaces: true },
  volumeType: { type: "string", computed: true, replaces: true },
};

export function requestDevices(inputs: Properties): BlockDeviceMapping[] {
  return devices(inputs.ebsBlockDevices).map((device) => ({
    DeviceName: text(device.deviceName),
    Ebs: {
      // EC2's own default for these is false, the provider's is true.
      DeleteOnTermination: flag(device.deleteOnTermination) ?? true,
      Encrypted: flag(device.encrypted),
      VolumeSize: integer(device.volumeSize),
      VolumeType: text(device.volumeType) as VolumeType | undefined,
    },
  }));
}

export function describeDevice(
  mapping: BlockDeviceMapping & { Ebs?: { VolumeId?: string } },
  volume?: Volume,
): Properties {
  return {
    deleteOnTermination: mapping.Ebs?.DeleteOnTermination ?? true,
    deviceName: mapping.DeviceName ?? null,
    encrypted: volume?.Encrypted ?? false,
    iops: volume?.Iops ?? null,
    kmsKeyId: volume?.KmsKeyId ?? "",
    throughput: volume?.Throughput ?? null,
    volumeId: mapping.Ebs?.VolumeId ?? null,
    volumeSize: volume?.Size ?? null,
    volumeType: volume?.VolumeType ?? null,
  };
}

function devices(value: Value | undefined): Properties[] {
  return Array.isArray(value) ? value.map((device) => fields(device) ?? {}) : [];
}
