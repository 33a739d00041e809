import { existsSync, realpathSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { commandLines, findProcess, type OwnProcess } from "../machines/processes";
import { processIdentity, startTicks } from "../processIdentity";
import type { CloudFiles } from "./files";

/** The program of the daemon; its first argument is the folder. */
const program = path.join("cloud", "daemon", "main.ts");

/** The daemon of this folder, if it runs, also where its pid file is lost or damaged. */
export function findDaemon({ pid, directory }: CloudFiles): Promise<OwnProcess | undefined> {
  return findProcess(pid, (_pid, args) => serves(args, directory));
}

/**
 * Makes sure that this process is the only daemon of the folder: two would write one state. The processes themselves are looked at,
 * because no file tells for sure; of two that start at one moment, the older stays.
 * @throws when there is another one.
 */
export async function refuseSecondDaemon({ directory, control }: CloudFiles): Promise<void> {
  const age = (pid: number): number => startTicks(processIdentity(pid) ?? "");
  const mine = age(process.pid);
  for (const { pid, args } of commandLines()) {
    if (pid === process.pid || !serves(args, directory)) continue;
    const ticks = age(pid);
    if (ticks < mine || (ticks === mine && pid < process.pid))
      throw new Error(`Another embedded EC2 (process ${pid}) has ${directory} already.`);
  }
  // One that runs where its process cannot be seen, as in another container.
  if (await answers(control)) throw new Error(`Another embedded EC2 answers on ${control} already.`);
}

function serves(args: readonly string[], directory: string): boolean {
  const at = args.findIndex((arg) => arg.endsWith(path.sep + program));
  const served = at < 0 ? undefined : args[at + 1];
  return served !== undefined && (served === directory || real(served) === real(directory));
}

const real = (directory: string): string => (existsSync(directory) ? realpathSync(directory) : directory);

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ path: socketPath });
    const end = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
  });
}
