import type { Place, Experiment } from "../learn/experiment";
import { experiments } from "../learn/experiments/table";
import { placeOf } from "../learn/place";
import { runExperiment, type Event, type Seen } from "../learn/runExperiment";
import { connectHosts, type Reach } from "../learn/sshHosts";
import { topicsOf } from "../learn/sections";
import { explanations } from "../learn/topics/table";
import { renderEnd, renderEvent, renderList, renderStart } from "../learn/text";
import { ExitCode, InterruptedError, messageOf, UserError } from "../errors";
import { readLogins } from "../lab/builtLab";
import { Context, type GlobalOptions } from "../lab/context";
import { keepExperiment } from "../lab/keptResults";
import { noCluster, requireLab } from "../lab/knownNames";
import { takeVerified } from "../lab/lastVerification";
import { pause } from "../output/pause";
import { hardway } from "../output/hardway";

interface TryOptions {
  /** The worker that is broken. */
  readonly node?: string;
  /** Whether it stays broken. */
  readonly keep?: boolean;
}

/**
 * Lists the experiments, or runs one. Exit code 1 when something was not as expected.
 *
 * @param name of the experiment
 */
export async function tryExperiment(
  options: GlobalOptions,
  name: string | undefined,
  { node, keep = false }: TryOptions,
): Promise<number> {
  const context = new Context(options);
  const command = hardway(context.paths.name);
  if (name === undefined) {
    const json = experiments.map(({ name, topic, question }) => ({ name, topic, question }));
    return context.finish(json, () => renderList(experiments, command));
  }
  const experiment = experiments.find((one) => one.name === name);
  if (experiment === undefined)
    throw new UserError(
      `There is no experiment ${name}; there are ${experiments.map((one) => one.name).join(", ")}.`,
      ExitCode.usage,
    );
  requireLab(context.paths);
  return context.withLock("try", async () => {
    const where = await placeIn(context, node);
    const { place } = where;
    requireNeeds(experiment, place);
    if (options.json !== true) context.print(renderStart(experiment, place, context.colors));
    const seen = await run(context, experiment, { ...where, keep });
    const ok = seen.every((one) => one.ok);
    keepExperiment(context.paths, { name, node: place.node, kept: keep, seen });
    return context.finish(
      { experiment: name, node: place.node, kept: keep, ok, seen },
      () => renderEnd(experiment, seen, { kept: keep, command, topics: topicsOf(name, explanations) }),
      ok ? ExitCode.ok : ExitCode.off,
    );
  });
}

interface Where extends Reach {
  readonly place: Place;
}

/** @throws UserError (exit 64) for a lab that cannot show an experiment, with one that can */
export function requireNeeds({ name, needs }: Experiment, { node, cgroupDriver, cluster, vpc }: Place): void {
  const what = `The experiment ${name}`;
  const inCluster = needs === "cluster" || needs === "iptables" || needs === "systemd";
  if (inCluster && cluster === undefined) throw noCluster(what);
  if (needs === "iptables" && cluster?.proxyMode !== needs)
    throw new UserError(
      `${what} is about kube-proxy in mode iptables, and this cluster's is in another. Take a lab with hardway:proxyMode iptables.`,
      ExitCode.usage,
    );
  if (needs === "systemd" && cgroupDriver !== needs)
    throw new UserError(
      `${what} begins with the cgroup driver systemd, and ${node} has ${cgroupDriver}. Take a worker with hardway:cgroupDriver systemd.`,
      ExitCode.usage,
    );
  if (needs === "no pods" && cluster !== undefined)
    throw new UserError(
      `${what} needs a worker without pods, and the cluster has some on ${node}. Take a lab without hardway:cluster.`,
      ExitCode.usage,
    );
  if (needs === "vpc" && vpc === undefined)
    throw new UserError(
      `${what} is about a VPC, and this lab's hosts are your own. Take a lab with hardway:target aws, such as dev.`,
      ExitCode.usage,
    );
}

/** The workers of the lab as it was built. */
async function placeIn(context: Context, node: string | undefined): Promise<Where> {
  const { plan, logins, vpc } = await readLogins(context, "try");
  const place = placeOf(plan, node, vpc?.network);
  return { place, logins, ...(vpc !== undefined && { ec2: vpc.client }) };
}

async function run(
  context: Context,
  experiment: Experiment,
  { place, keep, ...reach }: Where & { keep: boolean },
): Promise<Seen[]> {
  const { options, colors, paths } = context;
  const { signal } = context.interrupt;
  // An `up` that changes nothing must not take an earlier verification for one of hosts that were broken since.
  takeVerified(paths);
  const tell = (event: Event) => {
    if (options.json !== true) context.print(renderEvent(event, colors));
  };
  const guess = () => pause(options, "What do you expect? Press Enter to break it. ");
  try {
    const hosts = await connectHosts(place, reach, signal);
    try {
      return await runExperiment(experiment, place, { hosts, tell, guess, keep, signal });
    } finally {
      hosts.close();
    }
  } catch (error) {
    if (signal.aborted || error instanceof InterruptedError) throw new InterruptedError();
    if (error instanceof TypeError || error instanceof ReferenceError) throw error;
    throw new UserError(`The experiment could not be made: ${messageOf(error)}`);
  }
}
