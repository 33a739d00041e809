/** Amazon VPC quotas, "Routes per route table", 500 by default since 2025; raised on request up to 1000. */
export const defaultRoutesPerTable = 500;

/**
 * The VPC's own route and the default one. Whether AWS counts the former is not documented; counting it errs on the
 * safe side.
 */
const ownRoutes = 2;

/** Says when a route table cannot hold a route per node. */
export function podRouteQuotaProblem(
  nodes: number,
  routesPerTable = defaultRoutesPerTable,
  otherRoutes = ownRoutes,
): string | undefined {
  const needed = nodes + otherRoutes;
  return needed <= routesPerTable
    ? undefined
    : `${nodes} pod routes and ${otherRoutes} others are ${needed} in a route table that may hold ${routesPerTable}; ` +
        "use fewer workers, or have AWS raise the quota and set routesPerTable";
}
