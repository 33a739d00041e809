import type { InternetGateway as SdkInternetGateway } from "@aws-sdk/client-ec2";
import { describe } from "../core/describe";
import { alreadyAssociated, Ec2Error, hasDependencies, invalidParameterValue } from "../core/errors";
import type { FilterFields } from "../core/filters";
import { accountId, change, type Actions } from "../core/handlers";
import { checkId, find, newId, remove } from "../core/ids";
import type { InternetGateway, State } from "../core/state";
import { add, tagList } from "../core/tags";
import { publicAddressOf } from "./publicAddress";

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

export const internetGateways: Actions = {
  DescribeInternetGateways: describe("internetGateway", "InternetGatewayIds", {
    ...{ output: "InternetGateways", filters, render: describeGateway },
  }),

  CreateInternetGateway: change({ TagSpecifications: true }, (draft, input) => ({
    InternetGateway: describeGateway(
      draft,
      add(draft, "internetGateway", { id: newId("igw") }, input.TagSpecifications),
    ),
  })),

  AttachInternetGateway: change({ InternetGatewayId: true, VpcId: true }, (draft, input) => {
    const gateway = find("internetGateway", draft, input.InternetGatewayId);
    const vpc = find("vpc", draft, input.VpcId);
    if (gateway.vpcId !== undefined) {
      throw alreadyAssociated(`resource ${gateway.id} is already attached to network ${gateway.vpcId}`);
    }
    if (Object.values(draft.internetGateways).some((other) => other.vpcId === vpc.id)) {
      throw invalidParameterValue(`Network ${vpc.id} already has an internet gateway attached`);
    }
    gateway.vpcId = vpc.id;
    return {};
  }),

  DetachInternetGateway: change({ InternetGatewayId: true, VpcId: true }, (draft, input) => {
    const gateway = find("internetGateway", draft, input.InternetGatewayId);
    const { VpcId: vpcId = "" } = input;
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
  }),

  DeleteInternetGateway: change({ InternetGatewayId: true }, (draft, input) => {
    const gateway = find("internetGateway", draft, input.InternetGatewayId);
    if (gateway.vpcId !== undefined) throw hasDependencies(`internetGateway '${gateway.id}'`);
    remove(draft, "internetGateway", gateway.id);
    return {};
  }),
};
