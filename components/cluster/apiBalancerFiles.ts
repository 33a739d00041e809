import type { ClusterHost } from "../plan/cluster";
import { controlPlanePorts } from "./controlPlaneFiles";
import { credentialFile } from "./credentials";
import type { SystemdService } from "./services";

const folder = "/etc/api-balancer";
const authority = credentialFile(folder, "ca.crt");

/** Where a worker's own programs reach an API server, and nobody else; in every API server's certificate. */
export const balancerAddress = `127.0.0.1:${controlPlanePorts.apiServer}`;
export const balancerAuthority = authority.path;

/**
 * HAProxy as a service of its own, beside the one of the distribution's package, whose configuration may be somebody's. It
 * runs as the package's user, and with its configuration alone: it reads no key.
 */
export function apiBalancerService(controllers: readonly ClusterHost[]): SystemdService {
  const configuration = { path: `${folder}/haproxy.cfg`, text: renderBalancer(controllers) };
  return {
    name: "api-balancer",
    program: "/usr/sbin/haproxy",
    description: "Leads this worker's kubelet and kube-proxy to the API servers of all controllers",
    settings: { Type: "exec", User: "haproxy", Group: "haproxy" },
    files: [authority, configuration],
    // One process, in the foreground.
    flags: ["-db", "-f", configuration.path],
  };
}

/**
 * An API server takes part while it says that it is ready, over TLS with a certificate of the cluster's authority. One that is
 * lost is out within 20 seconds, with all connections to it, since its clients would wait for their time-outs; and new
 * connections go to another one at once (haproxy, "Configuration Manual": option redispatch, on-marked-down). Connections that
 * watch are idle for minutes.
 */
function renderBalancer(controllers: readonly ClusterHost[]): string {
  return `# By hardway. The API servers of the cluster, for this worker.
global
    maxconn 1000
    nbthread 1

defaults
    mode tcp
    balance leastconn
    option redispatch 1
    retries 3
    timeout connect 3s
    timeout client 10m
    timeout server 10m
    timeout check 10s

frontend kubernetes
    bind ${balancerAddress}
    default_backend api-servers

backend api-servers
    option httpchk GET /readyz
    http-check expect status 200
    default-server inter 5s fastinter 2s fall 3 rise 1 on-marked-down shutdown-sessions
    default-server check check-ssl verify required ca-file ${authority.path} verifyhost kubernetes
${controllers.map(({ name, address }) => `    server ${name} ${address}:${controlPlanePorts.apiServer}\n`).join("")}`;
}
