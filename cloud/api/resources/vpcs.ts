import type { Vpc as SdkVpc } from "@aws-sdk/client-ec2";
import { parseCidrBlock } from "../core/cidr";
import { describe } from "../core/describe";
import {
  Ec2Error,
  hasDependencies,
  invalidCombination,
  missingParameter,
  unknownAttribute,
  unsupported,
} from "../core/errors";
import { absent, type FilterFields } from "../core/filters";
import { only, paged } from "../core/handled";
import { accountId, change, read, type Actions } from "../core/handlers";
import { find, newId, remove } from "../core/ids";
import type { State, Vpc } from "../core/state";
import { add, tagListOrNone } from "../core/tags";
import { allTraffic } from "./securityGroupRules";
import { removeGroup } from "./securityGroups";

/** A set of DHCP options of AWS's own that every VPC uses; there is no other. */
const dhcpOptionsId = "dopt-0a1b2c3d4e5f60718";

function describeVpc(state: State, vpc: Vpc): SdkVpc {
  return {
    VpcId: vpc.id,
    CidrBlock: vpc.cidr,
    CidrBlockAssociationSet: [
      { AssociationId: vpc.cidrAssociationId, CidrBlock: vpc.cidr, CidrBlockState: { State: "associated" } },
    ],
    DhcpOptionsId: dhcpOptionsId,
    InstanceTenancy: vpc.tenancy as "default",
    IsDefault: false,
    OwnerId: accountId,
    State: "available",
    Tags: tagListOrNone(state, vpc.id),
  };
}

const filters: FilterFields<Vpc> = {
  "vpc-id": (vpc) => vpc.id,
  cidr: (vpc) => vpc.cidr,
  "cidr-block-association.cidr-block": (vpc) => vpc.cidr,
  "cidr-block-association.association-id": (vpc) => vpc.cidrAssociationId,
  "cidr-block-association.state": () => "associated",
  "dhcp-options-id": () => dhcpOptionsId,
  ...absent(
    "ipv6-cidr-block-association.association-id",
    "ipv6-cidr-block-association.ipv6-cidr-block",
    "ipv6-cidr-block-association.ipv6-pool",
    "ipv6-cidr-block-association.state",
  ),
  "is-default": () => false,
  isDefault: () => false,
  "owner-id": () => accountId,
  state: () => "available",
};

const attributes = ["EnableDnsSupport", "EnableDnsHostnames", "EnableNetworkAddressUsageMetrics"] as const;

/** As the state and DescribeVpcAttribute call it. */
const stateName = (attribute: (typeof attributes)[number]) =>
  attribute.replace(/^E/, "e") as Uncapitalize<(typeof attributes)[number]>;

export const vpcs: Actions = {
  DescribeVpcs: describe("vpc", "VpcIds", { output: "Vpcs", filters, render: describeVpc }),

  DescribeVpcAttribute: read({ VpcId: true, Attribute: true }, (state, input) => {
    const vpc = find("vpc", state, input.VpcId);
    const attribute = attributes.find((name) => stateName(name) === input.Attribute);
    if (attribute === undefined) throw unknownAttribute(input.Attribute);
    return { VpcId: vpc.id, [attribute]: { Value: vpc[stateName(attribute)] } };
  }),

  DescribeVpcClassicLink: read({ VpcIds: true, Filters: true }, notHere),
  DescribeVpcClassicLinkDnsSupport: read({ VpcIds: true, ...paged }, notHere),

  CreateVpc: change(
    {
      CidrBlock: true,
      InstanceTenancy: only("default"),
      AmazonProvidedIpv6CidrBlock: only(false),
      TagSpecifications: true,
    },
    (draft, input) => {
      if (input.CidrBlock === undefined) throw missingParameter("cidrBlock");
      const cidr = parseCidrBlock(input.CidrBlock, "cidrBlock");
      if (cidr.prefix < 16 || cidr.prefix > 28) {
        throw new Ec2Error("InvalidVpc.Range", `The CIDR '${input.CidrBlock}' is invalid.`);
      }
      const vpc: Vpc = {
        id: newId("vpc"),
        cidr: cidr.text,
        cidrAssociationId: newId("vpc-cidr-assoc"),
        networkAclId: newId("acl"),
        tenancy: "default",
        enableDnsSupport: true,
        enableDnsHostnames: false,
        enableNetworkAddressUsageMetrics: false,
      };
      add(draft, "vpc", vpc, input.TagSpecifications);
      addMainRouteTable(draft, vpc);
      addDefaultSecurityGroup(draft, vpc);
      // The creation's answer says pending; the next Describe says available.
      return { Vpc: { ...describeVpc(draft, vpc), State: "pending" } };
    },
  ),

  DeleteVpc: change({ VpcId: true }, (draft, input) => {
    const vpc = find("vpc", draft, input.VpcId);
    const inVpc = (resource: { vpcId?: string | undefined }) => resource.vpcId === vpc.id;
    const tables = Object.values(draft.routeTables).filter(inVpc);
    const groups = Object.values(draft.securityGroups).filter(inVpc);
    if (
      Object.values(draft.subnets).some(inVpc) ||
      Object.values(draft.internetGateways).some(inVpc) ||
      tables.some((table) => !table.associations.some((association) => association.main)) ||
      groups.some((group) => group.name !== "default")
    ) {
      throw hasDependencies(`vpc '${vpc.id}'`);
    }
    remove(draft, "routeTable", ...tables.map(({ id }) => id));
    for (const group of groups) removeGroup(draft, group);
    remove(draft, "vpc", vpc.id);
    delete draft.tags[vpc.networkAclId];
    return {};
  }),

  ModifyVpcAttribute: change(
    { VpcId: true, EnableDnsSupport: true, EnableDnsHostnames: true, EnableNetworkAddressUsageMetrics: true },
    (draft, input) => {
      const vpc = find("vpc", draft, input.VpcId);
      const [wish, ...others] = attributes.filter((attribute) => input[attribute] !== undefined);
      if (wish === undefined || others.length > 0) throw invalidCombination("Exactly one attribute must be given");
      vpc[stateName(wish)] = input[wish]?.Value ?? vpc[stateName(wish)];
      return {};
    },
  ),
};

/** ClassicLink is retired; clients ask for it all the same and know this answer. */
function notHere(): never {
  throw unsupported("The functionality you requested is not available in this region.");
}

function addMainRouteTable(draft: State, vpc: Vpc): void {
  const id = newId("rtb");
  draft.routeTables[id] = {
    id,
    vpcId: vpc.id,
    routes: [],
    associations: [{ id: newId("rtbassoc"), main: true }],
  };
}

function addDefaultSecurityGroup(draft: State, vpc: Vpc): void {
  const id = newId("sg");
  draft.securityGroups[id] = {
    id,
    vpcId: vpc.id,
    name: "default",
    description: "default VPC security group",
    rules: [
      allTraffic({ egress: false, peer: { groupId: id } }),
      allTraffic({ egress: true, peer: { cidr: "0.0.0.0/0" } }),
    ],
  };
}
