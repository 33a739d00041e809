import { completeLab, type AwsSettings, type CompleteLab } from "../../components/completeLab";
import type { LabConfig } from "../../components/config/parse";
import { planLab, type LabPlan } from "../../components/labPlan";
import { nodeAddress, planSubnets } from "../../components/plan/network";
import { planPodNetworks, planRoutes, type PlannedHost } from "../../components/plan/routes";

/** The plan of a lab from its configuration alone: what only EC2 knows is said to be known later. */
export function offlinePlan(config: LabConfig): LabPlan {
  const lab = completeLab(config);
  const { aws } = lab;
  if (aws === undefined) return planLab(lab, { hosts: config.hosts, routes: planRoutes(config.hosts) });
  return aws.existing === undefined ? planOwn(lab, aws) : planExisting(lab, aws, aws.existing);
}

function planOwn(lab: CompleteLab, aws: AwsSettings): LabPlan {
  const cidrs = planSubnets(aws.vpcCidr, aws.zones);
  const hosts = aws.nodes.map((node): PlannedHost => {
    const subnet = cidrs[node.subnet] as string;
    return { ...node, address: nodeAddress(subnet, node), subnet };
  });
  const subnets = cidrs.map((cidr, index) => ({ cidr, zone: `zone ${index + 1} of the region` }));
  return planLab(lab, { hosts, routes: planRoutes(hosts), network: { vpcCidrs: [aws.vpcCidr], subnets } });
}

/** The addresses in a VPC of somebody else's are known once EC2 has been asked for its subnets. */
function planExisting(lab: CompleteLab, aws: AwsSettings, existing: NonNullable<AwsSettings["existing"]>): LabPlan {
  // Ids from a configuration are plain texts; a program's own may be outputs.
  const [vpcId, ...subnetIds] = [existing.vpcId, ...existing.subnetIds] as [string, ...string[]];
  const hosts = aws.nodes.map(({ name, role, podCidr }): PlannedHost => ({
    name,
    role,
    podCidr,
    address: "(known later)",
  }));
  const subnetOf = (name: string) => subnetIds[aws.nodes.find((node) => node.name === name)?.subnet ?? 0] as string;
  const plan = planLab(lab, { hosts, routes: planRoutes(hosts) });
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
