import type { Experiment } from "../experiment";
import { clusterExperiments } from "./cluster";
import { cniExperiments } from "./cni";
import { kernelExperiments } from "./kernel";
import { nodeExperiments } from "./nodes";

/** The experiments, in the order in which a node is built. */
export const experiments: readonly Experiment[] = [
  ...kernelExperiments,
  ...cniExperiments,
  ...nodeExperiments,
  ...clusterExperiments,
];
