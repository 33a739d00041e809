// VpcPodRoutes in a VPC that is there already: each of its route tables leads to the pods of your nodes.
// Run it: set aws:region, vpcId, routeTableIds and nodes as in ../README.md, then pulumi up.
import * as ec2 from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import { VpcPodRoutes } from "hardway/aws";

/** A node that is there: AWS drops the packets of its pods unless its source/destination check is off. */
interface Node {
  readonly name: string;
  readonly podCidr: string;
  readonly networkInterfaceId: string;
}

const config = new pulumi.Config();
const vpc = ec2.getVpcOutput({ id: config.require("vpcId") });
const nodes = config.requireObject<Node[]>("nodes");

const pods = new VpcPodRoutes("example", {
  vpcCidrs: vpc.cidrBlockAssociations.apply((found) => found.map(({ cidrBlock }) => cidrBlock)),
  routeTableIds: config.requireObject<Record<string, string>>("routeTableIds"),
  routes: nodes.map(({ name, podCidr, networkInterfaceId }) => ({
    node: name,
    destination: podCidr,
    networkInterfaceId,
  })),
});

export const routes = pods.routes;
