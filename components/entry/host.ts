/** `hardway/host`: the steps on machines that SSH reaches, and their plan. Needs no @pulumi/aws. */
export { HostRole, type Host, type KnownHost } from "../host";
export { SshKeyPair, type SshKeyPairArgs } from "../network/SshKeyPair";
export { CniConfig, type CniConfigArgs, type CniFacts } from "../node/CniConfig";
export { ContainerRuntime, type ContainerRuntimeArgs, type RuntimeFacts } from "../node/ContainerRuntime";
export { KernelPrep, type KernelFacts, type KernelPrepArgs } from "../node/KernelPrep";
export type { HandlerName } from "../node/runtime/handlers";
export type {
  CgroupDriver,
  RegistryCredentials,
  RegistryLogin,
  RuntimeKind,
  RuntimeSettings,
  RuntimeSource,
} from "../node/runtime/runtime";
export { renderRuntimeClasses } from "../node/runtime/runtimeClasses";
export { runtimeDefaults } from "../node/runtime/runtimes";
export type { SnapshotterName } from "../node/runtime/snapshotters";
export { SnapshotterStore, type SnapshotterStoreArgs, type StoreFacts } from "../node/SnapshotterStore";
export { PodRoutes, type PodRouteFacts, type PodRoutesArgs } from "../node/PodRoutes";
export { ReachableHost, type HostFacts, type ReachableHostArgs } from "../node/ReachableHost";
export type { HandlerPlan, LabPlan, PlannedNetwork, RuntimePlan, VpcPlan } from "../labPlan";
export type { Masquerade } from "../node/cniFiles";
export type { Isolation } from "../node/runtime/handlers";
export { planPodNetworks, planRoutes, type PlannedHost, type PodNetwork, type PodRoute } from "../plan/routes";
