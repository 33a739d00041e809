import { readFile } from "node:fs/promises";
import { z } from "zod";
import { writeFileAtomically } from "../machines/files";
import { portProblem, type Endpoint } from "../machines/ports";

/** Ports up to this one are tried, from the usual one on. */
export const lastPort = 4665;

/**
 * Where a server was before, as noted in `file`, if that port is free, else the first free one after it; noted in turn. A note that
 * cannot be read counts as none, since labs are told where the server is; only its port counts, so that no damage opens another address.
 *
 * @throws Error when all ports are taken
 */
export async function freeEndpoint(file: string, usual: Endpoint): Promise<Endpoint> {
  const noted = z.object({ port: z.int().min(usual.port).max(lastPort) });
  const text = await readFile(file, "utf8").catch(() => "");
  const first = { ...usual, ...noted.catch({ port: usual.port }).parse(parsed(text)) };
  for (let endpoint = first; endpoint.port <= lastPort; endpoint = { ...endpoint, port: endpoint.port + 1 }) {
    if ((await portProblem(endpoint)) !== undefined) continue;
    await writeFileAtomically(file, JSON.stringify(endpoint));
    return endpoint;
  }
  throw new Error(`The embedded EC2 has no port to listen on: ${first.host}:${first.port} to ${lastPort} are taken.`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
