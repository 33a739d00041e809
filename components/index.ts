export type { InstanceFacts, NetworkFacts } from "./AwsHosts";
export { HardWayLab } from "./HardWayLab";
export type { NodeRuntime } from "./completeLab";
export type { DefaultMirror } from "./config/defaultMirror";
export type { HostKeys } from "./config/hostKeys";
export { loadConfig } from "./config/load";
export { parseConfig, type ConfigContext, type LabConfig } from "./config/parse";
export { ConfigError, type Problem } from "./config/problems";
export * from "./entry/aws";
export * from "./entry/host";
export type {
  AwsLabArgs,
  HardWayLabArgs,
  LabClusterArgs,
  LabProgramSource,
  LabRuntime,
  LabStore,
  OwnLoginKey,
} from "./labArgs";
