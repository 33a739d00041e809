import { stringify } from "yaml";
import { unitCommand } from "../node/runtime/systemdUnit";
import { credentialFile, pairFiles } from "./credentials";
import { renderKubeconfig } from "./kubeconfig";
import { flagsOf, type SystemdService } from "./services";

export const kubeProxyFolder = "/var/lib/kube-proxy";
/** Ports of kube-proxy on loopback. */
export const kubeProxyPorts = { health: 10256, metrics: 10249 } as const;

/** How kube-proxy has the kernel lead what is sent to a Service to one of its pods. */
export const ProxyMode = { Iptables: "iptables", Nftables: "nftables", Ipvs: "ipvs" } as const;
export type ProxyMode = (typeof ProxyMode)[keyof typeof ProxyMode];

/** What the kube-proxy of one worker is rendered from. */
export interface KubeProxySettings {
  /** Name of its Node. */
  readonly name: string;
  readonly server: string;
  readonly clusterCidr: string;
  /** IPv4 network of the Services. */
  readonly serviceCidr: string;
  readonly mode: ProxyMode;
}

/**
 * kube-proxy. It changes no setting of connection tracking, which `0` means, since it ends where a kernel has none of them
 * yet; and no `route_localnet`, so that node ports are not to be had on loopback.
 */
export function kubeProxyService({ name, server, clusterCidr, serviceCidr, mode }: KubeProxySettings): SystemdService {
  const authority = credentialFile(kubeProxyFolder, "ca.crt");
  const [certificate, key] = pairFiles(kubeProxyFolder, "kube-proxy");
  const names = { authorityFile: authority.path, certificateFile: certificate.path, keyFile: key.path };
  const kubeconfig = {
    path: `${kubeProxyFolder}/kubeconfig`,
    text: renderKubeconfig({ server, user: "kube-proxy", ...names }),
  };
  const configuration = {
    path: `${kubeProxyFolder}/config.yaml`,
    text: stringify({
      apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
      kind: "KubeProxyConfiguration",
      mode,
      clusterCIDR: clusterCidr,
      hostnameOverride: name,
      clientConnection: { kubeconfig: kubeconfig.path },
      conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
      iptables: { localhostNodePorts: false },
      healthzBindAddress: `127.0.0.1:${kubeProxyPorts.health}`,
      metricsBindAddress: `127.0.0.1:${kubeProxyPorts.metrics}`,
    }),
  };
  return {
    name: "kube-proxy",
    description: "kube-proxy, which leads what is sent to a Service to its pods",
    // The service nftables flushes every table when it starts.
    after: ["kubelet.service", "nftables.service"],
    settings: { ExecStartPre: unitCommand(["/usr/sbin/nft", refuseStrays(serviceCidr)]) },
    files: [authority, certificate, key, kubeconfig, configuration],
    flags: flagsOf({ config: configuration.path }),
  };
}

/**
 * What still has a Service's address behind kube-proxy's rules was led to no pod: its port or address is no Service's. No
 * card has these addresses, so in mode iptables it would leave by the default route, for whoever answers there.
 */
function refuseStrays(serviceCidr: string): string {
  const table = "table ip hardway_services";
  const chains = ["forward", "output"].map(
    (hook) => `chain ${hook} { type filter hook ${hook} priority 10; ip daddr ${serviceCidr} reject; };`,
  );
  return `${table}; delete ${table}; ${table} { ${chains.join(" ")} }`;
}
