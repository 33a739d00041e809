import type { AwsSettings, LabConfig } from "../../components/config/labConfig";
import { planLab, type LabPlan } from "../../components/labPlan";
import { nodeAddress, planSubnets } from "../../components/plan/network";
import { planPodNetworks, type PlannedHost } from "../../components/plan/routes";

/** The plan of a lab from its configuration alone: what only EC2 knows is said to be known later. */
export function offlinePlan(config: LabConfig): LabPlan {
  const { aws } = config;
  if (aws === undefined) return planLab(config, config.hosts);
  return aws.existing === undefined ? planOwn(config, aws) : planExisting(config, aws, aws.existing);
}

function planOwn(config: LabConfig, aws: AwsSettings): LabPlan {
  const cidrs = planSubnets(aws.vpcCidr, aws.zones);
  const hosts = aws.nodes.map((node): PlannedHost => {
    const subnet = cidrs[node.subnet] as string;
    return { ...node, address: nodeAddress(subnet, node), subnet };
  });
  const subnets = cidrs.map((cidr, index) => ({ cidr, zone: `zone ${index + 1} of the region` }));
  return planLab(config, hosts, { vpcCidrs: [aws.vpcCidr], subnets });
}

/** The addresses in a VPC of somebody else's are known once EC2 has been asked for its subnets. */
function planExisting(config: LabConfig, aws: AwsSettings, existing: NonNullable<AwsSettings["existing"]>): LabPlan {
  // Ids from a configuration are plain texts; a program's own may be outputs.
  const [vpcId, ...subnetIds] = [existing.vpcId, ...existing.subnetIds] as [string, ...string[]];
  const hosts = aws.nodes.map(({ name, role, podCidr }): PlannedHost => ({
    name,
    role,
    podCidr,
    address: "(known later)",
  }));
  const subnetOf = (name: string) => subnetIds[aws.nodes.find((node) => node.name === name)?.subnet ?? 0] as string;
  const plan = planLab(config, hosts);
  const podNetworks = planPodNetworks(hosts);
  return {
    ...plan,
    hosts: plan.hosts.map((host) => ({ ...host, subnet: subnetOf(host.name) })),
    routes: plan.routes.map((route) => ({
      ...route,
      nextHop: subnetOf(route.host) === subnetOf(route.node) ? `the address of ${route.node}` : "the subnet's router",
    })),
    vpc: {
      cidrs: [vpcId],
      subnets: subnetIds.map((cidr) => ({ cidr, zone: "zone known later", router: "known later" })),
      routes: podNetworks,
      podCidrRules: podNetworks,
      ssh: { port: aws.sshPort, ...(aws.adminCidrs === undefined ? {} : { cidrs: aws.adminCidrs }) },
      ownNetwork: false,
    },
  };
}
