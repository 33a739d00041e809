import { givenArguments, labNodes, labRuntimes } from "../completeLab";
import { labDefaults, type HardWayLabArgs, type Host } from "../labArgs";
import { networkDefaults } from "../network/networkDefaults";
import { mtuProblem } from "../node/cniFiles";
import { kubeletNeeds } from "../node/kernelFiles";
import { planPodCidrs, podCidrsProblem } from "../plan/podCidrs";
import { clusterProblems } from "./clusterProblems";
import { hostNameSchema } from "./fields";
import { hostProblems } from "./hostProblems";
import { problemText, type Problem } from "./problems";

/** Says what of the arguments cannot be done together. */
export function labProblem(args: HardWayLabArgs): string | undefined {
  const { hosts = [], aws, runtimes = {} } = args;
  if (hosts.length > 0 === (aws !== undefined))
    return "A lab needs hosts or aws: machines that are there, or to be made.";
  const { clusterCidr, podCidrPrefix, podMtu } = { ...labDefaults, ...givenArguments(args) };
  const nodes = labNodes(args);
  const unknown = Object.keys(runtimes).find(
    (name) => !nodes.some((node) => node.name === name && node.role === "worker"),
  );
  if (unknown !== undefined) return `runtimes has ${unknown}, which is no worker of this lab.`;
  const mtu = mtuProblem(podMtu);
  const problems = [
    ...hostListProblems(hosts, clusterCidr),
    ...(mtu === undefined ? [] : [{ key: "podMtu", rule: mtu, got: podMtu }]),
    ...ofCluster(args),
  ];
  if (problems.length > 0) return problemText("The lab has", problems);
  return podCidrsProblem(nodes, clusterCidr, podCidrPrefix) ?? sysctlProblem(args);
}

/** The same as of hosts in the configuration, but for addresses that are not known yet. */
function hostListProblems(hosts: readonly Host[], clusterCidr: string): Problem[] {
  const names = hosts.flatMap(({ name }, index) => {
    const { error } = hostNameSchema.safeParse(name);
    return (error?.issues ?? []).map(({ message }) => ({ key: `hosts[${index}].name`, rule: message, got: name }));
  });
  return [...names, ...hostProblems(hosts, clusterCidr, "hosts")];
}

/** Everything that the configuration refuses of a cluster, too. */
function ofCluster(args: HardWayLabArgs): Problem[] {
  const { cluster, aws } = args;
  if (cluster === undefined) return [];
  const { clusterCidr, podCidrPrefix, vpcCidr } = {
    ...labDefaults,
    ...networkDefaults,
    ...givenArguments(args),
    ...givenArguments(aws ?? {}),
  };
  const networks = {
    "the pods' network clusterCidr": clusterCidr,
    ...(aws === undefined || aws.existing !== undefined ? {} : { "the VPC's network vpcCidr": vpcCidr }),
  };
  const nodes = labNodes(args);
  const podCidrs = planPodCidrs(nodes, clusterCidr, podCidrPrefix);
  const hosts = nodes.map((node) => ({ ...node, podCidr: podCidrs.get(node.name) }));
  const place = { hosts, runtimes: labRuntimes(args), networks };
  return clusterProblems(cluster, place, { cluster: "cluster", prefix: "cluster." });
}

function sysctlProblem({ cluster, extraSysctls = {} }: HardWayLabArgs): string | undefined {
  if (cluster === undefined) return undefined;
  const clash = Object.entries(extraSysctls).find(
    ([name, value]) => (kubeletNeeds(name) ?? value.trim()) !== value.trim(),
  );
  if (clash === undefined) return undefined;
  const [name, value] = clash;
  return `extraSysctls has ${name} = ${value}; the kubelet needs ${kubeletNeeds(name)}. Leave it out.`;
}
