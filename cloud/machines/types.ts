/** What the embedded lab's machines look like from outside `cloud/`. */

/** One virtual machine to create. */
export interface MachineSpec {
  /** Host name, also the machine's key in its lab: `server`, `node-0`. */
  readonly name: string;
  /** IPv4 address on the lab network, e.g. `10.240.0.80`. */
  readonly address: string;
  /** Length of the lab network's prefix, e.g. `24`. */
  readonly prefixLength: number;
  /** Memory in MiB. */
  readonly memoryMiB: number;
  /** Virtual CPUs. */
  readonly cores: number;
  /** Size of the root disk in GiB; the file is sparse. */
  readonly diskGiB: number;
}

/** How to reach a machine over SSH. Everything here is known before the machine boots. */
export interface MachineSsh {
  /** Loopback address that QEMU forwards, e.g. `127.77.0.80`. */
  readonly host: string;
  readonly port: number;
  /** Login with passwordless sudo. */
  readonly user: string;
  /** Absolute path of the lab's private key (OpenSSH ed25519, mode 0600). */
  readonly privateKeyFile: string;
  /** The machine's public host key, one line: `ssh-ed25519 AAAA...`. */
  readonly hostKey: string;
}

export type MachineState = "running" | "stopped" | "missing";

export interface MachineStatus {
  readonly name: string;
  readonly address: string;
  readonly state: MachineState;
  readonly pid?: number;
  /** When the QEMU process started, ISO 8601. */
  readonly startedAt?: string;
  readonly ssh: MachineSsh;
}

/** A step that takes long says so through this; `text` is a short line for a person. */
export type OnProgress = (progress: { machine?: string; text: string }) => void;
