import type { SshLogin } from "../ssh/login";

/** A machine as the verification reaches it. */
export interface VerifyHost {
  /** The host's name in the plan, e.g. `node-0`. */
  readonly name: string;
  /** Login as root, or as a user with passwordless sudo. */
  readonly ssh: SshLogin;
}

export type CheckArea = "kernel" | "runtime" | "cni" | "cri" | "routes" | "cluster" | "pods" | "ssh" | "host" | "vpc";

/** One thing that the plan requires, and what was observed. */
export interface Check {
  readonly host: string;
  readonly area: CheckArea;
  /** What was checked, in a few words: `sysctl net.ipv4.ip_forward`. */
  readonly check: string;
  readonly expected: string;
  /** What the machine really has, never what was configured. */
  readonly observed: string;
  readonly ok: boolean;
}
