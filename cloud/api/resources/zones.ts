import type { AvailabilityZone } from "@aws-sdk/client-ec2";
import { invalidParameterValue } from "../core/errors";
import { applyFilters } from "../core/filters";
import type { Family } from "../core/handlers";

/** The embedded EC2 has three zones, whatever its region is called. */
const letters = ["a", "b", "c"] as const;

export function zoneNames(region: string): string[] {
  return letters.map((letter) => `${region}${letter}`);
}

/** AWS's short form: `us-east-1b` is `use1-az2`. */
export function zoneId(zone: string): string {
  const region = zone.slice(0, -1);
  const [area = "", direction = "", number = ""] = region.split("-");
  const short = direction.replace(/north|south|east|west|central/g, (word) => word.charAt(0));
  return `${area}${short}${number}-az${letters.indexOf(zone.slice(-1) as (typeof letters)[number]) + 1}`;
}

/** The zone that a request names by name or id; the first one when it names none. */
export function chooseZone(region: string, name: string | undefined, id: string | undefined): string {
  const zones = zoneNames(region);
  const matching = zones.filter((zone) => zone === (name ?? zone) && (id === undefined || zoneId(zone) === id));
  const [zone] = matching;
  if (zone === undefined) {
    throw invalidParameterValue(
      `Value (${[name, id].filter((text) => text !== undefined).join(" and ")}) for parameter availabilityZone is invalid. ` +
        `Subnets can currently only be created in the following availability zones: ${zones.join(", ")}.`,
    );
  }
  return zone;
}

const describeZone = (region: string, zone: string): AvailabilityZone => ({
  ZoneName: zone,
  ZoneId: zoneId(zone),
  RegionName: region,
  State: "available",
  OptInStatus: "opt-in-not-required",
  ZoneType: "availability-zone",
  GroupName: `${region}-zg-1`,
  NetworkBorderGroup: region,
  Messages: [],
});

export const zones: Family = {
  inputs: {
    // There is no zone and no region that one has not opted in to.
    DescribeAvailabilityZones: { ZoneNames: true, ZoneIds: true, AllAvailabilityZones: true, Filters: true },
    DescribeRegions: { RegionNames: true, AllRegions: true, Filters: true },
    DescribeAccountAttributes: { AttributeNames: true },
  },

  reads: {
    DescribeAvailabilityZones(_state, input, { region }) {
      const all = zoneNames(region).map((zone) => describeZone(region, zone));
      for (const name of input.ZoneNames ?? []) {
        if (!all.some((zone) => zone.ZoneName === name)) {
          throw invalidParameterValue(`Invalid availability zone: [${name}]`);
        }
      }
      for (const id of input.ZoneIds ?? []) {
        if (!all.some((zone) => zone.ZoneId === id)) {
          throw invalidParameterValue(`Invalid availability zone-id: [${id}]`);
        }
      }
      const asked = all.filter(
        (zone) =>
          (input.ZoneNames === undefined || input.ZoneNames.includes(zone.ZoneName ?? "")) &&
          (input.ZoneIds === undefined || input.ZoneIds.includes(zone.ZoneId ?? "")),
      );
      return {
        AvailabilityZones: applyFilters(asked, input.Filters, {
          "zone-name": (zone) => zone.ZoneName,
          "zone-id": (zone) => zone.ZoneId,
          "zone-type": (zone) => zone.ZoneType,
          "region-name": (zone) => zone.RegionName,
          "group-name": (zone) => zone.GroupName,
          "network-border-group": (zone) => zone.NetworkBorderGroup,
          "opt-in-status": (zone) => zone.OptInStatus,
          state: (zone) => zone.State,
          message: () => [],
          "parent-zone-id": () => undefined,
          "parent-zone-name": () => undefined,
        }),
      };
    },

    DescribeRegions(_state, input, { region }) {
      for (const name of input.RegionNames ?? []) {
        if (name !== region) throw invalidParameterValue(`Invalid region name: [${name}]`);
      }
      const all = [{ RegionName: region, Endpoint: `ec2.${region}.amazonaws.com`, OptInStatus: "opt-in-not-required" }];
      return {
        Regions: applyFilters(all, input.Filters, {
          "region-name": (item) => item.RegionName,
          endpoint: (item) => item.Endpoint,
          "opt-in-status": (item) => item.OptInStatus,
        }),
      };
    },

    DescribeAccountAttributes(_state, input) {
      const all: Record<string, string[]> = {
        "supported-platforms": ["VPC"],
        "default-vpc": ["none"],
        "max-instances": ["20"],
        "vpc-max-security-groups-per-interface": ["5"],
        "max-elastic-ips": ["5"],
        "vpc-max-elastic-ips": ["5"],
      };
      const names: readonly string[] = input.AttributeNames ?? Object.keys(all);
      return {
        AccountAttributes: names.map((name) => {
          const values = Object.hasOwn(all, name) ? all[name] : undefined;
          if (values === undefined) {
            throw invalidParameterValue(`Value (${name}) for parameter attribute is invalid. Unknown attribute.`);
          }
          return {
            AttributeName: name as "default-vpc",
            AttributeValues: values.map((AttributeValue) => ({ AttributeValue })),
          };
        }),
      };
    },
  },
};
