import type { RouteTable as SdkRouteTable } from "@aws-sdk/client-ec2";
import { Ec2Error, hasDependencies, invalidParameterValue, missingParameter } from "../core/errors";
import { absent, applyFilters, type FilterFields } from "../core/filters";
import { filtered } from "../core/handled";
import { accountId, type Family } from "../core/handlers";
import { checkId, find, newId, notFound } from "../core/ids";
import { page } from "../core/pages";
import type { RouteTable, State } from "../core/state";
import { setTags, specifiedTags, tagList, tagsOf } from "../core/tags";
import { once } from "../core/tokens";
import { describeRoutes } from "./routeTarget";
import { selectByIds } from "./select";

/** The table that routes a subnet's packets: its own, or the VPC's main one. */
export function routeTableOf(state: State, subnet: { id: string; vpcId: string }): RouteTable | undefined {
  const tables = Object.values(state.routeTables).filter((table) => table.vpcId === subnet.vpcId);
  return (
    tables.find((table) => table.associations.some((association) => association.subnetId === subnet.id)) ??
    tables.find((table) => table.associations.some((association) => association.main))
  );
}

function describeTable(state: State, table: RouteTable): SdkRouteTable {
  return {
    RouteTableId: table.id,
    VpcId: table.vpcId,
    OwnerId: accountId,
    Associations: table.associations.map(({ id, subnetId, main }) => ({
      RouteTableAssociationId: id,
      RouteTableId: table.id,
      SubnetId: subnetId,
      Main: main,
      AssociationState: { State: "associated" },
    })),
    PropagatingVgws: [],
    Routes: describeRoutes(state, table),
    Tags: tagList(state, table.id),
  };
}

const filters = (state: State): FilterFields<RouteTable> => ({
  "route-table-id": (table) => table.id,
  "vpc-id": (table) => table.vpcId,
  "owner-id": () => accountId,
  "association.main": (table) => table.associations.some((association) => association.main),
  "association.subnet-id": (table) => table.associations.map((association) => association.subnetId),
  "association.route-table-id": (table) => (table.associations.length === 0 ? undefined : table.id),
  "association.route-table-association-id": (table) => table.associations.map((association) => association.id),
  ...absent(
    "association.gateway-id",
    "route.destination-ipv6-cidr-block",
    "route.destination-prefix-list-id",
    "route.nat-gateway-id",
    "route.transit-gateway-id",
    "route.vpc-peering-connection-id",
    "route.egress-only-internet-gateway-id",
  ),
  "route.destination-cidr-block": (table) => describeRoutes(state, table).map((route) => route.DestinationCidrBlock),
  "route.gateway-id": (table) => describeRoutes(state, table).map((route) => route.GatewayId),
  "route.instance-id": (table) => describeRoutes(state, table).map((route) => route.InstanceId),
  "route.network-interface-id": (table) => describeRoutes(state, table).map((route) => route.NetworkInterfaceId),
  "route.origin": (table) => describeRoutes(state, table).map((route) => route.Origin),
  "route.state": (table) => describeRoutes(state, table).map((route) => route.State),
});

export const routeTables: Family = {
  inputs: {
    DescribeRouteTables: { RouteTableIds: true, ...filtered },
    CreateRouteTable: { VpcId: true, TagSpecifications: true, ClientToken: true },
    DeleteRouteTable: { RouteTableId: true },
    AssociateRouteTable: { RouteTableId: true, SubnetId: true },
    DisassociateRouteTable: { AssociationId: true },
    ReplaceRouteTableAssociation: { AssociationId: true, RouteTableId: true },
  },

  reads: {
    DescribeRouteTables(state, input) {
      const asked = selectByIds("routeTable", state.routeTables, input.RouteTableIds);
      const found = applyFilters(asked, input.Filters, filters(state), (table) => tagsOf(state, table.id));
      const { items, nextToken } = page(found, (table) => table.id, input);
      return { RouteTables: items.map((table) => describeTable(state, table)), NextToken: nextToken };
    },
  },

  changes: {
    CreateRouteTable(draft, input) {
      const vpc = find("vpc", draft.vpcs, input.VpcId ?? "");
      const tags = specifiedTags(input.TagSpecifications, ["route-table"])("route-table");
      const [id = ""] = once(draft, "routeTables", input, () => {
        const table: RouteTable = { id: newId("rtb"), vpcId: vpc.id, routes: [], associations: [] };
        draft.routeTables[table.id] = table;
        setTags(draft, table.id, tags);
        return [table.id];
      });
      return {
        RouteTable: describeTable(draft, find("routeTable", draft.routeTables, id)),
        ClientToken: input.ClientToken,
      };
    },

    DeleteRouteTable(draft, input) {
      const table = find("routeTable", draft.routeTables, input.RouteTableId ?? "");
      if (table.associations.length > 0) throw hasDependencies(`routeTable '${table.id}'`);
      delete draft.routeTables[table.id];
      delete draft.tags[table.id];
      return {};
    },

    AssociateRouteTable(draft, input) {
      const table = find("routeTable", draft.routeTables, input.RouteTableId ?? "");
      if (input.SubnetId === undefined) throw missingParameter("subnetId");
      const subnet = find("subnet", draft.subnets, input.SubnetId);
      checkSameNetwork(table, subnet);
      for (const other of Object.values(draft.routeTables)) {
        const existing = other.associations.find((association) => association.subnetId === subnet.id);
        if (existing === undefined) continue;
        if (other.id === table.id) return { AssociationId: existing.id, AssociationState: { State: "associated" } };
        throw new Ec2Error(
          "Resource.AlreadyAssociated",
          `the specified association for route table ${table.id} conflicts with an existing association`,
        );
      }
      const id = newId("rtbassoc");
      table.associations.push({ id, subnetId: subnet.id, main: false });
      return { AssociationId: id, AssociationState: { State: "associated" } };
    },

    DisassociateRouteTable(draft, input) {
      const { table, association } = findAssociation(draft, input.AssociationId ?? "");
      if (association.main) {
        throw invalidParameterValue(`cannot disassociate the main route table association ${association.id}`);
      }
      table.associations = table.associations.filter((other) => other !== association);
      return {};
    },

    ReplaceRouteTableAssociation(draft, input) {
      const { table: before, association } = findAssociation(draft, input.AssociationId ?? "");
      const table = find("routeTable", draft.routeTables, input.RouteTableId ?? "");
      checkSameNetwork(table, before);
      before.associations = before.associations.filter((other) => other !== association);
      const id = newId("rtbassoc");
      table.associations.push({ ...association, id });
      return { NewAssociationId: id, AssociationState: { State: "associated" } };
    },
  },
};

function checkSameNetwork(table: RouteTable, resource: { id: string; vpcId: string }): void {
  if (table.vpcId === resource.vpcId) return;
  throw invalidParameterValue(
    `Route table ${table.id} and network ${resource.vpcId} of ${resource.id} belong to different networks`,
  );
}

function findAssociation(state: State, id: string) {
  checkId("association", id);
  for (const table of Object.values(state.routeTables)) {
    const association = table.associations.find((candidate) => candidate.id === id);
    if (association !== undefined) return { table, association };
  }
  throw notFound("association", id);
}
