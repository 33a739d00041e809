import type { ClientChannel } from "ssh2";
import type { SshSession } from "../ssh/session";
import { asRootScript, lockFolder, scriptText } from "./hostScript";

/** The mark of a run on a host, which goes when its channel ends. */
interface Hold {
  readonly channel: ClientChannel;
  /** Whether forwarding was off before this run's pods, which turn it on. */
  readonly forwardingIsOff: boolean;
}

/**
 * Marks a run as alive on a host, which also proves that we are root there. When the channel ends, the host takes away what
 * was noted for that; see hold.sh.
 */
export async function holdRun(session: SshSession, run: string, signal: AbortSignal | undefined): Promise<Hold> {
  const channel = await session.open(asRootScript(scriptText("hold", { RUN: run, LOCKS: lockFolder })), signal);
  const abort = () => channel.close();
  signal?.addEventListener("abort", abort);
  try {
    const forwardingIsOff = await new Promise<boolean>((resolve, reject) => {
      let said = "";
      const timer = setTimeout(() => reject(new Error("no answer within 60 s")), 60_000);
      const hear = (data: Buffer) => (said += data.toString());
      channel.stderr.on("data", hear);
      channel.on("data", (data: Buffer) => {
        const ready = /^ready(, forwarding is off)?\n/m.exec(hear(data));
        if (ready !== null) resolve(ready[1] !== undefined);
      });
      channel.on("close", () => reject(new Error(said.trim() || "the host closed the channel")));
      channel.on("close", () => clearTimeout(timer));
      channel.on("data", () => clearTimeout(timer));
    });
    return { channel, forwardingIsOff };
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}
