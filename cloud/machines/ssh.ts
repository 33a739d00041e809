import { Client } from "ssh2";
import type { MachineSsh } from "./types";

/** What answered is not the machine: its host key is another one. Waiting does not help. */
export class HostKeyError extends Error {}

export interface SshResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SshCommand {
  readonly privateKey: string;
  readonly command: string;
  /** Limit from the start of the connection to the end of the command, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs one command on a machine over a connection of its own. Only the machine that holds the known host key is talked to.
 * @throws HostKeyError; Error when it cannot be reached or the time is over.
 */
export async function runOverSsh(
  ssh: MachineSsh,
  { privateKey, command, timeoutMs, signal }: SshCommand,
): Promise<SshResult> {
  const client = new Client();
  let foreignKey: string | undefined;
  try {
    return await new Promise<SshResult>((resolve, reject) => {
      const stop = (error: Error): void => reject(foreignKey ? wrongHostKey(ssh, foreignKey) : error);
      const timer = setTimeout(() => stop(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
      const abort = (): void => stop(signal?.reason instanceof Error ? signal.reason : new Error("interrupted"));
      signal?.addEventListener("abort", abort, { once: true });
      client.once("close", () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
        stop(new Error("the connection was closed"));
      });
      client.on("error", stop);
      client.on("ready", () => {
        client.exec(command, (error, channel) => {
          if (error) return stop(error);
          let stdout = "";
          let stderr = "";
          channel.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
          channel.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
          channel.on("close", (exitCode: number | null) => resolve({ exitCode: exitCode ?? -1, stdout, stderr }));
        });
      });
      client.connect({
        host: ssh.host,
        port: ssh.port,
        username: ssh.user,
        privateKey,
        readyTimeout: timeoutMs,
        algorithms: { serverHostKey: ["ssh-ed25519"] },
        hostVerifier: (key: Buffer) => {
          const offered = `ssh-ed25519 ${key.toString("base64")}`;
          if (offered !== ssh.hostKey) foreignKey = offered;
          return offered === ssh.hostKey;
        },
      });
    });
  } finally {
    client.destroy();
  }
}

function wrongHostKey(ssh: MachineSsh, offered: string): HostKeyError {
  return new HostKeyError(
    `${ssh.host}:${ssh.port} answers with the host key ${offered}, but this lab gave its machine ${ssh.hostKey}: something else answers there.`,
  );
}
