import type { AwsFunction } from "./function";
import { getAmi } from "./getAmi";
import { getAvailabilityZones } from "./getAvailabilityZones";
import { getCallerIdentity } from "./getCallerIdentity";
import { getSubnet } from "./getSubnet";
import { getVpc } from "./getVpc";

/** The functions of the plugin by their tokens in @pulumi/aws. */
export const functions: Record<string, AwsFunction> = {
  "aws:ec2/getAmi:getAmi": getAmi,
  "aws:ec2/getSubnet:getSubnet": getSubnet,
  "aws:ec2/getVpc:getVpc": getVpc,
  "aws:index/getAvailabilityZones:getAvailabilityZones": getAvailabilityZones,
  "aws:index/getCallerIdentity:getCallerIdentity": getCallerIdentity,
};
