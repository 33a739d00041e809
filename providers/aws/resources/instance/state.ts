import type { Instance } from "@aws-sdk/client-ec2";
import type { AwsOperation } from "../../resource";
import { firstOf, until } from "../../waiting";

/** @returns undefined when there is no such instance; a terminated one is shown for about an hour and counts */
export async function findInstance(id: string, { ec2 }: AwsOperation): Promise<Instance | undefined> {
  const found = await firstOf(async () => (await ec2.describeInstances({ InstanceIds: [id] })).Reservations);
  return found?.Instances?.[0];
}

type Goal = "running" | "stopped" | "terminated";

/** States from which the goal is reached without more being done. */
const onTheWay: Record<Goal, readonly string[]> = {
  // A start of a stopped instance may not show at once.
  running: ["pending", "stopped"],
  stopped: ["pending", "running", "stopping"],
  terminated: ["pending", "running", "stopping", "stopped", "shutting-down"],
};

/** How long an instance may be shown as stopped after its start, in milliseconds. */
const startShows = 15_000;

/**
 * Waits until an instance is in a state, and shows those on the way there.
 * @throws Error with AWS's reason when it goes another way, e.g. terminates instead of starting
 */
export async function reach(id: string, goal: Goal, context: AwsOperation): Promise<Instance | undefined> {
  const begun = Date.now();
  let seen = "";
  const look = async () => {
    const found = await findInstance(id, context);
    // Not there yet, or not there any more.
    if (!found) return goal === "terminated" ? { found } : undefined;
    const state = found.State?.Name ?? "";
    if (state === goal) return { found };
    if (state !== seen) context.log.status(`... ${id} is ${state}`);
    seen = state;
    const stuck = goal === "running" && seen === "stopped" && Date.now() - begun > startShows;
    if (stuck || !onTheWay[goal].includes(seen)) throw new Error(`it is ${seen}, not ${goal}${reasonOf(found)}`);
    return undefined;
  };
  try {
    return (await until(`EC2 Instance (${id}) to be ${goal}`, context.stop, look)).found;
  } catch (error) {
    if (!context.stop.aborted || seen === "") throw error;
    throw new Error(`${(error as Error).message} while it was ${seen}, not ${goal}`, { cause: error });
  }
}

function reasonOf({ StateReason, StateTransitionReason }: Instance): string {
  const { Code: code, Message: message } = StateReason ?? {};
  if (code || message) {
    const text = message?.startsWith(`${code}:`) ? message : [code, message].filter(Boolean).join(": ");
    return `: ${text}`;
  }
  return StateTransitionReason ? `: ${StateTransitionReason}` : "";
}
