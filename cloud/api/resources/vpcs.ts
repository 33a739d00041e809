import type { Vpc as SdkVpc } from "@aws-sdk/client-ec2";
import { parseCidrBlock } from "../core/cidr";
import { Ec2Error, hasDependencies, invalidParameterValue, missingParameter, unsupported } from "../core/errors";
import { absent, applyFilters, type FilterFields } from "../core/filters";
import { filtered, only, paged } from "../core/handled";
import { accountId, type Family } from "../core/handlers";
import { find, newId } from "../core/ids";
import { page } from "../core/pages";
import type { State, Vpc } from "../core/state";
import { setTags, specifiedTags, tagListOrNone, tagsOf } from "../core/tags";
import { selectByIds } from "./select";
import { allTraffic } from "./securityGroupRules";

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

export const vpcs: Family = {
  inputs: {
    DescribeVpcs: { VpcIds: true, ...filtered },
    DescribeVpcAttribute: { VpcId: true, Attribute: true },
    DescribeVpcClassicLink: { VpcIds: true, Filters: true },
    DescribeVpcClassicLinkDnsSupport: { VpcIds: true, ...paged },
    CreateVpc: {
      CidrBlock: true,
      InstanceTenancy: only("default"),
      AmazonProvidedIpv6CidrBlock: only(false),
      TagSpecifications: true,
    },
    DeleteVpc: { VpcId: true },
    ModifyVpcAttribute: {
      VpcId: true,
      EnableDnsSupport: true,
      EnableDnsHostnames: true,
      EnableNetworkAddressUsageMetrics: true,
    },
  },

  reads: {
    DescribeVpcs(state, input) {
      const asked = selectByIds("vpc", state.vpcs, input.VpcIds);
      const found = applyFilters(asked, input.Filters, filters, (vpc) => tagsOf(state, vpc.id));
      const { items, nextToken } = page(found, (vpc) => vpc.id, input);
      return { Vpcs: items.map((vpc) => describeVpc(state, vpc)), NextToken: nextToken };
    },

    DescribeVpcAttribute(state, input) {
      const vpc = find("vpc", state.vpcs, input.VpcId ?? "");
      switch (input.Attribute) {
        case "enableDnsSupport":
          return { VpcId: vpc.id, EnableDnsSupport: { Value: vpc.enableDnsSupport } };
        case "enableDnsHostnames":
          return { VpcId: vpc.id, EnableDnsHostnames: { Value: vpc.enableDnsHostnames } };
        case "enableNetworkAddressUsageMetrics":
          return { VpcId: vpc.id, EnableNetworkAddressUsageMetrics: { Value: vpc.enableNetworkAddressUsageMetrics } };
        case undefined:
        default:
          throw invalidParameterValue(
            `Value (${String(input.Attribute)}) for parameter attribute is invalid. Unknown attribute.`,
          );
      }
    },

    DescribeVpcClassicLink: notHere,
    DescribeVpcClassicLinkDnsSupport: notHere,
  },

  changes: {
    CreateVpc(draft, input) {
      if (input.CidrBlock === undefined) throw missingParameter("cidrBlock");
      const cidr = parseCidrBlock(input.CidrBlock, "cidrBlock");
      if (cidr.prefix < 16 || cidr.prefix > 28) {
        throw new Ec2Error("InvalidVpc.Range", `The CIDR '${input.CidrBlock}' is invalid.`);
      }
      const tags = specifiedTags(input.TagSpecifications, ["vpc"])("vpc");
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
      draft.vpcs[vpc.id] = vpc;
      setTags(draft, vpc.id, tags);
      addMainRouteTable(draft, vpc);
      addDefaultSecurityGroup(draft, vpc);
      // The creation's answer says pending; the next Describe says available.
      return { Vpc: { ...describeVpc(draft, vpc), State: "pending" } };
    },

    DeleteVpc(draft, input) {
      const vpc = find("vpc", draft.vpcs, input.VpcId ?? "");
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
      for (const { id } of tables) delete draft.routeTables[id];
      for (const { id } of groups) delete draft.securityGroups[id];
      delete draft.vpcs[vpc.id];
      for (const id of [vpc.id, vpc.networkAclId, ...tables.map(({ id }) => id), ...groups.map(({ id }) => id)]) {
        delete draft.tags[id];
      }
      return {};
    },

    ModifyVpcAttribute(draft, input) {
      const vpc = find("vpc", draft.vpcs, input.VpcId ?? "");
      const wishes = [input.EnableDnsSupport, input.EnableDnsHostnames, input.EnableNetworkAddressUsageMetrics];
      if (wishes.filter((wish) => wish !== undefined).length !== 1) {
        throw new Ec2Error("InvalidParameterCombination", "Exactly one attribute must be given");
      }
      vpc.enableDnsSupport = input.EnableDnsSupport?.Value ?? vpc.enableDnsSupport;
      vpc.enableDnsHostnames = input.EnableDnsHostnames?.Value ?? vpc.enableDnsHostnames;
      vpc.enableNetworkAddressUsageMetrics =
        input.EnableNetworkAddressUsageMetrics?.Value ?? vpc.enableNetworkAddressUsageMetrics;
      return {};
    },
  },
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
