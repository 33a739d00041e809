import type { Family } from "./core/handlers";
import { addresses } from "./resources/addresses";
import { images } from "./resources/images";
import { instanceActions } from "./resources/instanceActions";
import { instanceAttributes } from "./resources/instanceAttributes";
import { instances } from "./resources/instances";
import { instanceTypes } from "./resources/instanceTypes";
import { internetGateways } from "./resources/internetGateways";
import { keyPairs } from "./resources/keyPairs";
import { networkAcls } from "./resources/networkAcls";
import { networkInterfaces } from "./resources/networkInterfaces";
import { routes } from "./resources/routes";
import { routeTables } from "./resources/routeTables";
import { securityGroupChanges } from "./resources/securityGroupChanges";
import { securityGroups } from "./resources/securityGroups";
import { subnets } from "./resources/subnets";
import { tagActions } from "./resources/tagActions";
import { volumes } from "./resources/volumes";
import { vpcs } from "./resources/vpcs";
import { zones } from "./resources/zones";

/** All that this EC2 can do. */
export const families: readonly Family[] = [
  vpcs,
  subnets,
  internetGateways,
  routeTables,
  routes,
  securityGroups,
  securityGroupChanges,
  keyPairs,
  images,
  zones,
  instanceTypes,
  instances,
  instanceActions,
  instanceAttributes,
  networkInterfaces,
  volumes,
  tagActions,
  addresses,
  networkAcls,
];
