import { sentValues } from "../command";
import type { Rule } from "../rule";

export const masquerade: Rule = {
  name: "pods-keep-their-address",
  level: "advisory",
  reason:
    "Masquerading by the bridge hides which pod sent a packet from the pods of other nodes: network policies, logs and allow lists there see the node.",
  remedy: 'Set masquerade to "outsideCluster" or "none" (hardway:masquerade in a lab).',
  check: (resource) => {
    if (resource.type === "hardway:index:CniConfig") {
      return resource.props.masquerade === "bridge" ? ['masquerade is "bridge".'] : [];
    }
    return sentValues(resource, "40-cni-config")
      .filter(({ MASQUERADE }) => MASQUERADE === "bridge")
      .map(() => "Packets to other nodes get the node's address as their sender (MASQUERADE=bridge).");
  },
};
