import { sentValues } from "../command";
import type { Rule } from "../rule";

const script = "20-kernel-prep";

export const swapOff: Rule = {
  name: "swap-off",
  level: "mandatory",
  reason: "Nodes must run without swap: the kubelet does not start with it, and memory limits of pods would not hold.",
  remedy: 'Leave swap of KernelPrep out, or set it to "off".',
  check: (resource) => {
    if (resource.type === "hardway:index:KernelPrep") {
      return resource.props.swap === "keep" ? ['swap is "keep".'] : [];
    }
    return sentValues(resource, script)
      .filter(({ SWAP }) => SWAP !== "off")
      .map(({ SWAP }) => `The script ${script} is sent SWAP=${SWAP}.`);
  },
};
