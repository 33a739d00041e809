import * as components from "../components";

/** The components that the plugin serves, each by the name of its class. */
export const servedComponents = {
  ApiBalancer: components.ApiBalancer,
  ClusterPki: components.ClusterPki,
  ClusterServices: components.ClusterServices,
  CniConfig: components.CniConfig,
  ContainerRuntime: components.ContainerRuntime,
  ControlPlane: components.ControlPlane,
  EtcdMember: components.EtcdMember,
  HardWayLab: components.HardWayLab,
  KernelPrep: components.KernelPrep,
  Kubelet: components.Kubelet,
  KubeProxy: components.KubeProxy,
  LabInstance: components.LabInstance,
  LabNetwork: components.LabNetwork,
  PodRoutes: components.PodRoutes,
  ReachableHost: components.ReachableHost,
  SnapshotterStore: components.SnapshotterStore,
  SshKeyPair: components.SshKeyPair,
  VpcPodRoutes: components.VpcPodRoutes,
};

/** What other languages do not have; docs/languages.md says why, and what to use instead. */
export const notServed = {
  components: ["AwsHosts"],
  functions: [
    "callerCidr",
    "latestImage",
    "loadConfig",
    "parseConfig",
    "planPodNetworks",
    "planRoutes",
    "renderRuntimeClasses",
  ],
} as const;
