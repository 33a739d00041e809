import { cidrProblem, containsCidr, overlaps, parseCidr } from "../../components/plan/cidr";
import { sentValues } from "../command";
import { objectsOf, textsOf, type Resource } from "../resource";
import type { Rule } from "../rule";

export const podCidrsOutsideVpc: Rule = {
  name: "pod-cidrs-outside-vpc",
  level: "mandatory",
  reason:
    "Pods' networks must not overlap the VPC's: its local route comes first, so that packets to such pods go nowhere or to somebody else's machine.",
  remedy: "Take pod CIDRs (podCidr, clusterCidr) from a network that the VPC does not have.",
  checkStack: (resources) => {
    const networks = largest(resources.flatMap(vpcNetworks).filter(isCidr));
    const ofPods = largest(resources.flatMap(podNetworks).filter(isCidr));
    return resources.flatMap((resource) =>
      podNetworks(resource)
        .filter((pods) => ofPods.includes(pods))
        .flatMap((pods) =>
          networks
            .filter((network) => overlaps(parseCidr(pods), parseCidr(network)))
            .map((network) => ({
              urn: resource.urn,
              found: `Pods are in ${pods}, which overlaps ${network} of the VPC.`,
            })),
        ),
    );
  },
};

/** Without networks that are part of others: subnets beside their VPC, a node's pods beside those of the cluster. */
function largest(networks: readonly string[]): string[] {
  const unique = [...new Set(networks)];
  const isPart = (network: string) =>
    unique.some((other) => other !== network && containsCidr(parseCidr(other), parseCidr(network)));
  return unique.filter((network) => !isPart(network));
}

function isCidr(text: string): boolean {
  return cidrProblem(text) === undefined;
}

/** What a resource says of the VPC's networks, also of a VPC that is looked up: the engine shows no rule what was found. */
function vpcNetworks({ type, props }: Resource): string[] {
  switch (type) {
    case "aws:ec2/vpc:Vpc":
    case "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation":
    case "aws:ec2/subnet:Subnet":
      return textsOf([props.cidrBlock]);
    case "hardway:index:LabNetwork":
    case "hardway:index:VpcPodRoutes":
      return textsOf(props.vpcCidrs);
    default:
      return [];
  }
}

/** What a resource says of where pods are. */
function podNetworks(resource: Resource): string[] {
  const { type, props } = resource;
  switch (type) {
    case "hardway:index:LabInstance":
      return textsOf([props.podCidr]);
    case "hardway:index:CniConfig":
      return textsOf([props.podCidr, props.clusterCidr]);
    case "hardway:index:LabNetwork":
      return textsOf(objectsOf(props.podNetworks).map(({ destination }) => destination));
    case "hardway:index:VpcPodRoutes":
      return textsOf(objectsOf(props.routes).map(({ destination }) => destination));
    default:
      return sentValues(resource, "40-cni-config").flatMap(({ POD_CIDR, CLUSTER_CIDR }) =>
        textsOf([POD_CIDR, CLUSTER_CIDR]),
      );
  }
}
