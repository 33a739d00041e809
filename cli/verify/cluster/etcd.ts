import { controlPlaneFolder } from "../../../components/cluster/controlPlaneFiles";
import { etcdData, etcdPorts } from "../../../components/cluster/etcdFiles";
import type { PlannedHost } from "../../../components/plan/routes";
import type { Facts } from "../facts";
import { Rows } from "../rows";
import { at } from "../runtimes/judge";
import type { Check } from "../types";
import { parseJson } from "./json";

/** The files of a client of etcd's. */
export const etcdClient = {
  CA: `${controlPlaneFolder}/etcd-ca.crt`,
  CERTIFICATE: `${controlPlaneFolder}/apiserver-etcd-client.crt`,
  KEY: `${controlPlaneFolder}/apiserver-etcd-client.key`,
} as const;

/** The values that scripts/etcd.sh gets. */
export const etcdValues = {
  ...etcdClient,
  CLIENT_PORT: String(etcdPorts.client),
  METRICS_PORT: String(etcdPorts.metrics),
  DATA: etcdData,
} as const;

/** Compares the member of etcd on a host, and what it knows of the others, with the plan. */
export function judgeEtcd(host: PlannedHost, controllers: readonly PlannedHost[], facts: Facts): Check[] {
  const rows = new Rows(host.name, "etcd");
  const health = facts.text("health");
  rows.add("health", "healthy", health, String(at(parseJson(health), "health")) === "true");
  const planned = controllers.map(({ name, address }) => memberText(name, `https://${address}:${etcdPorts.client}`));
  const members = membersIn(facts);
  const seen = members.map(({ name, url }) => memberText(name, url));
  rows.equal("members", planned.sort().join(", "), seen.sort().join(", ") || facts.text("members"));
  rows.equal("data in /var/lib/etcd", "0700 root", facts.text("data").replace(/^(\d{3}) /, "0$1 "));
  // curl ends with 000 where no answer came.
  judgeRefusal(rows, "client without a certificate", facts.get("nobody"), /certificate required|bad certificate/i);
  judgeRefusal(rows, "client without TLS", facts.get("plain"), /empty reply|reset by peer|^400$/im);
  return rows.rows;
}

/** Checks that all members follow the same leader, which is one of them. */
export function judgeLeader(controllers: readonly { readonly host: string; readonly facts: Facts }[]): Check[] {
  const leaders = controllers.map(({ host, facts }) => ({ host, leader: leaderIn(facts) }));
  return leaders.flatMap(({ host, leader }) => {
    const rows = new Rows(host, "etcd");
    const others = leaders
      .filter((other) => other.leader !== leader)
      .map((other) => `${other.leader} on ${other.host}`);
    const expected = "one of the members, the same for all";
    const name = leader ?? "none";
    rows.add("leader", expected, [name, ...others].join("; "), leader !== undefined && others.length === 0);
    return rows.rows;
  });
}

/** A row that is right when the answer is a refusal for the right reason: one from nobody is none. */
function judgeRefusal(rows: Rows, check: string, { code, text }: { code: number; text: string }, reason: RegExp): void {
  const isRefused = reason.test(text) && (code !== 0 || text === "400");
  rows.add(check, "refused", isRefused ? "refused" : text, isRefused);
}

function memberText(name: string, url: string): string {
  return `${name} at ${url}`;
}

function membersIn(facts: Facts): { id: string; name: string; url: string }[] {
  const found = at(parseJson(facts.text("members")), "members");
  return (Array.isArray(found) ? found : []).map((member) => {
    const urls = at(member, "clientURLs");
    return {
      id: String(at(member, "ID")),
      name: String(at(member, "name")),
      url: String((urls as string[] | undefined)?.[0]),
    };
  });
}

/** Name of the member that leads, as this one knows it. */
function leaderIn(facts: Facts): string | undefined {
  const leader = at(parseJson(facts.text("status")), "leader");
  return membersIn(facts).find(({ id }) => id === String(leader))?.name;
}
