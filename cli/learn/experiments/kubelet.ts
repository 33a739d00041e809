import { kubeletConfigFile } from "../../../components/cluster/kubeletFiles";
import { containerd } from "../../../components/node/runtime/containerd";
import { asAdmin } from "../../verify/cluster/adminKubectl";
import type { Experiment, HostCommand, Place } from "../experiment";
import {
  kubeletConfig,
  kubeletHealth,
  onKubectl,
  onController,
  onNode,
  runtimeConfig,
  stillAnswers,
  withoutSwap,
  withSwap,
} from "./commands";

/** What the kubelet wrote since it was last started. */
const sinceStart = "journalctl -q -o cat _SYSTEMD_INVOCATION_ID=$(systemctl show -p InvocationID --value kubelet)";

const isReady = (node: string) => onKubectl(`wait node ${node} --for condition=Ready --timeout 110s`);

/** Its first line is containerd's version, on which depends what follows. */
const containerdVersion = "ctr version 2>/dev/null | sed -n '/^Server/,$s/ *Version: *v*//p'";

/** A pod of the cluster, which the scheduler has no part in, and the words of its process. */
const ownPod = { name: "hardway-try", process: "sleep 86399" } as const;
const withoutPod = onKubectl(`delete pod ${ownPod.name} --ignore-not-found --now`);

/** Makes it, and says whether it is ready. Its process does not end by itself when it is asked to. */
function startPod({ node, image }: Place): HostCommand {
  const spec = JSON.stringify({ nodeName: node, terminationGracePeriodSeconds: 1 });
  return onController(
    `${asAdmin("run")} ${ownPod.name} --image ${image} --overrides '{"spec":${spec}}' --command -- ` +
      `${ownPod.process}; ${asAdmin(`wait pod ${ownPod.name} --for condition=Ready --timeout 60s`)}`,
  );
}

/** One that has had nothing happen to it, also where there is one already. */
const newPod = (place: Place): readonly HostCommand[] => [withoutPod, startPod(place)];

const heardFromRuntime =
  /^1\.[^]*\nFalling back to using cgroupDriver|^[2-9]\.[^]*\nUsing cgroup driver .* cgroupDriver="systemd"/;

/** How crictl shows a sandbox of it that is ready. */
const sandbox = (attempt: number) => new RegExp(`\\bReady +${ownPod.name} +default +${attempt}\\b`);

const crictl = `crictl -r unix://${containerd.socket}`;

export const kubeletExperiments: readonly Experiment[] = [
  {
    name: "cgroup-driver",
    topic: "cluster",
    needs: "systemd",
    question: "The runtime has another cgroup driver than the kubelet: what becomes of a pod?",
    break: () => runtimeConfig.change("s/SystemdCgroup = true/SystemdCgroup = false/"),
    observe: (place) => [
      {
        ...onController(`${withoutPod.run}; ${startPod(place).run}`),
        question: `Does a pod start on ${place.node}?`,
        healthy: { pattern: /condition met$/, words: "it does" },
        broken: { pattern: /condition met$/, words: "it does, and nothing complains" },
      },
      {
        ...onNode(`cat /proc/$(pgrep -xf '${ownPod.process}')/cgroup`),
        question: "In which group is its process?",
        healthy: {
          pattern: /\/kubepods\.slice\/.*-pod[^/]+\.slice\/cri-containerd-[^/]+\.scope$/,
          words: "in one of its own, in the pod's",
        },
        broken: {
          pattern: /-pod[^/]+\.slice:cri-containerd:[^/]+$/,
          without: /kubepods\.slice\//,
          words: "outside of all that the kubelet made: the pod's name is part of its name, and no more",
        },
      },
    ],
    repair: () => runtimeConfig.putBack,
    cleanUp: () => [withoutPod],
    why: `The kubelet makes a group for the pod, with the pod's limits, and names it to the runtime: with the driver systemd as
slice:prefix:name. runc takes that apart only if it has the same driver; with cgroupfs it is the name of a folder. So the pod's limits are
those of an empty group. The other way round runc refuses every pod ("expected cgroupsPath to be of format slice:prefix:name"). Since
Kubernetes 1.34 a kubelet asks for the driver when it starts, and follows: containerd answers from 2.0 on, and 1.7 does not. Here it is not
restarted. Who changes the driver of a node drains it first, since the names of all pods' groups change with it.`,
  },
  {
    name: "kubelet-driver",
    topic: "cluster",
    needs: "systemd",
    question: "The kubelet's own file names another cgroup driver than the runtime has: which one counts?",
    prepare: newPod,
    break: () => kubeletConfig.change("s/cgroupDriver: systemd/cgroupDriver: cgroupfs/"),
    observe: () => [
      {
        ...onNode(`grep cgroupDriver ${kubeletConfigFile}`),
        question: "What does its file name?",
        healthy: { pattern: /^cgroupDriver: systemd$/, words: "systemd" },
        broken: { pattern: /^cgroupDriver: cgroupfs$/, words: "cgroupfs" },
      },
      {
        ...onNode(`${containerdVersion}; ${sinceStart} | grep -oE '(Using|Falling back to using) cgroup ?[dD]river.*'`),
        question: "What did it hear when it asked the runtime?",
        healthy: { pattern: heardFromRuntime, words: "systemd, from 2.0 on; 1.7 does not know the question" },
        broken: { pattern: heardFromRuntime, words: "the same" },
      },
      {
        ...onNode(
          `${containerdVersion}; cat /proc/$(pgrep -xf '${ownPod.process}')/cgroup 2>/dev/null || ` +
            `${sinceStart} | grep -om1 'expected cgroupsPath to be of format[^,]*'`,
        ),
        question: "Where is the process of a pod that was there before?",
        healthy: { pattern: /\/kubepods\.slice\/.*-pod[^/]+\.slice\//, words: "in a group of its own, in the pod's" },
        broken: {
          pattern: /^1\.[^]*\nexpected cgroupsPath|^[2-9]\.[^]*\/kubepods\.slice\/.*-pod[^/]+\.slice\//,
          words:
            "where it was, from 2.0 on; with 1.7 the kubelet has ended every pod of the node, and runc refuses each new one",
        },
      },
    ],
    repair: ({ node }) => [
      ...kubeletConfig.putBack,
      onNode("find /sys/fs/cgroup/kubepods -depth -type d -exec rmdir {} + 2>/dev/null || :"),
      isReady(node),
      onKubectl(`wait pod --all -A --field-selector spec.nodeName=${node} --for condition=Ready --timeout 110s`),
    ],
    cleanUp: () => [withoutPod],
    why: `A kubelet asks the runtime for its driver when it starts (RuntimeConfig of the CRI, stable since Kubernetes 1.34) and
overwrites what its file says. containerd knows the question since 2.0, so with it the two cannot differ. Debian 13's containerd 1.7 does
not: the kubelet falls back to its file. It looks for the pods' groups where cgroupfs has them, finds none, and takes that for a reason
to end each pod and to make it again; the path that it names to runc then is none of systemd's. So on a 1.7 this experiment ends what
runs on the node, DNS included if it is there; all comes back with the repair. The fallback is to go in 1.38
(Kubernetes 1.36.3, cmd/kubelet/app/server.go and pkg/kubelet/kubelet.go).`,
  },
  {
    name: "pause-killed",
    topic: "cluster",
    needs: "cluster",
    question: "The pause process of a pod is killed: what does the kubelet do?",
    prepare: newPod,
    break: () => [
      onNode(
        `kill -KILL $(${crictl} inspectp -o go-template --template '{{.info.pid}}' $(${crictl} pods --name ${ownPod.name} --state ready -q))`,
      ),
    ],
    observe: () => [
      {
        ...onNode(`${crictl} pods --name ${ownPod.name}`),
        question: "Which sandboxes has the pod had?",
        healthy: { pattern: sandbox(0), words: "one, attempt 0, which is ready" },
        broken: { pattern: sandbox(1), words: "another one, attempt 1, is ready in its place" },
      },
      {
        ...onKubectl(`get pod ${ownPod.name} -o 'jsonpath={.status.containerStatuses[0].restartCount}'`),
        question: "How often was its container started again?",
        healthy: { pattern: /^0$/, words: "never" },
        broken: { pattern: /^1$/, words: "once, though nothing happened to it" },
      },
    ],
    repair: newPod,
    cleanUp: () => [withoutPod],
    why: `pause does nothing, but the sandbox is taken for as alive as pause is. The network namespace, which is held by a mount, is still
there, and so are the containers. Yet the kubelet hears that the sandbox is not ready, ends what is left of the pod, in its grace
period, and makes a new sandbox, often with another address, and all containers anew: a Service follows, connections do not. It is the same after a reboot, and
when the kernel ends pause for want of memory, which it does last of all: its oom_score_adj is -998
(Kubernetes 1.36.3, pkg/kubelet/kuberuntime/kuberuntime_manager.go; containerd 2.3.7, internal/cri/server/podsandbox).`,
  },
  {
    name: "kubelet-and-swap",
    topic: "cluster",
    needs: "cluster",
    question: "What does a kubelet do on a node that has swap?",
    break: () => [withSwap, onNode("systemctl restart kubelet")],
    observe: (place) => [
      {
        ...onNode(`curl -q -sS --max-time 10 ${kubeletHealth}`),
        question: `Does the kubelet of ${place.node} answer?`,
        healthy: { pattern: /^ok$/m, words: "it answers" },
        broken: { pattern: /refused|Could not connect/i, words: "it does not" },
      },
      {
        ...onNode(`${sinceStart} | grep -o 'running with swap on is not supported[^"]*' || echo nothing`),
        question: "What does it say about swap?",
        healthy: { pattern: /^nothing$/, words: "nothing" },
        broken: { pattern: /^running with swap on is not supported/m, words: "that it does not run with it" },
      },
      stillAnswers(place, `Does the API server answer ${place.node} by the Service kubernetes?`),
    ],
    repair: ({ node }) => [withoutSwap, onNode("systemctl restart kubelet"), isReady(node)],
    why: `It ends, and systemd starts it again every five seconds; pods that run go on without it, and after 50 seconds the Node is
NotReady. The kubelet looks when it starts, and never again: swap that is turned on below a running kubelet shows at the next reboot, as a
node that does not come back. That is why the step kernel looks for what turns swap on at the next boot, too
(Kubernetes 1.36.3, pkg/kubelet/cm/container_manager_linux.go).`,
  },
];
