import { ResourceLifecycle } from "./lifecycle";
import type { AwsResourceType } from "./resource";
import { instance } from "./resources/instance";
import { internetGateway } from "./resources/internetGateway";
import { keyPair } from "./resources/keyPair";
import { route } from "./resources/route";
import { routeTable } from "./resources/routeTable";
import { routeTableAssociation } from "./resources/routeTableAssociation";
import { securityGroup } from "./resources/securityGroup";
import { securityGroupEgressRule, securityGroupIngressRule } from "./resources/securityGroupRule";
import { subnet } from "./resources/subnet";
import { vpc } from "./resources/vpc";

const types: Record<string, AwsResourceType> = {
  "aws:ec2/instance:Instance": instance,
  "aws:ec2/internetGateway:InternetGateway": internetGateway,
  "aws:ec2/keyPair:KeyPair": keyPair,
  "aws:ec2/route:Route": route,
  "aws:ec2/routeTable:RouteTable": routeTable,
  "aws:ec2/routeTableAssociation:RouteTableAssociation": routeTableAssociation,
  "aws:ec2/securityGroup:SecurityGroup": securityGroup,
  "aws:ec2/subnet:Subnet": subnet,
  "aws:ec2/vpc:Vpc": vpc,
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": securityGroupEgressRule,
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": securityGroupIngressRule,
};

/** The resources of the plugin by their types in @pulumi/aws. */
export const resources: Record<string, ResourceLifecycle> = Object.fromEntries(
  Object.entries(types).map(([token, type]) => [token, new ResourceLifecycle(type)]),
);
