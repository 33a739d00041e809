import type { EC2Client } from "@aws-sdk/client-ec2";
import { loginOf, type SshLogin } from "../ssh/login";
import { SshSession } from "../ssh/session";
import { asRootScript } from "../verify/hostScript";
import type { HostCommand, Place } from "./experiment";
import type { Hosts } from "./runExperiment";

/** Bound for a command of an experiment, on a slow host. */
const commandSeconds = 120;

/** By what hosts are reached, and the VPC where there is one. */
export interface Reach {
  readonly logins: ReadonlyMap<string, SshLogin>;
  readonly ec2?: EC2Client;
}

/** The hosts of an experiment over SSH, and how to leave them. */
export async function connectHosts(
  place: Place,
  { logins, ec2 }: Reach,
  signal: AbortSignal,
): Promise<Hosts & { close(): void }> {
  const sessions = new Map<HostCommand["on"], SshSession>();
  const close = () => {
    for (const session of sessions.values()) session.close();
  };
  const sides = ["node", "other", ...(place.cluster === undefined ? [] : ["controller" as const])] as const;
  try {
    for (const side of sides) sessions.set(side, await SshSession.connect(loginOf(logins, place[side]), { signal }));
  } catch (error) {
    close();
    throw error;
  }
  const sessionOn = (side: HostCommand["on"]) => {
    const session = sessions.get(side);
    if (session === undefined) throw new Error(`nobody is logged in to the ${side}`);
    return session;
  };
  return {
    run: async (command, ends) => {
      if (command.call !== undefined) {
        if (ec2 === undefined) throw new Error("there is no VPC");
        return (await command.call(ec2)) ?? "";
      }
      const { stdout } = await sessionOn(command.on).exec(asRootScript(text(command)), {
        timeoutSeconds: commandSeconds,
        ...(ends !== undefined && { signal: ends }),
      });
      return stdout;
    },
    start: async (command) => {
      const channel = await sessionOn(command.on).open(asRootScript(text(command)), signal);
      let said = "";
      channel.on("data", (data: Buffer) => (said += data.toString()));
      return { ended: new Promise((resolve) => channel.on("close", () => resolve(said))) };
    },
    close,
  };
}

/** In the order in which they were written, errors are among what is printed. */
function text({ run }: HostCommand): string {
  return `exec 2>&1\n${run}`;
}
