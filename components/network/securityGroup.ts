import * as ec2 from "@pulumi/aws/ec2";
import { SecurityGroupEgressRule, SecurityGroupIngressRule } from "@pulumi/aws/vpc";
import * as pulumi from "@pulumi/pulumi";
import type { PodNetwork } from "../plan/routes";
import { callerCidr } from "./callerCidr";

export interface SecurityGroupArgs {
  readonly vpcId: pulumi.Input<string>;
  readonly adminCidrs?: readonly string[];
  readonly sshPort: number;
  readonly podNetworks: readonly PodNetwork[];
  readonly tags: Readonly<Record<string, string>>;
}

const anywhere = "0.0.0.0/0";

/**
 * The group that all machines of a lab are in. One resource per rule, so that a new node adds one and changes none.
 *
 * Members are let in by a reference to the group, which covers their own addresses and not what they forward:
 * packets between pods that keep their sender need the rules for the pod CIDRs.
 *
 * `access` are the rules that a machine needs to be reached and to reach out.
 */
export function createSecurityGroup(
  name: string,
  args: SecurityGroupArgs,
  parent: pulumi.ComponentResource,
): { readonly group: ec2.SecurityGroup; readonly access: readonly pulumi.Resource[] } {
  const opts = { parent };
  const { tags } = args;
  const group = new ec2.SecurityGroup(
    name,
    { description: "Machines of a hardway lab", vpcId: args.vpcId, tags: { ...tags, Name: name } },
    opts,
  );
  const securityGroupId = group.id;
  const ssh = adminSources(args.adminCidrs, parent).map(
    ([key, cidrIpv4]) =>
      new SecurityGroupIngressRule(
        `${name}-ssh-${key}`,
        {
          securityGroupId,
          cidrIpv4,
          ipProtocol: "tcp",
          fromPort: args.sshPort,
          toPort: args.sshPort,
          description: "SSH from an administrator",
          tags,
        },
        opts,
      ),
  );
  new SecurityGroupIngressRule(
    `${name}-members`,
    {
      securityGroupId,
      referencedSecurityGroupId: group.id,
      ipProtocol: "-1",
      description: "All traffic between the machines",
      tags,
    },
    opts,
  );
  for (const { destination, node } of args.podNetworks) {
    new SecurityGroupIngressRule(
      `${name}-pods-${node}`,
      {
        securityGroupId,
        cidrIpv4: destination,
        ipProtocol: "-1",
        description: `All traffic from the pods of ${node}`,
        tags,
      },
      opts,
    );
  }
  const egress = new SecurityGroupEgressRule(
    `${name}-egress`,
    { securityGroupId, cidrIpv4: anywhere, ipProtocol: "-1", description: "All traffic out", tags },
    opts,
  );
  return { group, access: [...ssh, egress] };
}

/** Who may log in, with a name for each that outlives the others. */
function adminSources(
  cidrs: readonly string[] | undefined,
  resource: pulumi.Resource,
): (readonly [key: string, cidr: pulumi.Input<string>])[] {
  if (cidrs === undefined) return [["caller", callerCidr()]];
  if (cidrs.includes(anywhere)) {
    void pulumi.log.warn(`adminCidrs has ${anywhere}: the whole internet can reach the machines' SSH.`, resource);
  }
  return cidrs.map((cidr) => [cidr.replace("/", "-"), cidr]);
}
