import type { InternetGateway as SdkInternetGateway } from "@aws-sdk/client-ec2";
import { Ec2Error, hasDependencies, invalidParameterValue } from "../core/errors";
import { applyFilters, type FilterFields } from "../core/filters";
import { filtered } from "../core/handled";
import { accountId, type Family } from "../core/handlers";
import { checkId, find, newId } from "../core/ids";
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
  inputs: {
    DescribeInternetGateways: { InternetGatewayIds: true, ...filtered },
    CreateInternetGateway: { TagSpecifications: true },
    AttachInternetGateway: { InternetGatewayId: true, VpcId: true },
    DetachInternetGateway: { InternetGatewayId: true, VpcId: true },
    DeleteInternetGateway: { InternetGatewayId: true },
  },

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
      const vpcId = input.VpcId ?? "";
      checkId("vpc", vpcId);
      // Also for a VPC that is gone: clients that take both away at once know this code.
      if (gateway.vpcId !== vpcId) {
        throw new Ec2Error("Gateway.NotAttached", `resource ${gateway.id} is not attached to network ${vpcId}`);
      }
      const mapped = Object.values(draft.networkInterfaces).some(
        (candidate) =>
          draft.subnets[candidate.subnetId]?.vpcId === vpcId && publicAddressOf(draft, candidate) !== undefined,
      );
      if (mapped) {
        throw new Ec2Error(
          "DependencyViolation",
          `Network ${vpcId} has some mapped public address(es). ` +
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
