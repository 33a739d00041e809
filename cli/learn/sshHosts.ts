import type { SshLogin } from "../ssh/login";
import { SshSession } from "../ssh/session";
import { asRootScript } from "../verify/hostScript";
import type { HostCommand, Place } from "./experiment";
import type { Hosts } from "./runExperiment";

/** Bound for a command of an experiment, on a slow host. */
const commandSeconds = 120;

/** The two hosts of an experiment over SSH, and how to leave them. */
export async function connectHosts(
  place: Place,
  logins: ReadonlyMap<string, SshLogin>,
  signal: AbortSignal,
): Promise<Hosts & { close(): void }> {
  const connect = async (name: string) => {
    const login = logins.get(name);
    if (login === undefined) throw new Error(`how to log in to ${name} is not known; run "./hardway up" first`);
    return SshSession.connect(login, { signal });
  };
  const node = await connect(place.node);
  const other = await connect(place.other).catch((error: unknown) => {
    node.close();
    throw error;
  });
  const sessions = { node, other };
  return {
    run: async (command, ends) => {
      const { stdout } = await sessions[command.on].exec(asRootScript(text(command)), {
        timeoutSeconds: commandSeconds,
        ...(ends !== undefined && { signal: ends }),
      });
      return stdout;
    },
    start: async (command) => {
      const channel = await sessions[command.on].open(asRootScript(text(command)), signal);
      let said = "";
      channel.on("data", (data: Buffer) => (said += data.toString()));
      return { ended: new Promise((resolve) => channel.on("close", () => resolve(said))) };
    },
    close: () => {
      node.close();
      other.close();
    },
  };
}

/** In the order in which they were written, errors are among what is printed. */
function text({ run }: HostCommand): string {
  return `exec 2>&1\n${run}`;
}
