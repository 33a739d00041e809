import type { KeyPair } from "./identity";
import type { MachineSpec } from "./types";

/** Name of the lab card's networkd unit in a machine; `/etc/systemd/network/<name>.d/*.conf` extends it. */
export const labNetworkUnit = "20-lab.network";

/** Login of every machine, as on Debian's AMIs. */
export const machineUser = "admin";

export interface CredentialInput {
  readonly spec: MachineSpec;
  readonly labMac: string;
  readonly hostKey: KeyPair;
  /** Public key that may log in as `machineUser`. */
  readonly authorizedKey: string;
}

/**
 * What a machine is told at every boot, as systemd credentials (systemd.system-credentials(7)): name of the credential to content.
 * This is what makes machines of one disk different, and it works before the network does.
 */
export function machineCredentials({ spec, labMac, hostKey, authorizedKey }: CredentialInput): Record<string, string> {
  const hosts = ["127.0.0.1 localhost", `127.0.1.1 ${spec.name}`, "::1 localhost ip6-localhost ip6-loopback", ""].join(
    "\n",
  );
  return {
    "system.hostname": spec.name,
    "tmpfiles.extra": [
      writeAlways("/etc/ssh/ssh_host_ed25519_key", "0600", hostKey.privateKey),
      writeAlways("/etc/ssh/ssh_host_ed25519_key.pub", "0644", `${hostKey.publicKey}\n`),
      "d /etc/ssh/authorized_keys.d 0755 root root -",
      writeAlways(`/etc/ssh/authorized_keys.d/${machineUser}`, "0644", `${authorizedKey}\n`),
      // These are the user's own after the first boot.
      writeOnce("/etc/hostname", `${spec.name}\n`),
      writeOnce("/etc/hosts", hosts),
      "",
    ].join("\n"),
    [`network.network.${labNetworkUnit.replace(/\.network$/, "")}`]: labNetwork(spec, labMac),
  };
}

function labNetwork(spec: MachineSpec, mac: string): string {
  return `[Match]
MACAddress=${mac}

[Link]
MTUBytes=1500

[Network]
Address=${spec.address}/${spec.prefixLength}
LinkLocalAddressing=no
IPv6AcceptRA=no
# The fabric may come up after the machine or be restarted under it.
ConfigureWithoutCarrier=yes
`;
}

/** A line of tmpfiles.d(5); "~" takes the content in Base64, so that nothing in it can be taken for syntax. */
function writeAlways(path: string, mode: string, content: string): string {
  return `f+~ ${path} ${mode} root root - ${Buffer.from(content).toString("base64")}`;
}

function writeOnce(path: string, content: string): string {
  return `f~ ${path} 0644 root root - ${Buffer.from(content).toString("base64")}`;
}
