import { kernelSysctls, kubeletSysctls, sysctlPath } from "../node/kernelFiles";
import type { Problem } from "./problems";

/**
 * What the lab needs besides what it sets itself: forwarding of all cards, also of those that come later, such as the
 * pods'.
 */
const needed: Readonly<Record<string, string>> = {
  ...kernelSysctls,
  "net.ipv4.conf.all.forwarding": "1",
  "net.ipv4.conf.default.forwarding": "1",
  "net.ipv4.conf.cni0.forwarding": "1",
};

/**
 * Sysctls of the user's that contradict what the lab needs, or each other, however their names are written.
 *
 * @param hasKubelets whether a cluster is made on the hosts
 */
export function sysctlProblems(extra: Readonly<Record<string, string>>, hasKubelets: boolean): Problem[] {
  const wanted = new Map([
    ...neededBy("pods need", needed),
    ...(hasKubelets ? neededBy("the kubelet needs", kubeletSysctls) : []),
  ]);
  const seen = new Map<string, string>();
  return Object.entries(extra).flatMap(([name, value]): Problem[] => {
    const key = `hardway:extraSysctls.${name}`;
    const path = sysctlPath(name);
    const need = wanted.get(path);
    const first = seen.get(path);
    if (first === undefined) seen.set(path, name);
    return [
      ...(need === undefined || need.value === value.trim()
        ? []
        : [{ key, rule: `must be ${need.value}: ${need.by} it`, got: value }]),
      ...(first === undefined ? [] : [{ key, rule: `is there twice: ${first} is the same sysctl` }]),
    ];
  });
}

function neededBy(by: string, sysctls: Readonly<Record<string, string>>) {
  return Object.entries(sysctls).map(([name, value]) => [sysctlPath(name), { value, by }] as const);
}
