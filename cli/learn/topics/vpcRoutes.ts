import type { Explanation } from "../explanation";
import { awsDocs } from "../sources";

export const vpcRoutesTopic: Explanation = {
  name: "vpc-routes",
  area: "routes",
  title: "Pod routes of the VPC: across subnets the router decides",
  what: "An entry in the VPC's route tables for every node's pod CIDR, which leads to that node's network interface.",
  why: `Between two subnets every packet passes the VPC's router, which knows only the subnets, unless its table has more. The
entries come from the same list as the hosts' own. They are in every table that a subnet with hosts uses: a route in the wrong one
of two tables is a classic fault.`,
  byHand: `aws ec2 create-route --route-table-id rtb-ID --destination-cidr-block 10.200.1.0/24 --network-interface-id eni-ID
./hardway cloud trace 10.200.0.5 10.200.1.5     # hop by hop, in the embedded EC2`,
  follow: {
    ends: "node-0 node-1",
    shows: "what the router of the embedded VPC decides between the nodes.",
  },
  where: [{ component: "VpcPodRoutes", files: ["components/network/VpcPodRoutes.ts", "components/plan/routes.ts"] }],
  without: {
    text: `In one subnet nothing, as long as the hosts have routes of their own. In two, pods of nodes in different subnets do not reach
each other; \`./hardway --lab two-zones cloud trace\` names the table.`,
    experiments: ["vpc-route"],
  },
  facts: [
    {
      text: "How a table decides, and what can be a route's target.",
      source: awsDocs("route tables", "vpc/latest/userguide/VPC_Route_Tables"),
    },
  ],
};
