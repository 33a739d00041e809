export { AwsHosts, type NetworkFacts } from "./AwsHosts";
export { HardWayLab } from "./HardWayLab";
export { loadConfig } from "./config/load";
export type { AwsSettings, LabConfig } from "./config/labConfig";
export { parseConfig } from "./config/parse";
export { ConfigError } from "./config/problems";
export * from "./entry/aws";
export * from "./entry/host";
