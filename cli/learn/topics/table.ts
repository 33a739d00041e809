import type { Explanation } from "../explanation";
import { apiBalancerTopic } from "./apiBalancer";
import { brNetfilterTopic } from "./brNetfilter";
import { bridgeNfCallTopic } from "./bridgeNfCall";
import { certificatesTopic } from "./certificates";
import { cgroupDriverTopic } from "./cgroupDriver";
import { cniConfigTopic } from "./cniConfig";
import { cniPluginsTopic } from "./cniPlugins";
import { controlPlaneTopic } from "./controlPlane";
import { dnsTopic } from "./dns";
import { etcdTopic } from "./etcd";
import { handlersTopic } from "./handlers";
import { hostTopic } from "./host";
import { ipForwardTopic } from "./ipForward";
import { isolationTopic } from "./isolation";
import { kubeProxyTopic } from "./kubeProxy";
import { kubeletTopic } from "./kubelet";
import { kubeletSysctlsTopic } from "./kubeletSysctls";
import { loopbackTopic } from "./loopback";
import { masqueradeTopic } from "./masquerade";
import { overlayTopic } from "./overlay";
import { persistenceTopic } from "./persistence";
import { podRoutesTopic } from "./podRoutes";
import { runtimeTopic } from "./runtime";
import { sandboxTopic } from "./sandbox";
import { sandboxImageTopic } from "./sandboxImage";
import { shimTopic } from "./shim";
import { snapshotterTopic } from "./snapshotter";
import { sourceDestCheckTopic } from "./sourceDestCheck";
import { swapTopic } from "./swap";
import { vpcRoutesTopic } from "./vpcRoutes";

/** What is explained, in the order in which a node and then a cluster is built. */
export const explanations: readonly Explanation[] = [
  hostTopic,
  overlayTopic,
  brNetfilterTopic,
  bridgeNfCallTopic,
  ipForwardTopic,
  kubeletSysctlsTopic,
  persistenceTopic,
  swapTopic,
  cgroupDriverTopic,
  runtimeTopic,
  shimTopic,
  isolationTopic,
  handlersTopic,
  snapshotterTopic,
  sandboxTopic,
  sandboxImageTopic,
  cniPluginsTopic,
  cniConfigTopic,
  loopbackTopic,
  podRoutesTopic,
  vpcRoutesTopic,
  sourceDestCheckTopic,
  masqueradeTopic,
  certificatesTopic,
  etcdTopic,
  controlPlaneTopic,
  apiBalancerTopic,
  kubeletTopic,
  kubeProxyTopic,
  dnsTopic,
];
