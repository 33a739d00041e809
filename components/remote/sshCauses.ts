/**
 * Explains failures of a connection whose own message does not; undefined for any other failure.
 */
export function sshCause(error: Error & { readonly code?: string }): string | undefined {
  if (error.code === "ENOTFOUND")
    return "no such host; write a name that DNS or /etc/hosts has, or an address: ~/.ssh/config is not read";
  if (/no matching key exchange algorithm/i.test(error.message))
    return (
      "no key exchange in common: the host offers none of curve25519, ECDH and Diffie-Hellman (KexAlgorithms in " +
      "sshd_config(5)), and post-quantum ones are not known here"
    );
  if (error.message === "Connection lost before handshake")
    return (
      "the host hung up before it said anything, as sshd does while many others log in (MaxStartups in sshd_config(5)) or " +
      "for a while after failed logins (PerSourcePenalties)"
    );
  return undefined;
}
