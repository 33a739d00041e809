import { z } from "zod";
import { cidrProblem, parseCidr } from "../plan/cidr";
import { reservedProblem } from "./reserved";

/** A check by what a function says against a value. */
export const unless =
  <T>(problemOf: (value: T) => string | undefined) =>
  (value: T, context: z.RefinementCtx) => {
    const message = problemOf(value);
    if (message !== undefined) context.addIssue({ code: "custom", message, input: value });
  };

/** An IPv4 CIDR without host bits, e.g. `10.200.0.0/16`. */
export const cidr = z.string().superRefine(unless(cidrProblem));

/** One whose addresses hosts or pods have. */
export const network = cidr.superRefine(
  unless((text) => (cidrProblem(text) === undefined ? reservedProblem(parseCidr(text)) : undefined)),
);

/** Lower case, as Kubernetes wants node names (RFC 1123 label). */
export const hostNameSchema = z
  .string()
  .regex(
    /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
    "must be an RFC 1123 label: up to 63 of a-z, 0-9 and -, not at the ends",
  );
