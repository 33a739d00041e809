import type net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { listenProblem, occupy } from "../machines/ports";

/** Port on which a machine's SSH is reached at its public address; ports below 1024 are root's. */
export const sshPort = 2222;

/**
 * Whoever listens on this port of an address may give the address to a machine. Between the look at SSH's port and QEMU's
 * listening there another user's embedded EC2 could find it free too; of two that listen here the kernel lets in one.
 */
const claimPort = 2221;

/** Another one that only looks at an address has it for milliseconds; whoever boots a machine on it, until QEMU answers. */
const holdLimitMs = 2_000;

/** The public addresses that this process is about to give to machines. They are free again when it ends. */
export class PublicAddressClaims {
  private readonly held = new Map<string, net.Server>();

  /**
   * A loopback address for a machine's SSH, held until `release`: `127.77.0.<last octet of its private address>`
   * (127.77.0.80 for 10.240.0.80) where that is free, else the same octet in the next network. `preferred` comes before
   * all of them.
   */
  async claim(privateAddress: string, taken: ReadonlySet<string>, preferred?: string): Promise<string> {
    const octet = privateAddress.split(".")[3] ?? "";
    const hosts = Array.from({ length: 256 }, (_, network) => `127.77.${network}.${octet}`);
    for (const host of preferred === undefined ? hosts : [preferred, ...hosts]) {
      if (taken.has(host) || !(await this.tryHold(host))) continue;
      // Who has it does not matter, and would take long to find out: others wait for what is held here.
      if ((await listenProblem({ host, port: sshPort })) === undefined) return host;
      this.release(host);
    }
    throw new Error(`No address 127.77.N.${octet} has port ${sshPort} free for an instance.`);
  }

  /** Holds a known address, for a machine that boots on it. @throws when somebody else holds it. */
  async hold(host: string): Promise<void> {
    for (const deadline = Date.now() + holdLimitMs; !(await this.tryHold(host)); await sleep(50)) {
      if (Date.now() < deadline) continue;
      throw new Error(
        `Another embedded EC2 is giving ${host} to a machine. Stop and start the instance to get another.`,
      );
    }
  }

  /** Ends a hold: the machine listens by itself now, or does not need the address any more. */
  release(host: string): void {
    this.held.get(host)?.close();
    this.held.delete(host);
  }

  close(): void {
    for (const host of [...this.held.keys()]) this.release(host);
  }

  private async tryHold(host: string): Promise<boolean> {
    if (this.held.has(host)) return true;
    const server = await occupy({ host, port: claimPort }).catch(() => undefined);
    if (server !== undefined) this.held.set(host, server.unref());
    return server !== undefined;
  }
}

/** An address that is free now, for who boots a machine without the embedded EC2; it is not held. */
export async function claimPublicAddress(privateAddress: string, taken: ReadonlySet<string>): Promise<string> {
  const claims = new PublicAddressClaims();
  try {
    return await claims.claim(privateAddress, taken);
  } finally {
    claims.close();
  }
}
