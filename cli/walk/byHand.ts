import { controlPlaneFolder } from "../../components/cluster/controlPlaneFiles";
import { etcdPorts } from "../../components/cluster/etcdFiles";
import type { RuntimePlan } from "../../components/labPlan";
import { shellQuote } from "../../components/remote/shellQuote";
import { asAdmin } from "../verify/cluster/adminKubectl";
import type { ByHand } from "./rows";
import type { PodSight, WalkSubject } from "./trail";

/** kubectl on the controller. */
export function byKubectl({ controller }: WalkSubject, words: string): ByHand {
  return { on: controller.name, run: asAdmin(words) };
}

/** A path of the API. */
export function byApi(subject: WalkSubject, path: string): ByHand {
  return byKubectl(subject, `get --raw ${shellQuote(path)}`);
}

/** A key of etcd, with the API server's own certificate. */
export function byEtcdctl({ controller }: WalkSubject, key: string): ByHand {
  const file = (name: string) => `${controlPlaneFolder}/${name}`;
  const words = [
    ...["etcdctl", "--endpoints", `https://127.0.0.1:${etcdPorts.client}`, "--cacert", file("etcd-ca.crt")],
    ...["--cert", file("apiserver-etcd-client.crt"), "--key", file("apiserver-etcd-client.key")],
    ...["get", key, "--write-out=fields"],
  ];
  return { on: controller.name, run: words.join(" ") };
}

/** crictl on the pod's node. */
export function byCrictl({ node, runtime }: Pick<PodSight, "node" | "runtime">, words: string): ByHand {
  return { on: node.name, run: `${crictl(runtime)} ${words}` };
}

function crictl({ socket }: Pick<RuntimePlan, "socket">): string {
  return `crictl -r unix://${socket}`;
}

/** A command in the pod's network. */
export function inPodNetwork({ node, container }: Pick<PodSight, "node" | "container">, words: string): ByHand {
  return { on: node.name, run: `nsenter -t ${container.pid} -n ${words}` };
}
