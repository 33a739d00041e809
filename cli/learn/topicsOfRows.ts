import type { Check } from "../verify/types";

/** Which topic explains a row of the verification, by the row's area and name; the first that matches. */
const topics: readonly (readonly [row: RegExp, topic: string])[] = [
  [/^kernel module overlay /, "overlay"],
  [/^kernel module br_netfilter /, "br_netfilter"],
  [/^kernel sysctl net\.bridge\./, "bridge-nf-call-iptables"],
  [/^kernel (sysctl net\.ipv4\.ip_forward|forwarding) /, "ip_forward"],
  [/^kernel sysctl (vm|kernel)\./, "kubelet-sysctls"],
  [/^kernel swap /, "swap"],
  [/^(runtime|nodes) .*cgroup driver$/, "cgroup-driver"],
  [/^(runtime sandbox image|cri image of the sandbox)$/, "sandbox-image"],
  [/^(runtime|cri) (storage driver|snapshotter )/, "snapshotter"],
  [/^runtime .*handler /, "handlers"],
  [/^cri (seccomp|AppArmor profile) of the container$/, "isolation"],
  [/^runtime /, "runtime"],
  [/^cni ADD loopback$/, "loopback"],
  [/^cni (.*plugin|MTU )/, "cni-plugins"],
  [/^cni /, "cni-config"],
  [/^pods sender of what a pod sends to the outside$/, "masquerade"],
  [/^pods undivided packet /, "cni-plugins"],
  [/^routes /, "pod-routes"],
  [/^vpc .*\broute\b/, "vpc-routes"],
  [/^vpc .*(source\/destination check|ingress)/, "source-dest-check"],
  [/^pki /, "certificates"],
  [/^etcd /, "etcd"],
  [/^control-plane /, "control-plane"],
  [/^nodes /, "kubelet"],
  [/^services /, "kube-proxy"],
  [/^dns /, "dns"],
];

/** Names of the topics of `explain` that the failed rows are about, each once, in the order of the rows. */
export function topicsOfRows(checks: readonly Check[]): string[] {
  const found = checks
    .filter(({ ok }) => !ok)
    .map(({ area, check }) => topics.find(([row]) => row.test(`${area} ${check}`))?.[1]);
  return [...new Set(found.filter((topic) => topic !== undefined))];
}
