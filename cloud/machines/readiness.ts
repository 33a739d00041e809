import { readFile } from "node:fs/promises";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Machine } from "./Machine";
import type { Endpoint } from "./ports";

/** A boot takes 5 s with KVM, 40 s without, and minutes when several machines boot without it on a busy computer. */
const bootTimeLimitMs = 15 * 60_000;

/** systemd prints its login prompt when it is nearly done; before that a connection would only take time from the boot. */
const loginPrompt = /login: /;
/** A console that stays silent must not keep us from trying. */
const silentConsoleMs = 60_000;

interface ReadinessOptions {
  readonly name: string;
  /** Where its SSH is reached; a machine without such a place is ready when its console asks for a login. */
  readonly ssh?: Endpoint;
  readonly signal: AbortSignal;
}

/**
 * Waits until the machine answers: its console asks for a login and its sshd says hello. Nobody logs in; that is for those who have
 * the key.
 * @throws when QEMU ends or stops the machine, or when the time is over.
 */
export async function waitUntilReady(machine: Machine, { name, ssh, signal }: ReadinessOptions): Promise<void> {
  const started = Date.now();
  for (;;) {
    signal.throwIfAborted();
    await checkAlive(machine, name);
    const elapsed = Date.now() - started;
    const prompt = await consoleShowsLogin(machine);
    if (ssh ? (prompt || elapsed > silentConsoleMs) && (await bannerAnswers(ssh)) : prompt) return;
    if (elapsed > bootTimeLimitMs) {
      throw new Error(
        `${name} did not get ready within ${bootTimeLimitMs / 60_000} minutes: ` +
          `${prompt ? "its SSH does not answer" : "no login prompt on its console"}. ` +
          `Its console's log is ${machine.files.consoleLog}.`,
      );
    }
    await sleep(250, undefined, { signal });
  }
}

async function checkAlive(machine: Machine, name: string): Promise<void> {
  if (!(await machine.find())) {
    const output = (await readFile(machine.files.log, "utf8").catch(() => "")).trim();
    throw new Error(`${name}: QEMU ended while it booted (log: ${machine.files.log}).\n${output}`.trimEnd());
  }
  const state = await machine.runState().catch(() => "running");
  if (state === "io-error") {
    throw new Error(
      `${name}: QEMU stopped it because its disk cannot be written; is ${machine.files.disk}'s file system full?`,
    );
  }
}

async function consoleShowsLogin(machine: Machine): Promise<boolean> {
  return loginPrompt.test(await readFile(machine.files.consoleLog, "utf8").catch(() => ""));
}

/** Whether sshd says hello within ten seconds: its first line costs it little, unlike a whole connection. */
export async function bannerAnswers({ host, port }: Endpoint): Promise<boolean> {
  const socket = net.connect({ host, port });
  try {
    return await new Promise<boolean>((resolve) => {
      socket.setTimeout(10_000, () => resolve(false));
      socket.on("error", () => resolve(false));
      socket.on("close", () => resolve(false));
      socket.once("data", (data) => resolve(data.toString("latin1").startsWith("SSH-")));
    });
  } finally {
    socket.destroy();
  }
}
