import { isIPv4 } from "node:net";
import { invalidParameterValue } from "./errors";

/** An IPv4 network; addresses are numbers. */
export interface CidrBlock {
  /** Canonical text: host bits are zero. */
  readonly text: string;
  readonly prefix: number;
  readonly first: number;
  readonly last: number;
}

/** @param address dotted decimal */
export function addressToNumber(address: string): number {
  return address.split(".").reduce((value, octet) => value * 256 + Number(octet), 0);
}

export function numberToAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join(".");
}

/**
 * Reads a CIDR and, as EC2 does, sets its host bits to zero.
 * @param parameter whose name the error gives, e.g. `cidrBlock`.
 * @throws Ec2Error InvalidParameterValue.
 */
export function parseCidrBlock(text: string, parameter: string): CidrBlock {
  const [, address = "", length = ""] = /^([\d.]+)\/(\d{1,2})$/.exec(text) ?? [];
  const prefix = Number(length);
  if (!isIPv4(address) || prefix > 32) {
    throw invalidParameterValue(
      `Value (${text}) for parameter ${parameter} is invalid. This is not a valid CIDR block.`,
    );
  }
  return network(addressToNumber(address), prefix);
}

function network(address: number, prefix: number): CidrBlock {
  const size = 2 ** (32 - prefix);
  const first = Math.floor(address / size) * size;
  return { text: `${numberToAddress(first)}/${prefix}`, prefix, first, last: first + size - 1 };
}

/** Whether `outer` holds all of `inner`, which may be the same. */
export function holds(outer: CidrBlock, inner: CidrBlock): boolean {
  return outer.first <= inner.first && inner.last <= outer.last;
}

export function overlap(a: CidrBlock, b: CidrBlock): boolean {
  return a.first <= b.last && b.first <= a.last;
}
