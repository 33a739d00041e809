import { scriptOf, sentTexts, valueOf } from "../command";
import type { ResourceRule } from "../rule";

export const swapOff: ResourceRule = {
  name: "swap-off",
  level: "mandatory",
  reason: "Nodes must run without swap: the kubelet does not start with it, and memory limits of pods would not hold.",
  remedy: 'Leave swap of KernelPrep out, or set it to "off".',
  check: (resource) => {
    if (resource.type === "hardway:index:KernelPrep") {
      return resource.props.swap === "keep" ? ['swap is "keep".'] : [];
    }
    return sentTexts(resource)
      .filter((text) => scriptOf(text) === "20-kernel-prep" && valueOf(text, "SWAP") !== "off")
      .map((text) => `The script ${scriptOf(text)} is sent SWAP=${valueOf(text, "SWAP")}.`);
  },
};
