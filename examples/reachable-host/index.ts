// ReachableHost: waits until a host answers on SSH and checks that it can become a node. Changes nothing on it.
// Run it: set host, user, privateKeyFile and hostKey as in ../README.md, then pulumi up.
import { ReachableHost } from "hardway/host";
import { connectionFromConfig } from "../connection";

const host = new ReachableHost("example", {
  connection: connectionFromConfig(),
  requireHostKey: true,
  // For a machine that may be booting still.
  sshTimeoutSeconds: 600,
  minFreeMiB: 4096,
});

export const os = host.facts.os;
export const kernel = host.facts.kernel;
