import type { Explanation } from "../explanation";
import { awsDocs } from "../sources";

export const sourceDestCheckTopic: Explanation = {
  name: "source-dest-check",
  area: "routes",
  title: "Source/destination check and security group: AWS lets pods' packets through",
  what: `AWS drops a packet to or from an instance whose address is not the instance's, as long as its source/destination check is
on. A security group's rule for members of a group lets in packets from the members' own addresses.`,
  why: `A node receives for its pods, and with some settings sends with their addresses: it is a router, like a NAT instance, so the
check has to be off. And a pod is no member of a group: where its packets keep its address, a rule has to name the pod CIDR.`,
  byHand: `aws ec2 modify-instance-attribute --instance-id i-ID --no-source-dest-check
aws ec2 authorize-security-group-ingress --group-id sg-ID --protocol=-1 --cidr 10.200.0.0/24`,
  follow: {
    ends: "node-0 node-1",
    shows: "the check of both instances, among what the router of the embedded VPC decides.",
  },
  where: [
    { component: "LabInstance", files: ["components/network/LabInstance.ts"] },
    { component: "LabNetwork", files: ["components/network/LabNetwork.ts", "components/network/securityGroup.ts"] },
  ],
  without: {
    text: `With the check on, a node gets no packet for its pods, even inside of one subnet. Without the rule, packets that have a pod
as their sender are dropped. \`./hardway cloud status\` counts both, by reason.`,
    experiments: ["source-dest-check", "security-group"],
  },
  thenAndNow: [
    {
      id: "security-group-for-pods",
      said: { by: "often", text: "The security group needs a rule for each pod CIDR, or no pod reaches another node." },
      experiment: "security-group",
      text: `Only where packets keep the pod as their sender: \`hardway:masquerade\` outsideCluster or none. With bridge, the default, the
sender is the node, a member.`,
      source: awsDocs("security group rules", "vpc/latest/userguide/security-group-rules"),
    },
  ],
  facts: [
    {
      text: "The check is on by default, and has to be off for what forwards.",
      source: awsDocs("NAT instances", "vpc/latest/userguide/VPC_NAT_Instance"),
    },
  ],
};
