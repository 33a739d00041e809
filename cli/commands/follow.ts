import { randomBytes, randomInt } from "node:crypto";
import { readEnd, readPort } from "../follow/ends";
import type { RouterQuestion } from "../follow/network";
import { resolveReceiver, resolveSender } from "../follow/resolve";
import { Follow } from "../follow/run";
import { renderFollowed } from "../follow/text";
import { ExitCode, failureAtWork, UserError } from "../errors";
import { readLogins } from "../lab/builtLab";
import { fromCloud, openCloud } from "../lab/cloud";
import { Context, type GlobalOptions } from "../lab/context";
import { labInstances, nodeName } from "../lab/instances";
import { requireLab } from "../lab/knownNames";
import { apiQuestion } from "../verify/cluster/controlPlane";
import { controllersOf } from "../verify/cluster/nodes";
import { SshMachines } from "../walk/machines";

interface FollowOptions {
  /** Of TCP; a ping is sent without one. */
  readonly port?: string;
}

/** Follows one packet from place to place, and its answer. Exit code 1 where no answer came back. */
export async function follow(
  options: GlobalOptions,
  source: string,
  destination: string,
  given: FollowOptions,
): Promise<number> {
  const context = new Context(options);
  const port = given.port === undefined ? undefined : readPort(given.port);
  requireLab(context.paths);
  return context.withLock("follow", async () => {
    const { plan, logins } = await readLogins(context, "follow");
    const [from, to] = [readEnd(source, "SOURCE", plan), readEnd(destination, "DESTINATION", plan)];
    const { signal } = context.interrupt;
    const machines = new SshMachines(plan, logins, signal);
    const run = randomBytes(6).toString("hex");
    const progress = (text: string) => context.progress.note(`... ${text}`);
    const isEmbedded = context.settings.kind === "embedded";
    try {
      const api = async (paths: readonly string[]) => {
        const { name } = controllersOf(plan)[0]!;
        return (await machines.ask(name, apiQuestion(paths)))("api");
      };
      const sender = await resolveSender(from, plan, api);
      const receiver = await resolveReceiver(to, plan, api, port);
      const router = isEmbedded ? { router: (question: RouterQuestion) => askRouter(context, question) } : {};
      const length = randomInt(200, 1200);
      const followed = await new Follow({ plan, machines, run, length, progress, ...router }).follow(sender, receiver);
      return context.finish(
        followed,
        () => renderFollowed(followed, context.colors),
        followed.answered ? ExitCode.ok : ExitCode.off,
      );
    } catch (error) {
      throw failureAtWork(error, signal, "The packet could not be followed");
    } finally {
      await machines.close();
    }
  });
}

async function askRouter(context: Context, { node, ...packet }: RouterQuestion) {
  const sender = (await labInstances(context)).find((instance) => nodeName(instance) === node);
  if (sender?.networkInterfaceId === undefined) throw new UserError(`${node} has no instance in the embedded EC2.`);
  return fromCloud(openCloud(context).trace({ from: sender.networkInterfaceId, ...packet }));
}
