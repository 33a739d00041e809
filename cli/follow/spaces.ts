import type { PlannedHost } from "../../components/plan/routes";
import { UserError } from "../errors";
import { parseJson } from "../verify/cluster/json";
import type { Facts } from "../verify/facts";

/** A network that is watched, and how it is entered. */
export interface Space {
  readonly name: string;
  readonly path: string;
  readonly pod?: string;
}

/** What is known of a host. */
export interface Prepared {
  readonly host: PlannedHost;
  readonly facts: Facts;
  readonly spaces: readonly Space[];
  readonly devices: readonly string[];
}

/** A network of a host by its name. @throws Error where there is none */
export function spaceNamed({ host, spaces }: Prepared, wanted: string): Space {
  const space = spaces.find(({ name }) => name === wanted);
  if (space === undefined) throw new Error(`${host.name} has no network ${wanted}`);
  return space;
}

/** The network of an address. */
export function spaceOf(prepared: Prepared, address: string): Space {
  const { host, spaces } = prepared;
  if (address === host.address) return spaceNamed(prepared, "host");
  const space = spaces.find(({ pod }) => pod === address);
  if (space === undefined)
    throw new UserError(`${host.name} has no pod with the address ${address}: no plugin has noted one (/var/lib/cni).`);
  return space;
}

/** The card that has the host's address in the lab. */
export function cardOf(prepared: Prepared | undefined): string | undefined {
  if (prepared === undefined) return undefined;
  const { host, facts } = prepared;
  const cards = (parseJson(facts.text("addresses")) ?? []) as {
    ifname?: string;
    addr_info?: readonly { local?: string }[];
  }[];
  return cards.find(({ addr_info = [] }) => addr_info.some(({ local }) => local === host.address))?.ifname;
}
