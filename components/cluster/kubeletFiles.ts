import { stringify } from "yaml";
import type { CgroupDriver } from "../node/runtime/runtimeSettings";
import { parseCidr } from "../plan/cidr";
import { dnsServiceAddress } from "../plan/cluster";
import { credentialFile, pairFiles } from "./credentials";
import { renderKubeconfig } from "./kubeconfig";
import { flagsOf, type SystemdService } from "./services";

export const kubeletFolder = "/var/lib/kubelet";
export const kubeletConfigFile = `${kubeletFolder}/config.yaml`;
/** Ports of the kubelet: its API, with TLS, and its health on loopback. */
export const kubeletPorts = { api: 10250, health: 10248 } as const;
/** Drop-ins of the kubelet's configuration. Each needs `apiVersion` and `kind`, else the kubelet does not start. */
export const kubeletDropIns = "/etc/kubernetes/kubelet.conf.d";

/** What the kubelet of one worker is rendered from. */
export interface KubeletSettings {
  /** Name of its Node. */
  readonly name: string;
  readonly address: string;
  readonly podCidr: string;
  /** Where it reaches an API server, e.g. `https://10.240.0.10:6443`. */
  readonly server: string;
  readonly serviceCidr: string;
  readonly clusterDomain: string;
  /** CRI endpoint, e.g. `unix:///run/containerd/containerd.sock`. */
  readonly runtimeEndpoint: string;
  readonly cgroupDriver: CgroupDriver;
  /** Whether pods that name no seccomp profile get the runtime's own. @default false */
  readonly seccompDefault?: boolean;
}

/** Pods that a Node runs at most, unless its pod CIDR has fewer addresses (kubelet's own default). */
const mostPods = 110;

/**
 * The kubelet. Its addresses are said, since a host with two network cards has two, and the default route is on the wrong
 * one. The cgroup driver is said as well: kubelets ask the runtime for it only where that knows the question, and
 * containerd 1.7 does not.
 */
export function kubeletService(settings: KubeletSettings): SystemdService {
  const { name, address, server } = settings;
  const authority = credentialFile(kubeletFolder, "ca.crt");
  const [certificate, key] = pairFiles(kubeletFolder, "kubelet");
  const names = { authorityFile: authority.path, certificateFile: certificate.path, keyFile: key.path };
  const kubeconfig = { path: `${kubeletFolder}/kubeconfig`, text: renderKubeconfig({ server, user: name, ...names }) };
  const configuration = {
    path: kubeletConfigFile,
    text: stringify({
      apiVersion: "kubelet.config.k8s.io/v1beta1",
      kind: "KubeletConfiguration",
      authentication: {
        anonymous: { enabled: false },
        webhook: { enabled: true },
        x509: { clientCAFile: authority.path },
      },
      authorization: { mode: "Webhook" },
      cgroupDriver: settings.cgroupDriver,
      containerRuntimeEndpoint: settings.runtimeEndpoint,
      clusterDNS: [dnsServiceAddress(settings.serviceCidr)],
      clusterDomain: settings.clusterDomain,
      tlsCertFile: certificate.path,
      tlsPrivateKeyFile: key.path,
      failSwapOn: true,
      // Else it sets them itself, unnoticed by whoever puts this host back as it was.
      protectKernelDefaults: true,
      ...(settings.seccompDefault ? { seccompDefault: true } : {}),
      maxPods: maxPods(settings.podCidr),
      runtimeRequestTimeout: "15m",
      rotateCertificates: false,
    }),
  };
  return {
    name: "kubelet",
    description: "The kubelet, which runs the pods of this Node",
    after: ["containerd.service", "crio.service", "docker.service", "cri-dockerd.service"],
    // The pods' processes are in cgroups of their own, and outlive it.
    settings: { KillMode: "process" },
    files: [authority, certificate, key, kubeconfig, configuration],
    flags: flagsOf({
      config: configuration.path,
      "config-dir": kubeletDropIns,
      kubeconfig: kubeconfig.path,
      "hostname-override": name,
      "node-ip": address,
    }),
  };
}

/** The network's own address, the bridge's and the broadcast address are no pod's. */
function maxPods(podCidr: string): number {
  const { first, last } = parseCidr(podCidr);
  return Math.max(0, Math.min(mostPods, Number(last - first) + 1 - 3));
}
