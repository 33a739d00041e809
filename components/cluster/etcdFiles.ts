import type { ClusterHost } from "../plan/cluster";
import { credentialFile, pairFiles } from "./credentials";
import { flagsOf, type SystemdService } from "./services";

/** Ports of etcd, for clients, for its peers and, in the clear on loopback, for metrics and health. */
export const etcdPorts = { client: 2379, peer: 2380, metrics: 2381 } as const;
export const etcdData = "/var/lib/etcd";
/** Where a member says, on its own host, whether it takes part in a majority. */
export const etcdHealth = `http://127.0.0.1:${etcdPorts.metrics}/health`;
export const etcdFolder = "/etc/etcd";

/** What the service on one host is rendered from. */
export interface EtcdSettings {
  readonly name: string;
  readonly address: string;
  /** All members, this one among them. */
  readonly members: readonly ClusterHost[];
  readonly token: string;
  readonly heartbeatMilliseconds: number;
}

/** Where clients reach these members. */
export function etcdEndpoints(members: readonly ClusterHost[]): string[] {
  return members.map(({ address }) => url(etcdPorts.client, address));
}

/**
 * etcd with TLS towards clients and peers, both of which need a certificate of etcd's own authority (etcd, "Transport
 * security model"). An election takes ten heartbeats (etcd, "Tuning").
 */
export function etcdService({ name, address, members, token, heartbeatMilliseconds }: EtcdSettings): SystemdService {
  const { client, peer, metrics } = etcdPorts;
  const authority = credentialFile(etcdFolder, "etcd-ca.crt");
  const [serverCertificate, serverKey] = pairFiles(etcdFolder, "etcd-server");
  const [peerCertificate, peerKey] = pairFiles(etcdFolder, "etcd-peer");
  return {
    name: "etcd",
    description: "etcd, where the API server keeps what the cluster is to be",
    // systemd(1) waits for the quorum, which is there only when most members are: see the step.
    settings: { Type: "notify", TimeoutStartSec: "infinity", LimitNOFILE: "65536" },
    files: [authority, serverCertificate, serverKey, peerCertificate, peerKey],
    flags: flagsOf({
      name,
      "data-dir": etcdData,
      "listen-client-urls": [url(client, "127.0.0.1"), url(client, address)].join(","),
      "advertise-client-urls": url(client, address),
      "listen-peer-urls": url(peer, address),
      "initial-advertise-peer-urls": url(peer, address),
      "initial-cluster": members.map((each) => `${each.name}=${peerUrl(each)}`).join(","),
      "initial-cluster-token": token,
      "initial-cluster-state": "new",
      "trusted-ca-file": authority.path,
      "cert-file": serverCertificate.path,
      "key-file": serverKey.path,
      "client-cert-auth": true,
      "peer-trusted-ca-file": authority.path,
      "peer-cert-file": peerCertificate.path,
      "peer-key-file": peerKey.path,
      "peer-client-cert-auth": true,
      "listen-metrics-urls": `http://127.0.0.1:${metrics}`,
      "heartbeat-interval": heartbeatMilliseconds,
      "election-timeout": 10 * heartbeatMilliseconds,
      "feature-gates": "InitialCorruptCheck=true",
      // kubeadm's 5 s on ordinary machines. Each notice is work for every watch of an API server, so slow ones get fewer.
      "watch-progress-notify-interval": `${(50 * heartbeatMilliseconds) / 1000}s`,
    }),
  };
}

/** Where the other members reach one; what it is known by among them, besides a name that may change. */
export function peerUrl({ address }: ClusterHost): string {
  return url(etcdPorts.peer, address);
}

function url(port: number, address: string): string {
  return `https://${address}:${port}`;
}
