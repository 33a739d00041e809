import type * as pulumi from "@pulumi/pulumi";

/** How to log in to a machine over SSH. */
export interface ProxyConnection {
  /** Name or address of the machine. */
  readonly host: pulumi.Input<string>;
  /** @default 22 */
  readonly port?: pulumi.Input<number>;
  /** Login on the machine. @default root */
  readonly user?: pulumi.Input<string>;
  /** Text of the private key, which goes before a password. Secret. */
  readonly privateKey?: pulumi.Input<string>;
  /** Passphrase of that key, if it has one. Secret. */
  readonly privateKeyPassword?: pulumi.Input<string>;
  /** Secret. */
  readonly password?: pulumi.Input<string>;
  /** Socket of an SSH agent. @default that of SSH_AUTH_SOCK */
  readonly agentSocketPath?: pulumi.Input<string>;
  /**
   * The machine's public key, e.g. `ssh-ed25519 AAAA...`. Any other machine at the address is refused.
   *
   * @default any machine at the address is accepted
   */
  readonly hostKey?: pulumi.Input<string>;
  /** How often connecting is tried before it fails. */
  readonly dialErrorLimit?: pulumi.Input<number>;
  /** Seconds that one attempt to connect may take. */
  readonly perDialTimeout?: pulumi.Input<number>;
}

/** How to reach a host over SSH. */
export interface HostConnection extends ProxyConnection {
  /** The machine to go through. @default none: the host is reached directly */
  readonly proxy?: pulumi.Input<ProxyConnection>;
}
