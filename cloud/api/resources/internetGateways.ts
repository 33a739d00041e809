import type { InternetGateway as SdkInternetGateway } from "@aws-sdk/client-ec2";
import { Ec2Error, hasDependencies, invalidParameterValue } from "../core/errors";
import { applyFilters, type FilterFields } from "../core/filters";
import { accountId, type Family } from "../core/handlers";
import { find, newId } from "../core/ids";
import { page } from "../core/pages";
import type { InternetGateway, State } from "../core/state";
import { setTags, specifiedTags, tagList, tagsOf } from "../core/tags";
import { publicAddressOf } from "./publicAddress";
import { selectByIds } from "./select";

function describeGateway(state: State, gateway: InternetGateway): SdkInternetGateway {
  return {
    InternetGatewayId: gateway.id,
    // AWS's own word here; attached and detached are for other gateways.
    Attachments: gateway.vpcId === undefined ? [] : [{ State: "available" as "attached", VpcId: gateway.vpcId }],
    OwnerId: accountId,
    Tags: tagList(state, gateway.id),
  };
}

const filters: FilterFields<InternetGateway> = {
  "internet-gateway-id": (gateway) => gateway.id,
  "attachment.vpc-id": (gateway) => gateway.vpcId,
  "attachment.state": (gateway) => (gateway.vpcId === undefined ? undefined : "available"),
  "owner-id": () => accountId,
};

export const internetGateways: Family = {
  reads: {
    DescribeInternetGateways(state, input) {
      const asked = selectByIds("internetGateway", state.internetGateways, input.InternetGatewayIds);
      const found = applyFilters(asked, input.Filters, filters, (gateway) => tagsOf(state, gateway.id));
      const { items, nextToken } = page(found, (gateway) => gateway.id, input);
      return { InternetGateways: items.map((gateway) => describeGateway(state, gateway)), NextToken: nextToken };
    },
  },

  changes: {
    CreateInternetGateway(draft, input) {
      const tags = specifiedTags(input.TagSpecifications, ["internet-gateway"])("internet-gateway");
      const gateway: InternetGateway = { id: newId("igw") };
      draft.internetGateways[gateway.id] = gateway;
      setTags(draft, gateway.id, tags);
      return { InternetGateway: describeGateway(draft, gateway) };
    },

    AttachInternetGateway(draft, input) {
      const gateway = find("internetGateway", draft.internetGateways, input.InternetGatewayId ?? "");
      const vpc = find("vpc", draft.vpcs, input.VpcId ?? "");
      if (gateway.vpcId !== undefined) {
        throw new Ec2Error(
          "Resource.AlreadyAssociated",
          `resource ${gateway.id} is already attached to network ${gateway.vpcId}`,
        );
      }
      if (Object.values(draft.internetGateways).some((other) => other.vpcId === vpc.id)) {
        throw invalidParameterValue(`Network ${vpc.id} already has an internet gateway attached`);
      }
      gateway.vpcId = vpc.id;
      return {};
    },

    DetachInternetGateway(draft, input) {
      const gateway = find("internetGateway", draft.internetGateways, input.InternetGatewayId ?? "");
      const vpc = find("vpc", draft.vpcs, input.VpcId ?? "");
      if (gateway.vpcId !== vpc.id) {
        throw new Ec2Error("Gateway.NotAttached", `resource ${gateway.id} is not attached to network ${vpc.id}`);
      }
      const mapped = Object.values(draft.networkInterfaces).some(
        (candidate) =>
          draft.subnets[candidate.subnetId]?.vpcId === vpc.id && publicAddressOf(draft, candidate) !== undefined,
      );
      if (mapped) {
        throw new Ec2Error(
          "DependencyViolation",
          `Network ${vpc.id} has some mapped public address(es). ` +
            `Please unmap those public address(es) before detaching the gateway.`,
        );
      }
      delete gateway.vpcId;
      return {};
    },

    DeleteInternetGateway(draft, input) {
      const gateway = find("internetGateway", draft.internetGateways, input.InternetGatewayId ?? "");
      if (gateway.vpcId !== undefined) throw hasDependencies(`internetGateway '${gateway.id}'`);
      delete draft.internetGateways[gateway.id];
      delete draft.tags[gateway.id];
      return {};
    },
  },
};
