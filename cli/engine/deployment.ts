import { createHash } from "node:crypto";
import { ExitCode, UserError } from "../errors";

/** What `pulumi stack export` shows of a resource, as far as it is needed here. */
export interface StackResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
  /** When the engine last changed it, ISO 8601; a refresh that finds nothing new leaves it. */
  readonly modified?: string;
}

export interface Deployment {
  readonly resources?: readonly StackResource[];
  readonly pending_operations?: readonly { readonly type: string; readonly resource: StackResource }[];
}

/** Changes whenever an engine creates, changes or removes a resource of the stack, whoever runs it. */
export function revisionOf({ resources = [] }: Deployment): string {
  const changes = resources.filter(({ type }) => !isProvider(type)).map(({ urn, id, modified }) => [urn, id, modified]);
  return createHash("sha256").update(JSON.stringify(changes.sort())).digest("hex");
}

/** When the first of a host's certificates ends, ISO 8601, by the host's name; empty for a lab without a cluster. */
export type CertificateExpiry = Readonly<Record<string, string>>;

/** The output of that name of the stack, as the last run left it. */
export function certificateExpiryOf({ resources = [] }: Deployment): CertificateExpiry {
  const outputs = resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs;
  return (outputs?.["certificateExpiry"] ?? {}) as CertificateExpiry;
}

/** A value of the state with its secrets in plain text, whether or not it is secret itself. */
export function plainValue(value: unknown): unknown {
  const { plaintext } = (value ?? {}) as { plaintext?: string };
  return plaintext === undefined ? value : JSON.parse(plaintext);
}

/** The logical name in a URN, which for a step ends in the host's: `lab-kernel-node-0`. */
export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** The type in a URN alone, without those of its parents. */
export function typeOfUrn(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

/** Whether it is a plugin with its settings, which the state records as a resource. */
export function isProvider(type: string): boolean {
  return type.startsWith("pulumi:providers:");
}

/**
 * The URNs of the machines that were made for these nodes.
 *
 * @throws UserError (exit 64) for one that has none
 */
export function machineUrns({ resources = [] }: Deployment, nodes: readonly string[]): string[] {
  const machines = resources.filter(({ type, inputs }) => type === "aws:ec2/instance:Instance" && inputs !== undefined);
  const byName = new Map(machines.map(({ urn, inputs }) => [nameTag(inputs), urn]));
  return nodes.map((node) => {
    const urn = byName.get(node);
    if (urn !== undefined) return urn;
    const known = [...byName.keys()].join(", ") || "none";
    throw new UserError(
      `No machine was made for "${node}", so none can be replaced; there are ${known}.`,
      ExitCode.usage,
    );
  });
}

function nameTag(inputs: StackResource["inputs"]): string {
  return String((inputs?.["tags"] as Readonly<Record<string, unknown>> | undefined)?.["Name"]);
}
