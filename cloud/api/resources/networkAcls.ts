import type { NetworkAcl, NetworkAclAssociation, NetworkAclEntry } from "@aws-sdk/client-ec2";
import { describe } from "../core/describe";
import { absent, type FilterFields } from "../core/filters";
import { accountId, type Actions } from "../core/handlers";
import type { State, Vpc } from "../core/state";
import { tagList } from "../core/tags";

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

const entries =
  <K extends keyof NetworkAclEntry>(name: K) =>
  (vpc: Vpc, state: State): NetworkAclEntry[K][] =>
    (describeAcl(state, vpc).Entries ?? []).map((entry) => entry[name]);

const associations =
  <K extends keyof NetworkAclAssociation>(name: K) =>
  (vpc: Vpc, state: State): NetworkAclAssociation[K][] =>
    (describeAcl(state, vpc).Associations ?? []).map((association) => association[name]);

const filters: FilterFields<Vpc> = {
  "network-acl-id": (vpc) => vpc.networkAclId,
  "vpc-id": (vpc) => vpc.id,
  default: () => true,
  "owner-id": () => accountId,
  "entry.cidr": entries("CidrBlock"),
  "entry.egress": entries("Egress"),
  ...absent("entry.icmp.code", "entry.icmp.type", "entry.ipv6-cidr"),
  ...absent("entry.port-range.from", "entry.port-range.to"),
  "entry.protocol": entries("Protocol"),
  "entry.rule-action": entries("RuleAction"),
  "entry.rule-number": entries("RuleNumber"),
  "association.subnet-id": associations("SubnetId"),
  "association.network-acl-id": (vpc) => vpc.networkAclId,
  "association.association-id": associations("NetworkAclAssociationId"),
};

export const networkAcls: Actions = {
  DescribeNetworkAcls: describe("networkAcl", "NetworkAclIds", {
    ...{ output: "NetworkAcls", filters, render: describeAcl, idOf: ({ networkAclId }) => networkAclId },
  }),
};
