import type { HostCommand } from "../experiment";

/** A command line on the worker that is broken. */
export const onNode = (run: string): HostCommand => ({ on: "node", run });

/** Family and name of a table of nftables of an experiment's own. */
export const ownTable = "ip hardway_try";

/** Takes it away, also where it is not there. */
export const withoutTable = onNode(`nft delete table ${ownTable} 2>/dev/null || :`);
