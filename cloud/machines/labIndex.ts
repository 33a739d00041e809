import { mkdir, open, readFile, rm, stat } from "node:fs/promises";
import path from "node:path";
import { readLabState } from "./labState";
import { labFiles } from "./files";
import { portProblem, type Endpoint } from "./ports";

/** Port on which a machine's SSH is reached on this computer. */
export const sshPort = 2222;

/** A lab that has just claimed its network has not written its state yet. */
const freshClaimMs = 60_000;

/** Labs are told apart by the third octet. */
const maxIndex = 254;

/** Where the SSH of the machine with this address is reached: `127.77.<lab index>.<last octet>`. */
export function sshEndpoint(index: number, address: string): Endpoint {
  return { host: `127.77.${index}.${address.split(".")[3]}`, port: sshPort };
}

/**
 * Takes the first network 127.77.N.0/24 that no other lab of this user has and whose ports are free. A claim is a file named N that
 * holds the lab's directory; it is void when that lab is gone.
 */
export async function claimLabIndex(
  cacheDirectory: string,
  directory: string,
  addresses: readonly string[],
): Promise<number> {
  const claims = path.join(cacheDirectory, "labs");
  await mkdir(claims, { recursive: true });
  for (let index = 0; index <= maxIndex; index += 1) {
    const file = path.join(claims, String(index));
    if (!(await claimable(file, directory, index))) continue;
    const problems = await Promise.all(addresses.map((address) => portProblem(sshEndpoint(index, address))));
    if (problems.some(Boolean)) continue;
    if (await claim(file, directory)) return index;
  }
  throw new Error(`No network 127.77.N.0/24 is free for a lab; ${claims} lists the labs that have one.`);
}

/** Gives a lab's network back. */
export async function releaseLabIndex(cacheDirectory: string, directory: string, index: number): Promise<void> {
  const file = path.join(cacheDirectory, "labs", String(index));
  if ((await readFile(file, "utf8").catch(() => undefined)) === directory) await rm(file, { force: true });
}

async function claimable(file: string, directory: string, index: number): Promise<boolean> {
  const holder = await readFile(file, "utf8").catch(() => undefined);
  if (holder === undefined || holder === directory) return true;
  const state = await readLabState(labFiles(holder).state).catch(() => ({ index }));
  const fresh =
    (await stat(file).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    )) >
    Date.now() - freshClaimMs;
  if (state?.index === index || fresh) return false;
  await rm(file, { force: true });
  return true;
}

async function claim(file: string, directory: string): Promise<boolean> {
  try {
    const handle = await open(file, "wx", 0o600);
    await handle.writeFile(directory);
    await handle.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return (await readFile(file, "utf8").catch(() => "")) === directory;
  }
}
