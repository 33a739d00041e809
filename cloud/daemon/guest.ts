import type { InstanceLaunch } from "../api/core/driver";
import type { FirstBoot, HostKey } from "./userData";

/** Name of the VPC card's networkd unit in a machine; `/etc/systemd/network/<name>.d/*.conf` extends it. */
const networkUnit = "20-vpc";

/** Login of every machine, as on Debian's AMIs. */
export const machineUser = "admin";

interface GuestInput {
  readonly launch: InstanceLaunch;
  readonly firstBoot: FirstBoot;
  /** At least one. */
  readonly hostKeys: readonly HostKey[];
}

/**
 * What a machine is told at every boot, as systemd credentials (systemd.system-credentials(7)): name of the credential to content.
 * This is what makes machines of one disk different, and it works before the network does.
 */
export function machineCredentials({ launch, firstBoot, hostKeys }: GuestInput): Record<string, string> {
  const hostname = firstBoot.hostname ?? launch.hostname;
  const authorizedKeys = [...(launch.authorizedKey ? [launch.authorizedKey] : []), ...firstBoot.authorizedKeys];
  const hosts = ["127.0.0.1 localhost", `127.0.1.1 ${hostname}`, "::1 localhost ip6-localhost ip6-loopback", ""];
  return {
    "system.hostname": hostname,
    "tmpfiles.extra": [
      ...hostKeys.flatMap(({ type, privateKey, publicKey }) => [
        writeAlways(`/etc/ssh/ssh_host_${type}_key`, "0600", privateKey),
        writeAlways(`/etc/ssh/ssh_host_${type}_key.pub`, "0644", `${publicKey}\n`),
      ]),
      "d /etc/ssh/authorized_keys.d 0755 root root -",
      writeAlways(
        `/etc/ssh/authorized_keys.d/${machineUser}`,
        "0644",
        authorizedKeys.map((key) => `${key}\n`).join(""),
      ),
      // These are the user's own after the first boot.
      writeOnce("/etc/hostname", `${hostname}\n`),
      writeOnce("/etc/hosts", hosts.join("\n")),
      ...(firstBoot.script === undefined
        ? []
        : [
            "d /run/hardway 0700 root root -",
            writeAlways("/run/hardway/user-data", "0700", wholeScript(firstBoot.script)),
          ]),
      "",
    ].join("\n"),
    [`network.network.${networkUnit}`]: vpcNetwork(launch),
  };
}

/** Runs every line even when one fails, as cloud-init does, and says at the end that it is done. */
function wholeScript(script: string): string {
  return [
    "#!/bin/sh",
    "exec </dev/null",
    script,
    "mkdir -p /var/lib/cloud/instance",
    "touch /var/lib/cloud/instance/boot-finished",
    "",
  ].join("\n");
}

function vpcNetwork({ mac, privateAddress, prefixLength, router, vpcCidrs }: InstanceLaunch): string {
  const routes = vpcCidrs.map((cidr) => `\n[Route]\nDestination=${cidr}\nGateway=${router}\n`);
  return `[Match]
MACAddress=${mac}

[Link]
MTUBytes=1500

[Network]
Address=${privateAddress}/${prefixLength}
LinkLocalAddressing=no
IPv6AcceptRA=no
# The fabric may come up after the machine or be restarted under it.
ConfigureWithoutCarrier=yes
${routes.join("")}`;
}

/** A line of tmpfiles.d(5); "~" takes the content in Base64, so that nothing in it can be taken for syntax. */
function writeAlways(path: string, mode: string, content: string): string {
  return `f+~ ${path} ${mode} root root - ${Buffer.from(content).toString("base64")}`;
}

function writeOnce(path: string, content: string): string {
  return `f~ ${path} 0644 root root - ${Buffer.from(content).toString("base64")}`;
}
