import { portProblem } from "../machines/ports";

/** Port on which a machine's SSH is reached at its public address; ports below 1024 are root's. */
export const sshPort = 2222;

/**
 * A loopback address for a machine's SSH: `127.77.0.<last octet of its private address>` where that is free, as in the documents'
 * 10.240.0.80, else the same octet in the next network.
 */
export async function claimPublicAddress(privateAddress: string, taken: ReadonlySet<string>): Promise<string> {
  const octet = privateAddress.split(".")[3] ?? "";
  for (let network = 0; network <= 255; network += 1) {
    const host = `127.77.${network}.${octet}`;
    if (!taken.has(host) && (await portProblem({ host, port: sshPort })) === undefined) return host;
  }
  throw new Error(`No address 127.77.N.${octet} has port ${sshPort} free for an instance.`);
}
