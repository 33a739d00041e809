import * as pulumi from "@pulumi/pulumi";
import { shownError } from "../shownError";
import { isKnown } from "./isKnown";

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

/** A connection, and whether it has to say which machine is meant. */
interface ConnectionChoice {
  readonly connection: pulumi.Input<HostConnection>;
  readonly requireHostKey?: pulumi.Input<boolean>;
}

/**
 * The connection of a component, with host keys where they are required.
 *
 * @param component how the error names it
 * @throws pulumi.RunError for one without; at once where it is known, else when it is
 */
export function pinnedConnection(
  component: string,
  { connection, requireHostKey = false }: ConnectionChoice,
): pulumi.Input<HostConnection> {
  if (requireHostKey === false) return connection;
  if (requireHostKey === true && isKnown(connection)) refuseUnpinned(component, connection as KnownConnection);
  return pulumi.all([connection, requireHostKey]).apply(([known, required]) => {
    if (required) refuseUnpinned(component, known);
    return known;
  });
}

type KnownConnection = pulumi.UnwrappedObject<HostConnection>;

function refuseUnpinned(component: string, { host, hostKey, proxy }: KnownConnection): void {
  const open = [
    ...(isMissing(hostKey) ? [`connection to ${host}`] : []),
    ...(proxy !== undefined && isMissing(proxy.hostKey) ? [`proxy ${proxy.host}`] : []),
  ];
  if (open.length === 0) return;
  throw shownError(
    `${component} cannot be made: its ${open.join(" and its ")} ${open.length > 1 ? "have" : "has"} no hostKey, which ` +
      "requireHostKey demands. It is a line of ssh-keyscan(1), run where the network is trusted, without the host's name",
  );
}

function isMissing(hostKey: string | undefined): boolean {
  return hostKey === undefined || hostKey === "";
}
