import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline, type Duplex } from "node:stream";
import { processIdentity } from "../../../cloud/processIdentity";
import type { SshSession } from "../../ssh/session";
import { asRootScript, scriptText } from "../hostScript";

/** A private unix socket on this computer that leads to a unix socket on a host. */
export interface Tunnel {
  readonly socket: string;
  /** Why the last connection to the host's socket failed, if it did. */
  problem(): string | undefined;
  close(): Promise<void>;
}

/** Opens a stream to the host's socket, for each connection to the tunnel's socket. */
export type Dial = () => Promise<{ stream: Duplex; problem?: () => string }>;

const prefix = "hardway-cri-";

/** Marks where the socket's own bytes begin: the startup files of a login shell may print something before. */
const mark = "hardway-relay-begins";
/** How much they may print, in bytes. */
const longestNoise = 64 * 1024;

/** Removes the folders of processes that were killed. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = Number(/^hardway-cri-(\d+)-/.exec(name)?.[1]);
    // Folders of others stay; one whose process number was reused is removed another time.
    if (pid > 0 && processIdentity(pid) === undefined)
      await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined);
  }
}

/** The folder has mode 0700, so nobody else on this computer reaches the host's socket through it. */
export async function openTunnel(dial: Dial): Promise<Tunnel> {
  await removeLeftovers();
  const folder = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
  const socket = join(folder, "cri.sock");
  const open = new Set<Socket>();
  let problem: string | undefined;
  const server: Server = createServer((local) => {
    open.add(local);
    local.on("close", () => open.delete(local));
    // Until the pipeline takes over, a client that ends early must not cause an unhandled error.
    local.on("error", () => local.destroy());
    dial().then(
      (far) => {
        pipeline(local, far.stream, local, () => {
          problem = far.problem?.() ?? problem;
          far.stream.destroy();
        });
      },
      (error: Error) => {
        problem = error.message;
        local.destroy();
      },
    );
  });
  try {
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen(socket, resolve));
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    socket,
    problem: () => problem,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const connection of open) connection.destroy();
      await closed;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** For root, sshd itself forwards to the socket; for other users a relay under sudo does. */
export function dialThrough(session: SshSession, path: string, asLoginUser: boolean): Dial {
  return async () => {
    if (asLoginUser) {
      try {
        return { stream: await session.forwardUnix(path) };
      } catch {
        // sshd_config(5): AllowStreamLocalForwarding may be off.
      }
    }
    const channel = await session.open(asRootScript(`echo ${mark}\n${scriptText("relay", { SOCKET: path })}`));
    let stderr = "";
    channel.stderr.on("data", (data: Buffer) => (stderr = `${stderr}${data.toString()}`.slice(0, 500)));
    await untilMark(channel);
    return { stream: channel, problem: () => stderr.trim() };
  };
}

/** Removes everything up to and including the mark from a stream; returns at the end of the stream, too. */
function untilMark(stream: Duplex): Promise<void> {
  let seen = Buffer.alloc(0);
  return new Promise((resolve) => {
    const end = () => {
      stream.off("readable", read).off("end", end).off("close", end);
      resolve();
    };
    const read = () => {
      for (let chunk = stream.read() as Buffer | null; chunk !== null; chunk = stream.read() as Buffer | null) {
        seen = Buffer.concat([seen, chunk]);
        const at = seen.indexOf(`${mark}\n`);
        if (at < 0 && seen.length < longestNoise) continue;
        if (at >= 0) stream.unshift(seen.subarray(at + mark.length + 1));
        return end();
      }
    };
    stream.on("readable", read).on("end", end).on("close", end);
  });
}
