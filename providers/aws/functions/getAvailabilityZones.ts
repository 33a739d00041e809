import { common, flag, texts } from "../resource";
import { filters, filtersOf } from "./filters";
import type { AwsFunction } from "./function";

/** https://www.pulumi.com/registry/packages/aws/api-docs/getavailabilityzones */
export const getAvailabilityZones: AwsFunction = {
  args: {
    ...common,
    filters,
    allAvailabilityZones: { type: "boolean" },
    excludeNames: { type: "string set" },
    excludeZoneIds: { type: "string set" },
    state: { type: "string", values: ["available", "information", "impaired", "unavailable"] },
  },

  async call(args, { ec2, region }) {
    const excluded = [...(texts(args.excludeNames) ?? []), ...(texts(args.excludeZoneIds) ?? [])];
    const { AvailabilityZones = [] } = await ec2.describeAvailabilityZones({
      AllAvailabilityZones: flag(args.allAvailabilityZones),
      Filters: filtersOf(args, { state: args.state }),
    });
    const zones = AvailabilityZones.filter(
      ({ ZoneName = "", ZoneId = "" }) => !excluded.includes(ZoneName) && !excluded.includes(ZoneId),
    ).sort((a, b) => ((a.ZoneName ?? "") < (b.ZoneName ?? "") ? -1 : 1));
    const groups = zones.flatMap(({ GroupName }) => (GroupName ? [GroupName] : []));
    return {
      groupNames: [...new Set(groups)],
      id: region,
      names: zones.map(({ ZoneName }) => ZoneName ?? ""),
      region,
      zoneIds: zones.map(({ ZoneId }) => ZoneId ?? ""),
    };
  },
};
