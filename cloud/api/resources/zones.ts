import type { AvailabilityZone } from "@aws-sdk/client-ec2";
import { list } from "../core/describe";
import { invalidParameterValue, unknownAttribute } from "../core/errors";
import { absent } from "../core/filters";
import { read, type Actions } from "../core/handlers";

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

/** The parts of a list that a request names, or all of it. @throws Ec2Error InvalidParameterValue for a name that there is not. */
function named<T>(
  items: readonly T[],
  names: readonly string[] | undefined,
  nameOf: (item: T) => unknown,
  what: string,
) {
  const wrong = names?.find((name) => !items.some((item) => nameOf(item) === name));
  if (wrong !== undefined) throw invalidParameterValue(`Invalid ${what}: [${wrong}]`);
  return items.filter((item) => names?.includes(String(nameOf(item))) ?? true);
}

export const zones: Actions = {
  DescribeAvailabilityZones: list({
    // There is no zone and no region that one has not opted in to.
    inputs: { ZoneNames: true, ZoneIds: true, AllAvailabilityZones: true, Filters: true },
    select: (_state, { ZoneNames: names, ZoneIds: ids }, { region }) => {
      const all = zoneNames(region).map((zone) => describeZone(region, zone));
      const byName = named(all, names, ({ ZoneName }) => ZoneName, "availability zone");
      const byId = named(all, ids, ({ ZoneId }) => ZoneId, "availability zone-id");
      return byName.filter((zone) => byId.includes(zone));
    },
    output: "AvailabilityZones",
    idOf: ({ ZoneName = "" }) => ZoneName,
    filters: {
      "zone-name": (zone) => zone.ZoneName,
      "zone-id": (zone) => zone.ZoneId,
      "zone-type": (zone) => zone.ZoneType,
      "region-name": (zone) => zone.RegionName,
      "group-name": (zone) => zone.GroupName,
      "network-border-group": (zone) => zone.NetworkBorderGroup,
      "opt-in-status": (zone) => zone.OptInStatus,
      state: (zone) => zone.State,
      ...absent("message", "parent-zone-id", "parent-zone-name"),
    },
    render: (_state, zone) => zone,
  }),

  DescribeRegions: list({
    inputs: { RegionNames: true, AllRegions: true, Filters: true },
    select: (_state, { RegionNames: names }, { region }) => {
      const only = { RegionName: region, Endpoint: `ec2.${region}.amazonaws.com`, OptInStatus: "opt-in-not-required" };
      return named([only], names, ({ RegionName }) => RegionName, "region name");
    },
    output: "Regions",
    idOf: ({ RegionName }) => RegionName,
    filters: {
      "region-name": (item) => item.RegionName,
      endpoint: (item) => item.Endpoint,
      "opt-in-status": (item) => item.OptInStatus,
    },
    render: (_state, item) => item,
  }),

  DescribeAccountAttributes: read({ AttributeNames: true }, (_state, input) => {
    const all: Record<string, string> = {
      "supported-platforms": "VPC",
      "default-vpc": "none",
      "max-instances": "20",
      "vpc-max-security-groups-per-interface": "5",
      "max-elastic-ips": "5",
      "vpc-max-elastic-ips": "5",
    };
    const names: readonly string[] = input.AttributeNames ?? Object.keys(all);
    return {
      AccountAttributes: names.map((name) => {
        if (!Object.hasOwn(all, name)) throw unknownAttribute(name);
        return { AttributeName: name as "default-vpc", AttributeValues: [{ AttributeValue: all[name] }] };
      }),
    };
  }),
};
