import type { LabPlan } from "../../components/labPlan";
import { containsAddress, isAddress, parseCidr } from "../../components/plan/cidr";
import type { PlannedHost } from "../../components/plan/routes";
import { ExitCode, UserError } from "../errors";
import { noCluster } from "../lab/knownNames";

/** An end of a packet's way, as it was asked for. */
export type End =
  /** A pod that is made for this on a worker. */
  | { readonly kind: "own pod"; readonly host: string }
  | { readonly kind: "host"; readonly host: string }
  /** A pod of the cluster. */
  | { readonly kind: "pod"; readonly namespace: string; readonly name: string }
  | { readonly kind: "service"; readonly namespace: string; readonly name: string; readonly port?: number }
  | { readonly kind: "address"; readonly address: string }
  /** The default gateway of the host that sends. */
  | { readonly kind: "outside" };

type Side = "SOURCE" | "DESTINATION";

const name = "[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?";
const serviceForm = new RegExp(`^(?:svc|service)/(?:(${name})/)?(${name})(?::(\\d+))?$`);
const podForm = new RegExp(`^(?:pod/)?(?:(${name})/)?(${name})$`);

/**
 * Reads an end as it is given on the command line.
 *
 * @throws UserError (exit 64) for what this lab has no such end for, with what would be accepted
 */
export function readEnd(text: string, side: Side, plan: LabPlan): End {
  const host = plan.hosts.find((one) => one.name === text);
  if (host !== undefined)
    return host.podCidr === undefined ? { kind: "host", host: text } : { kind: "own pod", host: text };
  if (isAddress(text)) return addressEnd(text, side, plan);
  if (text === "outside" && side === "DESTINATION") return { kind: "outside" };
  const [, serviceNamespace = "default", service, port] = serviceForm.exec(text) ?? [];
  if (service !== undefined && side === "DESTINATION") {
    if (plan.cluster === undefined) throw noCluster(`A packet to a Service (${text})`);
    if (port !== undefined && !isPort(Number(port))) throw refusal(text, side, plan);
    const named = { namespace: serviceNamespace, name: service };
    return { kind: "service", ...named, ...(port !== undefined && { port: Number(port) }) };
  }
  const [, namespace = "default", pod] = podForm.exec(text) ?? [];
  const isNamed = pod !== undefined && text !== "outside" && service === undefined;
  if (isNamed && plan.cluster === undefined && text.includes("/")) throw noCluster(`A pod by its name (${text})`);
  if (!isNamed || plan.cluster === undefined) throw refusal(text, side, plan);
  return { kind: "pod", namespace, name: pod };
}

function addressEnd(address: string, side: Side, plan: LabPlan): End {
  if (side === "SOURCE" && hostOfAddress(address, plan) === undefined)
    throw new UserError(
      `${address} is neither a host's address nor in a worker's pod CIDR, so nothing of this lab sends from it. ${accepted(side, plan)}`,
      ExitCode.usage,
    );
  return { kind: "address", address };
}

/** The host that has an address, or whose pods have. */
export function hostOfAddress(address: string, { hosts }: Pick<LabPlan, "hosts">): PlannedHost | undefined {
  return hosts.find((host) => host.address === address || isPodOf(address, host));
}

/** Whether an address is in the pod CIDR of a host. */
export function isPodOf(address: string, { podCidr }: PlannedHost): boolean {
  return podCidr !== undefined && containsAddress(parseCidr(podCidr), address);
}

/** A port of TCP as it is given on the command line. @throws UserError (exit 64) */
export function readPort(text: string): number {
  const port = Number(text);
  if (isPort(port)) return port;
  throw new UserError(`--port takes a number from 1 to 65535; found ${text}.`, ExitCode.usage);
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65535;
}

function refusal(text: string, side: Side, plan: LabPlan): UserError {
  return new UserError(`${text} is no ${side} in this lab. ${accepted(side, plan)}`, ExitCode.usage);
}

/** What would be accepted, in one sentence. */
function accepted(side: Side, { hosts, cluster }: LabPlan): string {
  const workers = hosts.filter(({ podCidr }) => podCidr !== undefined).map((host) => host.name);
  const others = hosts.filter(({ podCidr }) => podCidr === undefined).map((host) => host.name);
  const list = [
    `a worker, on which a pod is made for it (${workers.join(", ")})`,
    ...(others.length > 0 ? [`another host (${others.join(", ")})`] : []),
    side === "SOURCE" ? "the address of a host or of a pod" : "an address",
    ...(side === "DESTINATION" ? ["outside"] : []),
    ...(cluster === undefined ? [] : ["a pod as NAMESPACE/NAME"]),
    ...(cluster !== undefined && side === "DESTINATION" ? ["a Service as svc/NAMESPACE/NAME:PORT"] : []),
  ];
  return `Take ${list.slice(0, -1).join(", ")} or ${list.at(-1)}.`;
}
