import * as ec2 from "@pulumi/aws/ec2";
import { SecurityGroupEgressRule, SecurityGroupIngressRule } from "@pulumi/aws/vpc";
import * as pulumi from "@pulumi/pulumi";
import { listKey } from "./listKey";
import { fromPodsOf } from "../plan/routes";
import { named, type Tags } from "./tags";

/** Pods that are let in. */
export interface PodSource {
  /** Name of the node that they are on. Plain: it is part of the rule's name. */
  readonly node: string;
  /** The node's pod CIDR, e.g. `10.200.1.0/24`. */
  readonly destination: pulumi.Input<string>;
}

export interface SecurityGroupArgs {
  readonly vpcId: pulumi.Input<string>;
  readonly adminCidrs: readonly pulumi.Input<string>[];
  readonly callerCidr?: pulumi.Input<string>;
  readonly sshPort: pulumi.Input<number>;
  readonly podNetworks: readonly PodSource[];
  readonly tags: Tags;
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
  opts: pulumi.CustomResourceOptions,
): { readonly group: ec2.SecurityGroup; readonly access: readonly pulumi.Resource[] } {
  const { tags } = args;
  const group = new ec2.SecurityGroup(
    name,
    { description: "Machines of a hardway lab", vpcId: args.vpcId, tags: named(tags, name) },
    opts,
  );
  const securityGroupId = group.id;
  const ssh = adminSources(args, opts.parent).map(
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
        description: fromPodsOf(node),
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

/** Who may log in, with a name for each rule. */
function adminSources(
  { adminCidrs, callerCidr }: SecurityGroupArgs,
  resource: pulumi.Resource | undefined,
): (readonly [key: string, cidr: pulumi.Input<string>])[] {
  void pulumi.output(adminCidrs).apply((cidrs) => {
    if (!cidrs.includes(anywhere)) return;
    void pulumi.log.warn(`adminCidrs has ${anywhere}: the whole internet can reach the machines' SSH.`, resource);
  });
  return [
    ...(callerCidr === undefined ? [] : [["caller", callerCidr] as const]),
    ...adminCidrs.map((cidr, index) => [listKey(cidr, index).replace("/", "-"), cidr] as const),
  ];
}
