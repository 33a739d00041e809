import { createHash } from "node:crypto";
import { Ec2Error, invalidParameterValue } from "./errors";
import type { State } from "./state";

/**
 * Makes resources once for a client token: the same request again is answered with the same resources, as long as one of them is
 * there. Clients ask again when an answer was lost on its way, and would have two else.
 *
 * @param collection where the resources go
 * @param create makes them and gives their ids
 * @throws Ec2Error IdempotentParameterMismatch for another request with the same token, InvalidParameterValue for one that EC2 does not
 *   take
 */
export function once(
  draft: State,
  collection: "instances" | "routeTables" | "networkInterfaces",
  { ClientToken: token, ...request }: { readonly ClientToken?: string | undefined },
  create: () => string[],
): string[] {
  if (token === undefined) return create();
  // EC2 API Reference, "Ensuring idempotency in Amazon EC2 API requests".
  if (!/^[\x20-\x7e]{1,64}$/.test(token)) {
    throw invalidParameterValue(`A client token has up to 64 ASCII characters; this one has ${[...token].length}`);
  }
  const digest = createHash("sha256").update(JSON.stringify(request)).digest("hex");
  const earlier = draft.launchTokens.find(
    (made) => made.token === token && made.instanceIds.some((id) => draft[collection][id] !== undefined),
  );
  if (earlier === undefined) {
    const instanceIds = create();
    forgetTokens(draft);
    draft.launchTokens.push({ token, request: digest, instanceIds });
    return instanceIds;
  }
  if (earlier.request === digest) return [...earlier.instanceIds];
  throw new Ec2Error(
    "IdempotentParameterMismatch",
    "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).",
  );
}

/** Forgets tokens that stand for nothing any more. */
export function forgetTokens(draft: State): void {
  const { instances, routeTables, networkInterfaces } = draft;
  const isThere = (id: string): boolean => [instances, routeTables, networkInterfaces].some((all) => id in all);
  if (draft.launchTokens.some(({ instanceIds }) => !instanceIds.some(isThere))) {
    draft.launchTokens = draft.launchTokens.filter(({ instanceIds }) => instanceIds.some(isThere));
  }
}
