import { common, text } from "../resource";
import { fromTags } from "../tags";
import { filters, filtersOf, exactlyOne } from "./filters";
import type { AwsFunction } from "./function";

/** https://www.pulumi.com/registry/packages/aws/api-docs/ec2/getvpc */
export const getVpc: AwsFunction = {
  args: {
    ...common,
    filters,
    cidrBlock: { type: "string" },
    default: { type: "boolean" },
    dhcpOptionsId: { type: "string" },
    id: { type: "string" },
    state: { type: "string" },
    tags: { type: "string{}" },
  },

  async call(args, { ec2, arn, region }) {
    const named = {
      cidr: args.cidrBlock,
      "dhcp-options-id": args.dhcpOptionsId,
      // `default: false` is no wish for one that is not.
      "is-default": args.default === true ? true : undefined,
      state: args.state,
    };
    const wanted = text(args.id);
    const Filters = filtersOf(args, named);
    const { Vpcs } = await ec2.describeVpcs({ VpcIds: wanted ? [wanted] : undefined, Filters });
    const vpc = exactlyOne(Vpcs, "EC2 VPC");
    const id = vpc.VpcId ?? "";
    const main = [
      { Name: "vpc-id", Values: [id] },
      { Name: "association.main", Values: ["true"] },
    ];
    const { RouteTables } = await ec2.describeRouteTables({ Filters: main });
    return {
      arn: arn(`vpc/${id}`, vpc.OwnerId),
      cidrBlock: vpc.CidrBlock ?? "",
      cidrBlockAssociations: (vpc.CidrBlockAssociationSet ?? []).map((each) => ({
        associationId: each.AssociationId ?? "",
        cidrBlock: each.CidrBlock ?? "",
        state: each.CidrBlockState?.State ?? "",
      })),
      default: vpc.IsDefault ?? false,
      dhcpOptionsId: vpc.DhcpOptionsId ?? "",
      enableDnsHostnames:
        (await ec2.describeVpcAttribute({ VpcId: id, Attribute: "enableDnsHostnames" })).EnableDnsHostnames?.Value ??
        false,
      enableDnsSupport:
        (await ec2.describeVpcAttribute({ VpcId: id, Attribute: "enableDnsSupport" })).EnableDnsSupport?.Value ?? false,
      id,
      instanceTenancy: vpc.InstanceTenancy ?? "",
      mainRouteTableId: RouteTables?.[0]?.RouteTableId ?? "",
      ownerId: vpc.OwnerId ?? "",
      region,
      state: vpc.State ?? "",
      tags: fromTags(vpc.Tags),
    };
  },
};
