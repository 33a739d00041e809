import { stringify } from "yaml";

/** What a machine learns from its user data at its first boot. */
export interface CloudConfig {
  readonly hostname: string;
  /** The machine's SSH host key, in OpenSSH's formats. */
  readonly hostKey: { readonly privateKey: string; readonly publicKey: string };
}

/**
 * User data for cloud-init. The text is part of an instance's identity: changing it replaces the instance.
 *
 * With `ssh_keys` given, cloud-init removes the image's host keys and writes these alone, before sshd starts, so that
 * the machine has the pinned key from its first boot on (cloud-init reference, module "SSH"). `preserve_hostname: true`
 * would keep cloud-init from setting the hostname at all (module "Set Hostname"); as the name is in the user data, it
 * is set again to the same at every boot.
 */
export function renderCloudConfig({ hostname, hostKey }: CloudConfig): string {
  const config = {
    hostname,
    preserve_hostname: false,
    ssh_deletekeys: true,
    ssh_keys: { ed25519_private: `${hostKey.privateKey.trimEnd()}\n`, ed25519_public: hostKey.publicKey },
  };
  // cloud-init reads YAML 1.1, to which a host called "no" is false unless it is quoted.
  return `#cloud-config\n${stringify(config, { version: "1.1", lineWidth: 0 })}`;
}
