import * as pulumi from "@pulumi/pulumi";
import type { HostConnection } from "hardway/host";
import { readFileSync } from "node:fs";

/**
 * The host that an example works on, from its configuration:
 *
 *     pulumi config set host 192.0.2.10
 *     pulumi config set user admin
 *     pulumi config set privateKeyFile ~/.ssh/id_ed25519
 *     pulumi config set hostKey "ssh-ed25519 AAAA..."   # /etc/ssh/ssh_host_ed25519_key.pub of the host
 */
export function connectionFromConfig(): HostConnection {
  const config = new pulumi.Config();
  return {
    host: config.require("host"),
    port: config.getNumber("port") ?? 22,
    user: config.get("user") ?? "root",
    privateKey: readFileSync(config.require("privateKeyFile").replace(/^~/, process.env["HOME"] ?? "~"), "utf8"),
    // Without the host key any machine at this address would be believed.
    hostKey: config.require("hostKey"),
  };
}
