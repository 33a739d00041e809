import { remoteTypes } from "../command";
import { objectOf, unknownValue } from "../resource";
import type { Rule } from "../rule";

export const pinnedHostKeys: Rule = {
  name: "pinned-host-keys",
  level: "mandatory",
  reason:
    "A connection must know the host's key: without it, whoever answers at the address gets commands and secrets.",
  remedy: "Give connection.hostKey, and hostKey of its proxy: a line of the host's /etc/ssh/ssh_host_ed25519_key.pub.",
  check: ({ type, props }) => {
    if (!remoteTypes.includes(type)) return [];
    const connection = objectOf(props.connection);
    if (connection === undefined) return [];
    const proxy = objectOf(connection.proxy);
    return [
      ...(isGiven(connection.hostKey) ? [] : [`The connection to ${nameOf(connection.host)} has no hostKey.`]),
      ...(proxy === undefined || isGiven(proxy.hostKey) ? [] : [`The proxy ${nameOf(proxy.host)} has no hostKey.`]),
    ];
  },
};

function isGiven(hostKey: unknown): boolean {
  return hostKey === unknownValue || (typeof hostKey === "string" && hostKey.trim() !== "");
}

function nameOf(host: unknown): string {
  return typeof host === "string" ? host : "a host that is not known yet";
}
