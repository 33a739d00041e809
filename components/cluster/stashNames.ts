/** Names of the resources in which a ClusterPki keeps what it made: once for the cluster, and for each host. */
export function authoritiesStash(pki: string): string {
  return `${pki}-authorities`;
}

/** A host may be called `authorities`; none has a name that begins with `_`. */
export function hostStash(pki: string, host: string): string {
  const name = `${pki}-${host}`;
  return name === authoritiesStash(pki) ? `${pki}-_${host}` : name;
}

/** The host of such a name; undefined for other names. */
export function hostOfStash(pki: string, name: string): string | undefined {
  if (!name.startsWith(`${pki}-`) || name === authoritiesStash(pki)) return undefined;
  return name.slice(pki.length + 1).replace(/^_/, "");
}
