import { randomBytes } from "node:crypto";
import { CheckRequest } from "@pulumi/pulumi/proto/provider_pb";
import type { Properties } from "../plugin/properties";

const { ENFORCE, DISABLE } = CheckRequest.AutonamingOptions.Mode;

/**
 * The name of a resource that the program gives none: the one that it has, what the engine proposes, or its
 * Pulumi name and 7 random hex digits, as the official provider makes them.
 * @param olds the inputs before; none for a replacement, which needs a name of its own
 */
export function autoname(request: CheckRequest, property: string, olds: Properties): string | undefined {
  const defaults = olds.__defaults;
  const before = olds[property];
  if (Array.isArray(defaults) && defaults.includes(property) && typeof before === "string") return before;
  const options = request.getAutonaming();
  if (options?.getMode() === DISABLE) return undefined;
  if (options?.getMode() === ENFORCE || options?.getProposedName()) return options.getProposedName();
  const seed = Buffer.from(request.getRandomseed_asU8());
  const digits = (seed.length >= 4 ? seed : randomBytes(4)).toString("hex").slice(0, 7);
  return `${request.getUrn().split("::").slice(3).join("::")}-${digits}`;
}
