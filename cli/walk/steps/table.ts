import type { WalkRow } from "../rows";
import type { Trail } from "../trail";
import { lookAtContainer } from "./appContainer";
import { lookAtCleanup } from "./cleanup";
import { lookAtForwarding } from "./forwarding";
import { lookAtOnline } from "./online";
import { lookAtAdd } from "./podNetwork";
import { lookAtSandbox } from "./sandboxSetup";
import { lookAtService } from "./serviceProxy";
import { lookAtDetection, lookAtSubmission } from "./submission";

/** A step of the flow from a pod's manifest to its end. */
export interface WalkStep {
  readonly number: number;
  readonly title: string;
  readonly why: string;
  /** Reads its evidence; what is not there yet may be there when it looks again. */
  readonly look: (trail: Trail) => Promise<WalkRow[]>;
}

/** The one that deletes the pod. */
export const lastStep = 9;

export const walkSteps: readonly WalkStep[] = [
  {
    ...{ number: 1, title: "Pod spec submission", look: lookAtSubmission },
    why: "The API server checks the pod and stores it in etcd, in protobuf, under a key with its namespace and name.",
  },
  {
    ...{ number: 2, title: "Kubelet detection", look: lookAtDetection },
    why: "The scheduler writes a Node into the pod, and the kubelet of that Node, which watches the API, finds it in its list.",
  },
  {
    ...{ number: 3, title: "Sandbox setup", look: lookAtSandbox },
    why:
      "The kubelet makes a PodSandboxConfig of the pod and its own configuration, and sends it with RunPodSandbox. The runtime starts pause, " +
      "of an image that is its own setting and no longer the kubelet's, which holds the pod's namespaces open.",
  },
  {
    ...{ number: 4, title: "CNI ADD", look: lookAtAdd },
    why:
      "The runtime calls the plugins of the first file in the CNI folder with ADD; lo it brings up by itself. They connect the pod's network " +
      "namespace to the bridge, with an address of the Node's pod CIDR.",
  },
  {
    ...{ number: 5, title: "Application container creation", look: lookAtContainer },
    why: "The kubelet calls CreateContainer and StartContainer; runc starts the process in the namespaces of the sandbox and in the pod's cgroup.",
  },
  {
    ...{ number: 6, title: "Service proxying", look: lookAtService },
    why: "kube-proxy watches Services and their EndpointSlices, and has the kernel rewrite the Service's address to the pod's.",
  },
  {
    ...{ number: 7, title: "Linux packet forwarding", look: lookAtForwarding },
    why: "On the pod's Node the bridge delivers, other hosts send by their routes to that Node, and what leaves for elsewhere is masqueraded.",
  },
  {
    ...{ number: 8, title: "Pod comes online", look: lookAtOnline },
    why: "The kubelet asks the readiness probe and reports conditions to the API; from then on the pod is found by its Service's name.",
  },
  {
    ...{ number: lastStep, title: "Cleanup on pod deletion", look: lookAtCleanup },
    why: "The kubelet stops containers and sandbox, the plugins get DEL, and nothing that the steps before have shown is left.",
  },
];
