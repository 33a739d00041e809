import { isUnknown, secretText, type Inputs, type PlannedChange } from "../engine/plannedChanges";

/** What stands for a value that is known only once something is made. */
export const knownLater = "known later";

/** A value in words. */
export function wordsOf(value: unknown): string {
  if (isUnknown(value)) return knownLater;
  if (value === undefined || value === null || value === "") return "(none)";
  if (value === secretText) return "(secret)";
  if (Array.isArray(value)) return value.map(wordsOf).join(", ");
  // oxlint-disable-next-line typescript/no-base-to-string -- a text, a number or a boolean
  if (typeof value !== "object") return String(value);
  return "volumeSize" in value ? diskWords(value) : JSON.stringify(value);
}

/** `20 GiB gp3, encrypted`. */
function diskWords({ volumeSize, volumeType, encrypted }: Inputs): string {
  const type = volumeType === undefined ? "" : ` ${wordsOf(volumeType)}`;
  return `${wordsOf(volumeSize)} GiB${type}${encrypted === true ? ", encrypted" : ""}`;
}

/** Properties that only repeat others, or are the engine's own. */
const ignored = /^(__|tagsAll\b)/;

/** Why a resource is updated or replaced: what changes of it, and whether that is what needs a new one. */
export function cloudReasons({ type, operation, old, new: next, changed, replacing }: PlannedChange): string[] {
  if (operation !== "update" && operation !== "replace") return [];
  const paths = [...new Set([...replacing, ...changed])].filter((path) => !ignored.test(path));
  const told = paths.map((path) => {
    const [before, after] = [at(old, path), at(next, path)].map(wordsOf);
    const values = before === after ? "changed" : `${before} -> ${after}`;
    const needs = type === "aws:ec2/instance:Instance" ? "needs a new machine, and its disks go" : "needs a new one";
    return `${path} ${values}${operation === "replace" && replacing.includes(path) ? ` (${needs})` : ""}`;
  });
  if (told.length > 0) return told;
  return operation === "replace" ? ["what it depends on is replaced"] : [];
}

/** The value at a path of the engine's, e.g. `tags["Name"]` or `ebsBlockDevices[0].volumeSize`. */
function at(inputs: Inputs | undefined, path: string): unknown {
  const keys = path.match(/[^.[\]"]+/g) ?? [];
  return keys.reduce<unknown>(
    (value, key) => (typeof value === "object" && value !== null ? (value as Inputs)[key] : undefined),
    inputs,
  );
}

/** What an instance is, besides its name. */
export function instanceWords({
  instanceType,
  privateIp,
  associatePublicIpAddress,
  rootBlockDevice,
  ebsBlockDevices,
  ami,
}: Inputs): string {
  const sizes = [rootBlockDevice, ...(Array.isArray(ebsBlockDevices) ? (ebsBlockDevices as unknown[]) : [])].map(
    (disk) => wordsOf((disk as Inputs | undefined)?.["volumeSize"]),
  );
  return [
    wordsOf(instanceType),
    `${wordsOf(privateIp)}${associatePublicIpAddress === true ? " and a public address" : ""}`,
    `${sizes.length > 1 ? "disks" : "disk"} of ${sizes.join(" and ")} GiB`,
    `image ${wordsOf(ami)}`,
  ].join(", ");
}

/** A security group's rule: `in: tcp 22 from 192.0.2.0/24 (SSH from an administrator)`. */
export function ruleWords(direction: "in" | "out", rule: Inputs): string {
  const { ipProtocol, fromPort, toPort, cidrIpv4, referencedSecurityGroupId, description } = rule;
  const ports = fromPort === toPort ? wordsOf(fromPort) : `${wordsOf(fromPort)}-${wordsOf(toPort)}`;
  const traffic = ipProtocol === "-1" ? "all traffic" : `${wordsOf(ipProtocol)} ${ports}`;
  const peer = referencedSecurityGroupId === undefined ? wordsOf(cidrIpv4) : "the group's members";
  return `${direction}: ${traffic} ${direction === "in" ? "from" : "to"} ${peer} (${wordsOf(description)})`;
}
