import { once } from "node:events";
import { readdir, readFile, readlink } from "node:fs/promises";
import net from "node:net";

/** An address and port on loopback. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Listens on an endpoint, so that nobody else does until the server is closed. @throws the system's error when it cannot */
export async function occupy({ host, port }: Endpoint): Promise<net.Server> {
  const server = net.createServer((peer) => peer.destroy()).listen({ host, port, exclusive: true });
  await once(server, "listening");
  return server;
}

/** The system's error code when an endpoint cannot be listened on; undefined when it can. */
export function listenProblem(endpoint: Endpoint): Promise<string | undefined> {
  return occupy(endpoint).then(
    (server) => new Promise<undefined>((resolve) => server.close(() => resolve(undefined))),
    (error: NodeJS.ErrnoException) => error.code ?? error.message,
  );
}

/** Why an endpoint cannot be listened on, and who does; undefined when it can. */
export async function portProblem({ host, port }: Endpoint): Promise<string | undefined> {
  const code = await listenProblem({ host, port });
  if (code === undefined) return undefined;
  if (code !== "EADDRINUSE") return `${host}:${port} cannot be listened on (${code})`;
  const owner = await portOwner({ host, port });
  return `${host}:${port} is taken${owner ? ` by ${owner}` : " by another process"}`;
}

/** The process that listens on an endpoint, as far as this user may know. */
export async function portOwner({ host, port }: Endpoint): Promise<string | undefined> {
  const table = await readFile("/proc/net/tcp", "utf8").catch(() => "");
  const inode = listeningInode(table, host, port);
  if (!inode) return undefined;
  const pids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const descriptor of descriptors) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => "");
      if (target !== `socket:[${inode}]`) continue;
      const name = (await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "")).trim();
      return `process ${pid}${name ? ` (${name})` : ""}`;
    }
  }
  return undefined;
}

/** Finds a listening socket in the text of /proc/net/tcp (proc_pid_net(5)); one that listens on every address counts too. */
export function listeningInode(table: string, host: string, port: number): string | undefined {
  const listening = "0A";
  // Addresses are in the byte order of the computer, which is little-endian wherever we run.
  const hex = host
    .split(".")
    .reverse()
    .map((octet) => Number(octet).toString(16).padStart(2, "0"))
    .join("")
    .toUpperCase();
  const suffix = `:${port.toString(16).padStart(4, "0").toUpperCase()}`;
  for (const line of table.split("\n")) {
    const fields = line.trim().split(/\s+/);
    if (fields[3] === listening && (fields[1] === hex + suffix || fields[1] === `00000000${suffix}`)) return fields[9];
  }
  return undefined;
}
