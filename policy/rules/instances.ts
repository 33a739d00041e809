import { isWithin, objectOf, objectsOf, unknownValue, type Properties, type Resource } from "../resource";
import type { Rule } from "../rule";

const instance = "aws:ec2/instance:Instance";
const template = "aws:ec2/launchTemplate:LaunchTemplate";
const card = "aws:ec2/networkInterface:NetworkInterface";

export const sourceDestCheck: Rule = {
  name: "source-dest-check",
  level: "mandatory",
  reason:
    "EC2's source/destination check is off on nodes alone, since AWS drops their pods' packets else; on all others it keeps a machine from taking addresses that are not its own.",
  remedy: "Make nodes with LabInstance, which turns it off; leave sourceDestCheck out, or true, for everything else.",
  check: (resource) => {
    const { type, props } = resource;
    if (type !== instance && type !== card) return [];
    const isOff = props.sourceDestCheck === false;
    const isNode = isWithin(resource, "hardway:index:LabInstance");
    if (isOff && !isNode) return ["sourceDestCheck is off, and this is no node."];
    if (!isOff && isNode && props.sourceDestCheck !== unknownValue)
      return ["sourceDestCheck is on, and this is a node."];
    return [];
  },
};

export const imdsv2: Rule = {
  name: "imdsv2",
  level: "mandatory",
  reason:
    "The metadata service must ask for a token (IMDSv2): else a program that fetches any URL hands out credentials.",
  remedy: 'Set metadataOptions.httpTokens to "required", or httpEndpoint to "disabled".',
  check: ({ type, props }) => {
    if (type !== instance && type !== template) return [];
    if (props.metadataOptions === unknownValue) return [];
    const { httpTokens, httpEndpoint } = objectOf(props.metadataOptions) ?? {};
    const isSafe = httpTokens === unknownValue || httpTokens === "required" || httpEndpoint === "disabled";
    return isSafe ? [] : [`metadataOptions.httpTokens is ${shown(httpTokens)}.`];
  },
};

export const encryptedVolumes: Rule = {
  name: "encrypted-volumes",
  level: "mandatory",
  reason: "Volumes must be encrypted: images, secrets and etcd's data are on them, and on every snapshot.",
  remedy: "Set encrypted to true for it. An existing volume is replaced by that; move what is on it before.",
  check: (resource) =>
    volumes(resource)
      .filter(([, { encrypted }]) => encrypted !== true && encrypted !== "true" && encrypted !== unknownValue)
      .map(([what, { encrypted }]) => `encrypted of ${what} is ${shown(encrypted)}.`),
};

/** Volumes that a resource makes, with what they are called. */
function volumes({ type, props }: Resource): (readonly [string, Properties])[] {
  switch (type) {
    case instance: {
      // Without a block, the image decides, and images are mostly not encrypted.
      const root =
        props.rootBlockDevice === unknownValue
          ? []
          : [["the root volume", objectOf(props.rootBlockDevice) ?? {}] as const];
      const others = objectsOf(props.ebsBlockDevices);
      return [...root, ...others.map((each) => [`volume ${String(each.deviceName)}`, each] as const)];
    }
    case template:
      return objectsOf(props.blockDeviceMappings).flatMap((mapping) => {
        const ebs = objectOf(mapping.ebs);
        return ebs === undefined ? [] : [[`volume ${String(mapping.deviceName)}`, ebs] as const];
      });
    case "aws:ebs/volume:Volume":
      return [["the volume", props]];
    default:
      return [];
  }
}

function shown(value: unknown): string {
  return value === undefined ? "not set" : JSON.stringify(value);
}
