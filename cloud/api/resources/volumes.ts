import type { Volume as SdkVolume } from "@aws-sdk/client-ec2";
import { applyFilters, type FilterFields } from "../core/filters";
import { filtered } from "../core/handled";
import type { Family } from "../core/handlers";
import { page } from "../core/pages";
import type { State, Volume } from "../core/state";
import { tagListOrNone, tagsOf } from "../core/tags";
import { rootDevice, snapshotOf } from "./images";
import { selectByIds } from "./select";
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

const filters = (state: State): FilterFields<Volume> => ({
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
  "snapshot-id": (volume) => describeVolume(state, volume).SnapshotId,
  encrypted: (volume) => volume.encrypted,
  size: (volume) => volume.sizeGiB,
  status: () => "in-use",
  "volume-type": (volume) => volume.type,
});

export const volumes: Family = {
  // None is managed by a service.
  inputs: { DescribeVolumes: { VolumeIds: true, IncludeManagedResources: true, ...filtered } },

  reads: {
    DescribeVolumes(state, input) {
      const asked = selectByIds("volume", state.volumes, input.VolumeIds);
      const found = applyFilters(asked, input.Filters, filters(state), (volume) => tagsOf(state, volume.id));
      const { items, nextToken } = page(found, (volume) => volume.id, input);
      return { Volumes: items.map((volume) => describeVolume(state, volume)), NextToken: nextToken };
    },
  },
};
