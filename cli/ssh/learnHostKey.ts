import { Client, type ConnectConfig } from "ssh2";
import { knownHost, type HostKeys } from "../../components/config/hostKeys";
import { firstFor, hostKeyAlgorithms } from "../../components/remote/sshKeys";
import type { SshLogin } from "./login";
import { SshSession, type ConnectOptions } from "./session";

interface LearnOptions extends ConnectOptions {
  /** Type of key to ask for before others, e.g. `ssh-rsa`. */
  readonly preferredType?: string;
}

/**
 * The key that a host proves, in its wire form. Nobody logs in: the connection ends as soon as the key is known. A bastion in
 * front of it is logged in to, and has to have the key that is pinned for it.
 *
 * @throws Error that says why there is none
 */
export async function learnHostKey(access: SshLogin, options: LearnOptions = {}): Promise<Buffer> {
  const { host, port, user, proxy } = access;
  if (proxy === undefined) return handshake({ host, port, username: user }, options);
  const session = await SshSession.connect({ port: 22, user: "root", ...proxy }, options);
  try {
    return await handshake({ sock: await session.forwardTcp(host, port), username: user }, options);
  } finally {
    session.close();
  }
}

function handshake(
  target: ConnectConfig,
  { timeoutSeconds = 20, signal, preferredType }: LearnOptions,
): Promise<Buffer> {
  const client = new Client();
  return new Promise<Buffer>((resolve, reject) => {
    const abort = () => reject(signal?.reason as Error);
    if (signal?.aborted) return abort();
    signal?.addEventListener("abort", abort);
    client.on("error", (error: Error & { level?: string }) =>
      reject(error.level === "client-timeout" ? new Error(`no answer within ${timeoutSeconds} s`) : error),
    );
    client.on("close", () => reject(new Error("the host closed the connection before it proved its key")));
    client.connect({
      ...target,
      readyTimeout: timeoutSeconds * 1000,
      algorithms: { serverHostKey: firstFor(preferredType, hostKeyAlgorithms) },
      hostVerifier: (key: Buffer) => {
        resolve(Buffer.from(key));
        return false;
      },
    });
    client.once("close", () => signal?.removeEventListener("abort", abort));
  }).finally(() => client.destroy());
}

/** How to log in to a host, with its learnt key if there is one. */
export function withHostKey(access: SshLogin, keys: HostKeys): SshLogin {
  const hostKey = access.hostKey ?? keys.get(knownHost(access.host, access.port));
  return hostKey === undefined ? access : { ...access, hostKey };
}
