import type { TraceRequest, TraceResult } from "../../cloud/fabric/trace";
import { containsAddress, isAddress, parseCidr } from "../../components/plan/cidr";
import type { LabPlan } from "../../components/labPlan";
import { Context, type GlobalOptions } from "../lab/context";
import { planOf } from "../engine/builtStack";
import { ExitCode, UserError } from "../errors";
import { fromCloud, openCloud } from "../lab/cloud";
import { labInstances, nodeName } from "../lab/instances";
import { requireLab, unknownHost } from "../lab/knownNames";
import { openStackToRead } from "../lab/tools";

interface PacketOptions {
  readonly protocol: string;
  readonly port?: string;
}

export interface TraceOptions extends PacketOptions {
  /** A node's name or address, or the address of a pod. */
  readonly source: string;
  readonly destination: string;
}

/** A request in terms of the network: addresses, and the node that sends. */
export interface ResolvedTrace {
  readonly node: string;
  readonly source: string;
  readonly destination: string;
  readonly protocol: TraceRequest["protocol"];
  readonly port?: number;
  /** As the node's own `ip route` entries have it; absent where it has none for the destination. */
  readonly nextHop?: string;
}

/** Shows hop by hop what the lab's network would do with a packet. Exit code 1 when it would not arrive. */
export async function trace(
  options: GlobalOptions,
  from: string,
  to: string,
  packetOptions: PacketOptions,
): Promise<number> {
  const request = { ...packetOptions, source: from, destination: to };
  const context = new Context(options);
  const { progress, paths } = context;
  requireLab(paths);
  parsePort(request);
  const plan = await progress.phase("Plan", async (report) => {
    const stack = await openStackToRead(context, "trace", report);
    return planOf((await stack.built()).outputs, paths.name);
  });
  const { node, ...packet } = resolveTrace(request, plan, paths.name);
  const sender = (await labInstances(context)).find((instance) => nodeName(instance) === node);
  if (sender?.networkInterfaceId === undefined) throw new UserError(`${node} has no instance in the embedded EC2.`);
  const result = await fromCloud(openCloud(context).trace({ from: sender.networkInterfaceId, ...packet }));
  const { source, destination } = packet;
  return context.finish(
    { source, destination, ...result },
    () => render(context, `${source} to ${destination}`, result),
    result.delivered ? ExitCode.ok : ExitCode.off,
  );
}

/** @throws UserError (exit 64) for a name, address or port that makes no sense. */
export function resolveTrace(request: TraceOptions, plan: LabPlan, lab: string): ResolvedTrace {
  const { node, address: source } = senderOf(request.source, plan, lab);
  const destination = addressOf(request.destination, plan, lab);
  const port = parsePort(request);
  return {
    ...{ node, source, destination },
    protocol: request.protocol as ResolvedTrace["protocol"],
    ...(port !== undefined && { port }),
    ...nextHopOf(node, destination, plan),
  };
}

function parsePort({ protocol, port }: TraceOptions): number | undefined {
  if (protocol === "icmp") {
    if (port === undefined) return undefined;
    throw new UserError("--port goes with --protocol tcp or udp; a ping has none.", ExitCode.usage);
  }
  const value = Number(port);
  if (Number.isInteger(value) && value >= 1 && value <= 65535) return value;
  throw new UserError(`--port must be a number from 1 to 65535 for ${protocol}.`, ExitCode.usage);
}

/** The node that would send from this address: its own, or that of one of its pods. */
function senderOf(text: string, plan: LabPlan, lab: string): { node: string; address: string } {
  const address = addressOf(text, plan, lab);
  const node = plan.hosts.find(
    (host) =>
      host.address === address || (host.podCidr !== undefined && containsAddress(parseCidr(host.podCidr), address)),
  );
  if (node === undefined)
    throw new UserError(`${address} is neither a node's address nor in a node's pod CIDR.`, ExitCode.usage);
  return { node: node.name, address };
}

function addressOf(text: string, plan: LabPlan, lab: string): string {
  if (isAddress(text)) return text;
  const host = plan.hosts.find(({ name }) => name === text);
  if (host !== undefined) return host.address;
  const names = plan.hosts.map(({ name }) => name);
  throw unknownHost(text, names, lab);
}

function nextHopOf(node: string, destination: string, plan: LabPlan): { nextHop?: string } {
  const route = plan.routes.find(
    (entry) => entry.host === node && containsAddress(parseCidr(entry.destination), destination),
  );
  return route === undefined ? {} : { nextHop: route.nextHop };
}

function render({ colors }: Context, title: string, { delivered, dropReason, steps }: TraceResult): string {
  const lines = steps.map(({ where, text, ok }) => {
    const line = text.startsWith(where) ? text : `${where}: ${text}`;
    return `  ${ok ? colors.green("ok  ") : colors.red("DROP")} ${line}`;
  });
  const verdict = delivered ? colors.green("arrives") : colors.red(`is dropped (${dropReason ?? "unknown"})`);
  return [`A packet from ${title} ${verdict}:`, ...lines].join("\n");
}
