import { isIPv4 } from "node:net";
import { baseDiskGiB } from "../images/recipe";
import type { MachineSpec } from "./types";

/** Everything that is wrong with a list of machines; empty when nothing is. */
export function specProblems(specs: readonly MachineSpec[]): string[] {
  const problems: string[] = [];
  const whole = (value: number, least: number): boolean => Number.isInteger(value) && value >= least;
  for (const { name, address, prefixLength, memoryMiB, cores, diskGiB } of specs) {
    // A host name's label (RFC 1123, 2.1); Linux takes 64 characters.
    if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) {
      problems.push(
        `name "${name}": use lower-case letters, digits and hyphens, at most 63, beginning and ending with a letter or digit`,
      );
    }
    if (!isIPv4(address)) problems.push(`${name}: address "${address}" is no IPv4 address`);
    if (!whole(prefixLength, 1) || prefixLength > 30)
      problems.push(`${name}: prefixLength ${prefixLength} is not between 1 and 30`);
    if (!whole(memoryMiB, 256))
      problems.push(`${name}: memoryMiB ${memoryMiB} is less than 256, with which Debian does not boot`);
    if (!whole(cores, 1)) problems.push(`${name}: cores ${cores} is not a whole number from 1`);
    if (!whole(diskGiB, baseDiskGiB))
      problems.push(`${name}: diskGiB ${diskGiB} is less than the ${baseDiskGiB} of the base disk`);
  }
  problems.push(...doubles("name", specs, ({ name }) => name));
  problems.push(...doubles("last octet of the address", specs, ({ address }) => address.split(".")[3] ?? ""));
  return problems;
}

function doubles(what: string, specs: readonly MachineSpec[], key: (spec: MachineSpec) => string): string[] {
  const seen = new Map<string, string>();
  return specs.flatMap((spec) => {
    const other = seen.get(key(spec));
    seen.set(key(spec), spec.name);
    return other === undefined ? [] : [`${other} and ${spec.name} have the same ${what}, ${key(spec)}`];
  });
}
