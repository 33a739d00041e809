import type { Actions } from "./core/handlers";
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
export const actions: Actions = {
  ...{ ...vpcs, ...subnets, ...internetGateways, ...routeTables, ...routes, ...networkAcls, ...networkInterfaces },
  ...{ ...securityGroups, ...securityGroupChanges, ...keyPairs, ...addresses, ...tagActions },
  ...{ ...instances, ...instanceActions, ...instanceAttributes, ...instanceTypes, ...images, ...volumes, ...zones },
};
