import type { LabPlan } from "../../components/labPlan";
import type { PlannedHost } from "../../components/plan/routes";
import { ExitCode, messageOf, UserError } from "../errors";
import type { Facts } from "../verify/facts";
import { podAddressIn, serviceIn, servicePaths } from "./clusterEnds";
import { podPaths } from "../walk/pod";
import { hostOfAddress, type End } from "./ends";

/** Who sends. */
export interface Sender {
  readonly label: string;
  readonly host: PlannedHost;
  /** Undefined: a pod is made. */
  readonly address?: string;
}

/** Who is to get it. */
export interface Receiver {
  readonly label: string;
  /** A worker on which a pod is made for it. */
  readonly own?: PlannedHost;
  /** What it is sent to; undefined for a pod that is made, and for the gateway, which its host knows. */
  readonly address?: string;
  readonly port?: number;
  /** Where it may end: the address itself, or where a Service leads. */
  readonly candidates: readonly { readonly address: string; readonly port?: number }[];
}

/** Asks a controller's API server for paths. */
export type AskApi = (paths: readonly string[]) => Promise<Facts>;

/** @throws UserError for a pod that is not there */
export async function resolveSender(end: End, plan: LabPlan, api: AskApi): Promise<Sender> {
  if (end.kind === "own pod") return { label: `a pod on ${end.host}`, host: hostNamed(end.host, plan) };
  if (end.kind === "host") {
    const host = hostNamed(end.host, plan);
    return { label: host.name, host, address: host.address };
  }
  const { label, address } = await addressOf(end, api);
  const host = address === undefined ? undefined : hostOfAddress(address, plan);
  if (address === undefined || host === undefined)
    throw new UserError(`${label} has the address ${address}, which is no pod's of this lab.`, ExitCode.usage);
  return { label, host, address };
}

/** @throws UserError for a pod or a Service that is not there, and for one that no packet can be sent to */
export async function resolveReceiver(
  end: End,
  plan: LabPlan,
  api: AskApi,
  port: number | undefined,
): Promise<Receiver> {
  const at = port === undefined ? {} : { port };
  switch (end.kind) {
    case "own pod":
      return { label: `a pod on ${end.host}`, own: hostNamed(end.host, plan), candidates: [], ...at };
    case "host": {
      const { name, address } = hostNamed(end.host, plan);
      return { label: name, address, candidates: [{ address, ...at }], ...at };
    }
    case "outside":
      return { label: "outside, the default gateway", candidates: [], ...at };
    case "service": {
      const { service, slices } = servicePaths(end);
      const label = `Service ${end.namespace}/${end.name}`;
      const facts = await api([service, slices]);
      try {
        const found = serviceIn(facts.text(service), facts.text(slices), end.port ?? port);
        return { label, address: found.address, port: found.port, candidates: found.endpoints };
      } catch (error) {
        throw new UserError(`No packet can be sent to ${label}: ${messageOf(error)}.`);
      }
    }
    case "address":
    case "pod": {
      const { label, address = "" } = await addressOf(end, api);
      return { label, address, candidates: [{ address, ...at }], ...at };
    }
  }
}

async function addressOf(end: End, api: AskApi): Promise<{ label: string; address?: string }> {
  if (end.kind === "address") return { label: end.address, address: end.address };
  if (end.kind !== "pod") return { label: end.kind };
  const label = `pod ${end.namespace}/${end.name}`;
  const path = podPaths(end).pod;
  const facts = await api([path]);
  try {
    return { label, address: podAddressIn(facts.text(path)) };
  } catch (error) {
    throw new UserError(`No packet can be followed to or from ${label}: ${messageOf(error)}.`);
  }
}

function hostNamed(name: string, plan: LabPlan): PlannedHost {
  const host = plan.hosts.find((one) => one.name === name);
  if (host === undefined) throw new Error(`there is no host ${name}`);
  return host;
}
