import type { Experiment } from "../experiment";
import { bridgeExperiments } from "./bridge";
import { cniExperiments } from "./cni";
import { configExperiments } from "./config";
import { isolationExperiments } from "./isolation";
import { kernelExperiments } from "./kernel";
import { kubeletExperiments } from "./kubelet";
import { layerExperiments } from "./layers";
import { nodeExperiments } from "./nodes";
import { serviceExperiments } from "./services";
import { vpcExperiments } from "./vpc";

/** The experiments, in the order in which a node is built. */
export const experiments: readonly Experiment[] = [
  ...kernelExperiments,
  ...bridgeExperiments,
  ...layerExperiments,
  ...configExperiments,
  ...isolationExperiments,
  ...cniExperiments,
  ...nodeExperiments,
  ...vpcExperiments,
  ...kubeletExperiments,
  ...serviceExperiments,
];
