/** `hardway/host`: the steps on machines that SSH reaches, and their plan. Needs no @pulumi/aws. */
export { ApiBalancer, type ApiBalancerArgs } from "../cluster/ApiBalancer";
export { ClusterPki, type ClusterPkiArgs, type PkiHostArgs } from "../cluster/ClusterPki";
export {
  ClusterServices,
  type ClusterFacts,
  type ClusterNodeArgs,
  type ClusterServicesArgs,
} from "../cluster/ClusterServices";
export { ControlPlane, type ControlPlaneArgs } from "../cluster/ControlPlane";
export { EtcdMember, type EtcdMemberArgs } from "../cluster/EtcdMember";
export { Kubelet, type KubeletArgs } from "../cluster/Kubelet";
export { KubeProxy, type KubeProxyArgs } from "../cluster/KubeProxy";
export { ProxyMode } from "../cluster/kubeProxyFiles";
export type { ClusterHostArgs, ClusterStepArgs, CredentialStepArgs, ProgramFacts } from "../cluster/runServices";
export { HostRole } from "../host";
export type { Host, KnownHost } from "../labArgs";
export { SshKeyPair, type SshKeyPairArgs } from "../network/SshKeyPair";
export type { StorePlace } from "../node/storeFiles";
export { CniConfig, type CniConfigArgs, type CniFacts } from "../node/CniConfig";
export { ContainerRuntime, type ContainerRuntimeArgs, type RuntimeFacts } from "../node/ContainerRuntime";
export { kubeletSysctls } from "../node/kernelFiles";
export { KernelPrep, ModuleState, Swap, type KernelFacts, type KernelPrepArgs } from "../node/KernelPrep";
export {
  PodRoutes,
  RoutePersistence,
  type HostRoute,
  type InstalledRoute,
  type PodRouteFacts,
  type PodRoutesArgs,
} from "../node/PodRoutes";
export { ReachableHost, type HostFacts, type OsRelease, type ReachableHostArgs } from "../node/ReachableHost";
export type { AddedArtifact } from "../node/runtime/artifacts/artifact";
export { ArtifactArchitecture, ArtifactName } from "../node/runtime/artifacts/lock";
export { HandlerName } from "../node/runtime/handlers";
export {
  CgroupDriver,
  RuntimeKind,
  RuntimeSource,
  SecurityProfile,
  type RegistryCredentials,
  type RegistryLoginArgs,
  type AptRepository,
  type RuntimeSettings,
} from "../node/runtime/runtimeSettings";
export type {
  AptRepositoryArgs,
  ProgramSource,
  AddedArtifactArgs,
  RuntimeSettingArgs,
} from "../node/runtime/runtimeArgs";
export { renderRuntimeClasses } from "../node/runtime/runtimeClasses";
export { runtimeDefaults } from "../node/runtime/runtimes";
export { SnapshotterName, StoreSnapshotter } from "../node/runtime/snapshotters";
export type { HostStepArgs, StepArgs } from "../node/runStep";
export { SnapshotterStore, type SnapshotterStoreArgs, type StoreFacts } from "../node/SnapshotterStore";
export type { HostConnection, ProxyConnection } from "../remote/connection";
export type {
  CniPlan,
  HandlerPlan,
  KernelPlan,
  LabPlan,
  LoginPlan,
  PlannedNetwork,
  ClusterPlan,
  ProbePlan,
  RuntimePlan,
  SubnetPlan,
  VpcPlan,
} from "../labPlan";
export { Masquerade } from "../node/cniFiles";
export { Isolation } from "../node/runtime/handlers";
export { planPodNetworks, planRoutes, type PlannedHost, type PodNetwork, type PodRoute } from "../plan/routes";
