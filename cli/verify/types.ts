import type { SshLogin } from "../ssh/login";

/** A machine as the verification reaches it. */
export interface VerifyHost {
  /** The host's name in the plan, e.g. `node-0`. */
  readonly name: string;
  /** Login as root, or as a user with passwordless sudo. */
  readonly ssh: SshLogin;
}

/** Areas of a verification in the order in which a host's rows are listed, which is the order in which it was prepared. */
export const checkAreas = [
  ...(["ssh", "host", "kernel", "runtime", "cni", "cri", "routes", "cluster", "pods"] as const),
  ...(["pki", "etcd", "control-plane", "nodes", "services", "dns"] as const),
] as const;

/** Those of a lab with a cluster. */
export const clusterAreas: readonly CheckArea[] = ["pki", "etcd", "control-plane", "nodes", "services", "dns"];

/** What a check is about; that of the VPC is no host's. */
export type CheckArea = (typeof checkAreas)[number] | "vpc";

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
