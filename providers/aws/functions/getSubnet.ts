import { common, text } from "../resource";
import { fromTags } from "../tags";
import { filters, filtersOf, exactlyOne } from "./filters";
import type { AwsFunction } from "./function";

/** https://www.pulumi.com/registry/packages/aws/api-docs/ec2/getsubnet */
export const getSubnet: AwsFunction = {
  args: {
    ...common,
    filters,
    availabilityZone: { type: "string" },
    availabilityZoneId: { type: "string" },
    cidrBlock: { type: "string" },
    defaultForAz: { type: "boolean" },
    id: { type: "string" },
    state: { type: "string" },
    tags: { type: "string{}" },
    vpcId: { type: "string" },
  },

  async call(args, { ec2, arn, region }) {
    const named = {
      "availability-zone": args.availabilityZone,
      "availability-zone-id": args.availabilityZoneId,
      cidr: args.cidrBlock,
      "default-for-az": args.defaultForAz === true ? true : undefined,
      state: args.state,
      "vpc-id": args.vpcId,
    };
    const wanted = text(args.id);
    const Filters = filtersOf(args, named);
    const { Subnets } = await ec2.describeSubnets({ SubnetIds: wanted ? [wanted] : undefined, Filters });
    const subnet = exactlyOne(Subnets, "EC2 Subnet");
    const id = subnet.SubnetId ?? "";
    return {
      arn: subnet.SubnetArn ?? arn(`subnet/${id}`, subnet.OwnerId),
      assignIpv6AddressOnCreation: subnet.AssignIpv6AddressOnCreation ?? false,
      availabilityZone: subnet.AvailabilityZone ?? "",
      availabilityZoneId: subnet.AvailabilityZoneId ?? "",
      availableIpAddressCount: subnet.AvailableIpAddressCount ?? 0,
      cidrBlock: subnet.CidrBlock ?? "",
      defaultForAz: subnet.DefaultForAz ?? false,
      id,
      mapPublicIpOnLaunch: subnet.MapPublicIpOnLaunch ?? false,
      ownerId: subnet.OwnerId ?? "",
      region,
      state: subnet.State ?? "",
      tags: fromTags(subnet.Tags),
      vpcId: subnet.VpcId ?? "",
    };
  },
};
