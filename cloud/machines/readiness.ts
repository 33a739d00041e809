import { readFile, stat, writeFile } from "node:fs/promises";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Machine } from "./Machine";
import { HostKeyError, runOverSsh } from "./ssh";
import type { OnProgress } from "./types";

/** A boot takes 5 s with KVM, 40 s without, and minutes when several machines boot without it on a busy computer. */
const bootTimeLimitMs = 15 * 60_000;

/** systemd prints its login prompt when it is nearly done; before that a connection would only take time from the boot. */
const loginPrompt = /login: /;
/** A console that stays silent must not keep us from trying. */
const silentConsoleMs = 30_000;

export interface ReadinessOptions {
  readonly privateKey: string;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Waits until the machine answers over SSH with its own host key and systemd has finished booting. Quick when the same QEMU process
 * has been seen ready before.
 * @throws when QEMU ends or stops the machine, when something else answers, or when the time is over.
 */
export async function waitUntilReady(
  machine: Machine,
  { privateKey, onProgress, signal }: ReadinessOptions,
): Promise<void> {
  const started = Date.now();
  if ((await wasReady(machine)) && (await bannerAnswers(machine.ssh))) return;

  const say = (text: string): void => onProgress?.({ machine: machine.name, text });
  say("booting");
  const command =
    "systemctl is-system-running --wait; systemctl list-units --failed --no-legend --plain | cut -d ' ' -f 1";
  for (let problem = "no login prompt on its console"; ;) {
    signal?.throwIfAborted();
    await checkAlive(machine, problem);
    const elapsed = Date.now() - started;
    if (elapsed > bootTimeLimitMs) {
      throw new Error(
        `${machine.name} did not get ready within ${bootTimeLimitMs / 60_000} minutes: ${problem}. Its console's log is ${machine.files.consoleLog}.`,
      );
    }
    if (elapsed < silentConsoleMs && !(await consoleShowsLogin(machine))) {
      await sleep(250, undefined, { signal });
      continue;
    }
    try {
      const { stdout } = await runOverSsh(machine.ssh, { privateKey, command, timeoutMs: 60_000, signal });
      const [state, ...failed] = stdout.trim().split("\n");
      if (state === "running" || state === "degraded") {
        await markReady(machine);
        const note = state === "degraded" ? `, but these units failed: ${failed.join(" ")}` : "";
        say(`ready after ${Math.round((Date.now() - started) / 1000)} s${note}`);
        return;
      }
      problem = `systemd is ${state}`;
    } catch (error) {
      if (error instanceof HostKeyError) throw error;
      // Refused or closed connections are part of booting, and so is a login before users may log in.
      problem = `SSH: ${error instanceof Error ? error.message : String(error)}`;
    }
    await sleep(500, undefined, { signal });
  }
}

async function checkAlive(machine: Machine, problem: string): Promise<void> {
  if (!(await machine.find())) {
    const output = (await readFile(machine.files.log, "utf8").catch(() => "")).trim();
    throw new Error(
      `${machine.name}: QEMU ended while it booted (${problem}; log: ${machine.files.log}).\n${output}`.trimEnd(),
    );
  }
  const state = await machine.runState().catch(() => "running");
  if (state === "io-error") {
    throw new Error(
      `${machine.name}: QEMU stopped it because its disk cannot be written; is ${machine.files.disk}'s file system full?`,
    );
  }
}

async function consoleShowsLogin(machine: Machine): Promise<boolean> {
  return loginPrompt.test(await readFile(machine.files.consoleLog, "utf8").catch(() => ""));
}

/** sshd's first line costs it little, unlike a whole connection. */
async function bannerAnswers({ host, port }: { host: string; port: number }): Promise<boolean> {
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

/** The mark belongs to a process: whatever boots the machine again has another pid or start. */
async function readyMark(machine: Machine): Promise<string | undefined> {
  const found = await machine.find();
  return found && `${found.pid} ${(await stat(machine.files.pid)).mtimeMs}`;
}

async function wasReady(machine: Machine): Promise<boolean> {
  const mark = await readyMark(machine);
  return mark !== undefined && (await readFile(machine.files.ready, "utf8").catch(() => "")) === mark;
}

async function markReady(machine: Machine): Promise<void> {
  const mark = await readyMark(machine);
  if (mark) await writeFile(machine.files.ready, mark, { mode: 0o600 });
}
