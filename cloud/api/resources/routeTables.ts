import type { Route as SdkRoute, RouteTable as SdkRouteTable } from "@aws-sdk/client-ec2";
import { describe } from "../core/describe";
import { alreadyAssociated, hasDependencies, invalidParameterValue, missingParameter } from "../core/errors";
import { absent, type FilterFields } from "../core/filters";
import { accountId, change, type Actions } from "../core/handlers";
import { checkId, find, newId, notFound, remove } from "../core/ids";
import type { RouteTable, State } from "../core/state";
import { add, tagList } from "../core/tags";
import { once } from "../core/tokens";
import { describeRoutes } from "./routeTarget";

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

/** What the routes have that the filter looks at. */
const route =
  (name: keyof SdkRoute) =>
  (table: RouteTable, state: State): (string | undefined)[] =>
    describeRoutes(state, table).map((described) => described[name]);

const filters: FilterFields<RouteTable> = {
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
  "route.destination-cidr-block": route("DestinationCidrBlock"),
  "route.gateway-id": route("GatewayId"),
  "route.instance-id": route("InstanceId"),
  "route.network-interface-id": route("NetworkInterfaceId"),
  "route.origin": route("Origin"),
  "route.state": route("State"),
};

const associated = { AssociationState: { State: "associated" } } as const;

export const routeTables: Actions = {
  DescribeRouteTables: describe("routeTable", "RouteTableIds", {
    ...{ output: "RouteTables", filters, render: describeTable },
  }),

  CreateRouteTable: change({ VpcId: true, TagSpecifications: true, ClientToken: true }, (draft, input) => {
    const vpc = find("vpc", draft, input.VpcId);
    const [id = ""] = once(draft, "routeTables", input, () => {
      const table: RouteTable = { id: newId("rtb"), vpcId: vpc.id, routes: [], associations: [] };
      return [add(draft, "routeTable", table, input.TagSpecifications).id];
    });
    return { RouteTable: describeTable(draft, find("routeTable", draft, id)), ClientToken: input.ClientToken };
  }),

  DeleteRouteTable: change({ RouteTableId: true }, (draft, input) => {
    const table = find("routeTable", draft, input.RouteTableId);
    if (table.associations.length > 0) throw hasDependencies(`routeTable '${table.id}'`);
    remove(draft, "routeTable", table.id);
    return {};
  }),

  AssociateRouteTable: change({ RouteTableId: true, SubnetId: true }, (draft, input) => {
    const table = find("routeTable", draft, input.RouteTableId);
    if (input.SubnetId === undefined) throw missingParameter("subnetId");
    const subnet = find("subnet", draft, input.SubnetId);
    checkSameNetwork(table, subnet);
    for (const other of Object.values(draft.routeTables)) {
      const existing = other.associations.find((association) => association.subnetId === subnet.id);
      if (existing === undefined) continue;
      if (other.id === table.id) return { AssociationId: existing.id, ...associated };
      throw alreadyAssociated(
        `the specified association for route table ${table.id} conflicts with an existing association`,
      );
    }
    const id = newId("rtbassoc");
    table.associations.push({ id, subnetId: subnet.id, main: false });
    return { AssociationId: id, ...associated };
  }),

  DisassociateRouteTable: change({ AssociationId: true }, (draft, input) => {
    const { table, association } = findAssociation(draft, input.AssociationId ?? "");
    if (association.main) {
      throw invalidParameterValue(`cannot disassociate the main route table association ${association.id}`);
    }
    table.associations = table.associations.filter((other) => other !== association);
    return {};
  }),

  ReplaceRouteTableAssociation: change({ AssociationId: true, RouteTableId: true }, (draft, input) => {
    const { table: before, association } = findAssociation(draft, input.AssociationId ?? "");
    const table = find("routeTable", draft, input.RouteTableId);
    checkSameNetwork(table, before);
    before.associations = before.associations.filter((other) => other !== association);
    const id = newId("rtbassoc");
    table.associations.push({ ...association, id });
    return { NewAssociationId: id, ...associated };
  }),
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
