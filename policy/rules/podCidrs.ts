import { cidrProblem, overlaps, parseCidr } from "../../components/plan/cidr";
import { sentValues } from "../command";
import { objectsOf, textOf, type Resource } from "../resource";
import type { StackRule } from "../rule";

export const podCidrsOutsideVpc: StackRule = {
  name: "pod-cidrs-outside-vpc",
  level: "mandatory",
  reason:
    "Pods' networks must not overlap the VPC's: its local route comes first, so that packets to such pods go nowhere or to somebody else's machine.",
  remedy: "Take pod CIDRs (podCidr, clusterCidr) from a network that the VPC does not have.",
  checkStack: (resources) => {
    const networks = resources.flatMap(vpcNetworks).filter(isCidr);
    return resources.flatMap((resource) =>
      [...new Set(podNetworks(resource).filter(isCidr))].flatMap((pods) =>
        [...new Set(networks)]
          .filter((network) => overlaps(parseCidr(pods), parseCidr(network)))
          .map((network) => ({
            urn: resource.urn,
            found: `Pods are in ${pods}, which overlaps ${network} of the VPC.`,
          })),
      ),
    );
  },
};

function isCidr(text: string): boolean {
  return cidrProblem(text) === undefined;
}

function vpcNetworks({ type, props }: Resource): string[] {
  if (type === "aws:ec2/vpc:Vpc") return texts(props.cidrBlock);
  return type === "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation" ? texts(props.cidrBlock) : [];
}

/** What a resource says of where pods are. */
function podNetworks(resource: Resource): string[] {
  const { type, props } = resource;
  switch (type) {
    case "hardway:index:LabInstance":
      return texts(props.podCidr);
    case "hardway:index:CniConfig":
      return [...texts(props.podCidr), ...texts(props.clusterCidr)];
    case "hardway:index:LabNetwork":
      return objectsOf(props.podNetworks).flatMap(({ destination }) => texts(destination));
    case "hardway:index:VpcPodRoutes":
      return objectsOf(props.routes).flatMap(({ destination }) => texts(destination));
    default:
      return sentValues(resource, "40-cni-config").flatMap(({ POD_CIDR, CLUSTER_CIDR }) => [
        ...texts(POD_CIDR),
        ...texts(CLUSTER_CIDR),
      ]);
  }
}

function texts(value: unknown): string[] {
  const text = textOf(value);
  return text === undefined ? [] : [text];
}
