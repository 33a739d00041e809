import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { writeFileAtomically } from "./files";
import { processIdentity } from "../processIdentity";

/** A running process, told from all others that have had or will have its number. */
export interface OwnProcess {
  readonly pid: number;
  /** See `processIdentity`. */
  readonly identity: string;
  /** By the clock of that moment, for people. */
  readonly startedAt: Date;
}

const pidFileSchema = z.object({ pid: z.number().int().min(2), identity: z.string(), startedAt: z.iso.datetime() });

/** Writes down which process it is that has just been started. Does nothing when it has ended already. */
export async function writePidFile(pidFile: string, pid: number): Promise<OwnProcess | undefined> {
  const identity = processIdentity(pid);
  if (identity === undefined) return undefined;
  const startedAt = new Date();
  await writeFileAtomically(pidFile, `${JSON.stringify({ pid, identity, startedAt })}\n`);
  return { pid, identity, startedAt };
}

/**
 * Finds the process that a pid file names. The file only saves the search: where it is missing or damaged, or what it names has
 * ended, the process is looked for by `isIt`, and written down again.
 */
export async function findProcess(
  pidFile: string,
  isIt: (pid: number, args: readonly string[]) => boolean,
): Promise<OwnProcess | undefined> {
  const noted = await readPidFile(pidFile);
  if (noted && processIdentity(noted.pid) === noted.identity) {
    // A copy of the folder has the file of somebody else's process. The kernel takes an ending process's command line first.
    const args = commandLine(noted.pid);
    if (args.length === 0 || isIt(noted.pid, args)) return noted;
  }
  for (const { pid, args } of commandLines()) {
    if (pid === process.pid || !isIt(pid, args)) continue;
    // The folder of the file may be gone, and its process goes on.
    const identity = processIdentity(pid);
    const found = await writePidFile(pidFile, pid).catch(() => identity && { pid, identity, startedAt: new Date() });
    if (found) return found;
  }
  return undefined;
}

async function readPidFile(pidFile: string): Promise<OwnProcess | undefined> {
  try {
    const { startedAt, ...noted } = pidFileSchema.parse(JSON.parse(await readFile(pidFile, "utf8")));
    return { ...noted, startedAt: new Date(startedAt) };
  } catch {
    return undefined;
  }
}

/** The processes of this computer that have a command line, as far as this user may see them. */
export function commandLines(): { pid: number; args: string[] }[] {
  return pids()
    .map((pid) => ({ pid, args: commandLine(pid) }))
    .filter(({ args }) => args.length > 0);
}

function commandLine(pid: number): string[] {
  const args = unlessGone(() => readFileSync(`/proc/${pid}/cmdline`, "utf8"), "")
    .split("\0")
    .slice(0, -1);
  return args.some((arg) => arg !== "") ? args : [];
}

/** Where the files lie that a process has open; those of others cannot be seen. */
export function openFiles(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return unlessGone(() => readdirSync(folder), []).flatMap((descriptor) =>
    unlessGone(() => [readlinkSync(`${folder}/${descriptor}`)], []),
  );
}

/** A process, in words for a person, that has one of these files open; absolute paths without links. */
export function userOf(files: readonly string[]): { file: string; process: string } | undefined {
  const wanted = new Set(files);
  for (const pid of pids()) {
    const file = openFiles(pid).find((open) => wanted.has(open));
    if (file === undefined) continue;
    return { file, process: `process ${pid} (${nameOf(pid)})` };
  }
  return undefined;
}

function nameOf(pid: number): string {
  return unlessGone(() => readFileSync(`/proc/${pid}/comm`, "utf8").trim(), "ending");
}

function pids(): number[] {
  return unlessGone(() => readdirSync("/proc"), [])
    .map(Number)
    .filter(Number.isInteger);
}

/** What is looked at in /proc may have ended meanwhile, and there may be none. */
function unlessGone<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch {
    return otherwise;
  }
}

/** Waits until a process has ended. Gives false when the time is over. */
export async function waitForExit({ pid, identity }: OwnProcess, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (processIdentity(pid) === identity) {
    if (Date.now() >= deadline) return false;
    await sleep(100);
  }
  return true;
}

/** Ends the process that `find` finds, at once. The look-up comes right before the signal, so that no other process gets it. */
export async function killProcess(find: () => Promise<OwnProcess | undefined>): Promise<void> {
  const found = await find();
  if (!found) return;
  try {
    process.kill(found.pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
  if (!(await waitForExit(found, 10_000))) throw new Error(`Process ${found.pid} does not end, not even by SIGKILL.`);
}
