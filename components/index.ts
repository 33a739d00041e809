export { AwsHosts, type NetworkFacts } from "./AwsHosts";
export { HardWayLab } from "./HardWayLab";
export type { Host, HostRole, KnownHost } from "./host";
export { loadConfig } from "./config/load";
export type { AwsSettings, LabConfig } from "./config/labConfig";
export { parseConfig } from "./config/parse";
export { ConfigError } from "./config/problems";
export { LabInstance, type LabInstanceArgs, type LoginKey } from "./network/LabInstance";
export { LabNetwork, type ExistingNetwork, type LabNetworkArgs, type LabSubnet } from "./network/LabNetwork";
export { latestImage, type MachineImage } from "./network/machineImage";
export type { Architecture, OperatingSystem } from "./network/osImages";
export type { SshAccess } from "./network/sshConfig";
export { SshKeyPair, type SshKeyPairArgs } from "./network/SshKeyPair";
export { VpcPodRoutes, type VpcPodRoutesArgs } from "./network/VpcPodRoutes";
export { CniConfig, type CniConfigArgs, type CniFacts } from "./node/CniConfig";
export { ContainerRuntime, type ContainerRuntimeArgs, type RuntimeFacts } from "./node/ContainerRuntime";
export { KernelPrep, type KernelFacts, type KernelPrepArgs } from "./node/KernelPrep";
export type { HandlerName } from "./node/runtime/handlers";
export type {
  CgroupDriver,
  RegistryCredentials,
  RegistryLogin,
  RuntimeKind,
  RuntimeSettings,
  RuntimeSource,
} from "./node/runtime/runtime";
export { renderRuntimeClasses } from "./node/runtime/runtimeClasses";
export { runtimeDefaults } from "./node/runtime/runtimes";
export type { SnapshotterName } from "./node/runtime/snapshotters";
export { SnapshotterStore, type SnapshotterStoreArgs, type StoreFacts } from "./node/SnapshotterStore";
export { PodRoutes, type PodRouteFacts, type PodRoutesArgs } from "./node/PodRoutes";
export { ReachableHost, type HostFacts, type ReachableHostArgs } from "./node/ReachableHost";
export type {
  HandlerPlan,
  LabPlan,
  Masquerade,
  PlannedHost,
  PodNetwork,
  PodRoute,
  RuntimePlan,
  VpcPlan,
} from "./plan/labPlan";
export { planPodNetworks, planRoutes } from "./plan/routes";
