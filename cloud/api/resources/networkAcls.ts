import type { NetworkAcl, NetworkAclEntry } from "@aws-sdk/client-ec2";
import { absent, applyFilters } from "../core/filters";
import { filtered } from "../core/handled";
import { accountId, type Family } from "../core/handlers";
import { page } from "../core/pages";
import type { State, Vpc } from "../core/state";
import { tagList, tagsOf } from "../core/tags";
import { selectByIds } from "./select";

/** Number of the entry that stands last in every list and denies the rest. */
const lastRule = 32_767;

/** The VPC's default one, which lets everything through. There is no other. */
function describeAcl(state: State, vpc: Vpc): NetworkAcl {
  const entry = (egress: boolean, number: number, action: "allow" | "deny"): NetworkAclEntry => ({
    CidrBlock: "0.0.0.0/0",
    Egress: egress,
    Protocol: "-1",
    RuleAction: action,
    RuleNumber: number,
  });
  return {
    NetworkAclId: vpc.networkAclId,
    VpcId: vpc.id,
    OwnerId: accountId,
    IsDefault: true,
    Entries: [true, false].flatMap((egress) => [entry(egress, 100, "allow"), entry(egress, lastRule, "deny")]),
    Associations: Object.values(state.subnets)
      .filter((subnet) => subnet.vpcId === vpc.id)
      .map((subnet) => ({
        NetworkAclAssociationId: subnet.networkAclAssociationId,
        NetworkAclId: vpc.networkAclId,
        SubnetId: subnet.id,
      })),
    Tags: tagList(state, vpc.networkAclId),
  };
}

export const networkAcls: Family = {
  inputs: { DescribeNetworkAcls: { NetworkAclIds: true, ...filtered } },

  reads: {
    DescribeNetworkAcls(state, input) {
      const byAclId = Object.fromEntries(Object.values(state.vpcs).map((vpc) => [vpc.networkAclId, vpc]));
      const asked = selectByIds("networkAcl", byAclId, input.NetworkAclIds).map((vpc) => describeAcl(state, vpc));
      const found = applyFilters(
        asked,
        input.Filters,
        {
          "network-acl-id": (acl) => acl.NetworkAclId,
          "vpc-id": (acl) => acl.VpcId,
          default: (acl) => acl.IsDefault,
          "owner-id": () => accountId,
          "entry.cidr": (acl) => acl.Entries?.map((entry) => entry.CidrBlock),
          "entry.egress": (acl) => acl.Entries?.map((entry) => entry.Egress),
          ...absent(
            "entry.icmp.code",
            "entry.icmp.type",
            "entry.ipv6-cidr",
            "entry.port-range.from",
            "entry.port-range.to",
          ),
          "entry.protocol": (acl) => acl.Entries?.map((entry) => entry.Protocol),
          "entry.rule-action": (acl) => acl.Entries?.map((entry) => entry.RuleAction),
          "entry.rule-number": (acl) => acl.Entries?.map((entry) => entry.RuleNumber),
          "association.subnet-id": (acl) => acl.Associations?.map((association) => association.SubnetId),
          "association.network-acl-id": (acl) => acl.NetworkAclId,
          "association.association-id": (acl) =>
            acl.Associations?.map((association) => association.NetworkAclAssociationId),
        },
        (acl) => tagsOf(state, acl.NetworkAclId ?? ""),
      );
      const { items, nextToken } = page(found, (acl) => acl.NetworkAclId ?? "", input);
      return { NetworkAcls: items, NextToken: nextToken };
    },
  },
};
