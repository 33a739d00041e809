import { containsAddress, containsCidr, overlaps, parseCidr, type Cidr } from "../plan/cidr";
import { planPodCidrs, podCidrsProblem, type PodCidrHost } from "../plan/podCidrs";
import type { Problem } from "./problems";
import type { ConfigValues } from "./schema";

/** What is compared of hosts; an address that is not plain is not known yet. */
type ListedHost = PodCidrHost & { readonly address: unknown };

/** What is wrong with the hosts taken together; each host on its own has passed the schema. */
export function hostProblems(hosts: readonly ListedHost[], clusterCidr: string, key: string): Problem[] {
  const cluster = parseCidr(clusterCidr);
  return [
    ...duplicates(hosts, "name", key),
    ...duplicates(hosts, "address", key),
    ...addressProblems(hosts, cluster, key),
    ...podCidrProblems(hosts, cluster, key),
  ];
}

function duplicates(hosts: readonly ListedHost[], field: "name" | "address", key: string): Problem[] {
  return hosts.flatMap((host, index) => {
    const first = hosts.findIndex((other) => other[field] === host[field]);
    return typeof host[field] === "string" && first < index
      ? [{ key: `${key}[${index}].${field}`, rule: `must be unique; ${key}[${first}] has it too`, got: host[field] }]
      : [];
  });
}

function addressProblems(hosts: readonly ListedHost[], cluster: Cidr, key: string): Problem[] {
  return hosts.flatMap((host, index) =>
    typeof host.address === "string" && containsAddress(cluster, host.address)
      ? [
          {
            key: `${key}[${index}].address`,
            rule: `must be outside the cluster CIDR ${cluster.text}, which is for pods`,
            got: host.address,
          },
        ]
      : [],
  );
}

function podCidrProblems(hosts: readonly ListedHost[], cluster: Cidr, key: string): Problem[] {
  const seen: { cidr: Cidr; name: string }[] = [];
  return hosts.flatMap((host, index): Problem[] => {
    if (host.podCidr === undefined) return [];
    const problemKey = `${key}[${index}].podCidr`;
    if (host.role === "controller") {
      return [{ key: problemKey, rule: "must not be set: a controller has no pods", got: host.podCidr }];
    }
    const cidr = parseCidr(host.podCidr);
    const clash = seen.find((other) => overlaps(other.cidr, cidr));
    seen.push({ cidr, name: host.name });
    return [
      ...(containsCidr(cluster, cidr)
        ? []
        : [{ key: problemKey, rule: `must be inside hardway:clusterCidr ${cluster.text}`, got: host.podCidr }]),
      ...(clash === undefined
        ? []
        : [
            {
              key: problemKey,
              rule: `must not overlap the pod CIDR ${clash.cidr.text} of ${clash.name}`,
              got: host.podCidr,
            },
          ]),
    ];
  });
}

/** The pod CIDR of every worker by name; that there is no room for them is added to the problems. */
export function podCidrsOf(
  hosts: readonly PodCidrHost[],
  { clusterCidr, podCidrPrefix }: Pick<ConfigValues, "clusterCidr" | "podCidrPrefix">,
  problems: Problem[],
): Map<string, string> {
  const problem = podCidrsProblem(hosts, clusterCidr, podCidrPrefix);
  if (problem !== undefined) problems.push({ key: "hardway:clusterCidr", rule: `is too small: ${problem}` });
  return planPodCidrs(hosts, clusterCidr, podCidrPrefix);
}
