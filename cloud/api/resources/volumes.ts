import type { Volume as SdkVolume } from "@aws-sdk/client-ec2";
import { describe } from "../core/describe";
import type { FilterFields } from "../core/filters";
import type { Actions } from "../core/handlers";
import type { State, Volume } from "../core/state";
import { tagListOrNone } from "../core/tags";
import { rootDevice, snapshotOf } from "./images";
import { zoneId } from "./zones";

function describeVolume(state: State, volume: Volume): SdkVolume {
  const instance = state.instances[volume.instanceId];
  return {
    VolumeId: volume.id,
    AvailabilityZone: volume.zone,
    Attachments: [
      {
        VolumeId: volume.id,
        InstanceId: volume.instanceId,
        Device: volume.device,
        State: "attached",
        AttachTime: new Date(volume.createTime),
        DeleteOnTermination: volume.deleteOnTermination,
      },
    ],
    CreateTime: new Date(volume.createTime),
    Encrypted: volume.encrypted,
    Iops: volume.iops,
    MultiAttachEnabled: false,
    Size: volume.sizeGiB,
    SnapshotId: volume.device === rootDevice && instance !== undefined ? snapshotOf(instance.imageId) : undefined,
    State: "in-use",
    Throughput: volume.throughput,
    VolumeType: volume.type as "gp3",
    Tags: tagListOrNone(state, volume.id),
  };
}

const filters: FilterFields<Volume> = {
  "volume-id": (volume) => volume.id,
  "attachment.instance-id": (volume) => volume.instanceId,
  "attachment.attach-time": (volume) => volume.createTime,
  "attachment.device": (volume) => volume.device,
  "attachment.status": () => "attached",
  "attachment.delete-on-termination": (volume) => volume.deleteOnTermination,
  "availability-zone": (volume) => volume.zone,
  "create-time": (volume) => volume.createTime,
  "availability-zone-id": (volume) => zoneId(volume.zone),
  "fast-restored": () => false,
  "multi-attach-enabled": () => false,
  "snapshot-id": (volume, state) => describeVolume(state, volume).SnapshotId,
  encrypted: (volume) => volume.encrypted,
  size: (volume) => volume.sizeGiB,
  status: () => "in-use",
  "volume-type": (volume) => volume.type,
};

export const volumes: Actions = {
  DescribeVolumes: describe("volume", "VolumeIds", {
    // None is managed by a service.
    inputs: { IncludeManagedResources: true },
    ...{ output: "Volumes", filters, render: describeVolume },
  }),
};
