import type { TraceResult } from "../../cloud/fabric/trace";
import { after, type Hop, type Leg } from "./hops";
import { addressIn, nextHopIn } from "./routing";
import type { Flow } from "./ruleset";

/** What the VPC's router is asked. */
export interface RouterQuestion {
  /** The host that sends. */
  readonly node: string;
  readonly source: string;
  readonly destination: string;
  readonly protocol: Flow["protocol"];
  readonly port?: number;
  readonly nextHop?: string;
}

/**
 * What a host has sent into the network between the hosts.
 *
 * @param card the one that has the host's address in the lab
 * @returns undefined where it sent nothing, or by another card
 */
export function routerQuestion(leg: Leg, card: string | undefined, flow: Flow): RouterQuestion | undefined {
  const last = leg.hops.at(-1);
  if (leg.pod !== undefined || last === undefined || last.place !== `out of ${card}`) return undefined;
  if (last.droppedBy !== undefined) return undefined;
  const { from, to } = after(last);
  const route = leg.hops.findLast(({ kind }) => kind === "routing")?.note ?? "";
  const { via } = nextHopIn(route);
  const port = Number(/:(\d+)$/.exec(to)?.[1]);
  return {
    ...{ node: leg.host, source: addressIn(from), destination: addressIn(to), protocol: flow.protocol },
    ...(port > 0 && { port }),
    ...(via !== undefined && { nextHop: via }),
  };
}

/** The network between the hosts, as a place on the way. */
export const vpcRouter = "VPC router";

/** What the router decides, which is a part of the way. */
export function routerLeg({ steps, dropReason }: TraceResult, hop: Hop): Leg {
  const packet = after(hop);
  const hops = steps.map(({ text, ok }): Hop => {
    const place = { kind: "router", place: vpcRouter, packet, rules: [], note: text } as const;
    return ok ? place : { ...place, droppedBy: `${dropReason ?? "a check"}: ${text}` };
  });
  return { host: vpcRouter, hops, received: false };
}
