import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterPlan, LabPlan, RuntimePlan } from "../../components/labPlan";
import type { PlannedHost } from "../../components/plan/routes";
import { apiQuestion } from "../verify/cluster/controlPlane";
import { workersOf } from "../verify/cluster/nodes";
import type { Facts } from "../verify/facts";
import { pidOf } from "../verify/probePod";
import { runtimeOfHost } from "../verify/runtime";
import { parseInfo } from "../verify/runtimes/judge";
import type { WalkMachines } from "./machines";
import { isTrue, podIn, podPaths, type PodName, type WalkedPod } from "./pod";
import { isDocker, readSandbox, type SandboxSeen } from "./sandbox";

/** What a walk is about. */
export interface WalkSubject {
  readonly plan: LabPlan;
  readonly cluster: ClusterPlan;
  /** The one that is asked; it is logged in to. */
  readonly controller: PlannedHost;
  readonly pod: PodName;
  /** Whether the walk made the pod, an nginx, and deletes it. */
  readonly own: boolean;
  /** Marks this walk's own requests. */
  readonly run: string;
}

/** A pod on its node, as far as it is known: everything that steps 3 to 9 begin with. */
export interface PodSight {
  readonly pod: WalkedPod;
  readonly node: PlannedHost;
  readonly runtime: RuntimePlan;
  readonly sandbox: SandboxSeen;
  readonly container: { readonly id: string; readonly name: string; readonly pid: string };
  /** What scripts/walkpod.sh reported. */
  readonly facts: Facts;
}

/** For how long the cluster is waited for until a pod runs, and the pause between two looks, in seconds. */
const waits = { most: 240, pause: 2 };

/** Follows a pod: reads the same thing once, and waits for what takes its time. */
export class Trail {
  #sight: Promise<PodSight> | undefined;

  constructor(
    readonly subject: WalkSubject,
    readonly machines: WalkMachines,
    private readonly options: {
      readonly progress: (text: string) => void;
      readonly signal?: AbortSignal | undefined;
      /** @default that of `waits` */
      readonly waitSeconds?: number;
      /** @default that of `waits` */
      readonly pauseSeconds?: number;
      /** The time, as `Date.now` has it, which is the default. */
      readonly now?: () => number;
    },
  ) {}

  async api(paths: readonly string[], anyway = false): Promise<Facts> {
    return (await this.machines.ask(this.subject.controller.name, apiQuestion(paths), anyway))("api");
  }

  now(): number {
    return (this.options.now ?? Date.now)();
  }

  /** The pod as the API has it now. */
  async pod(): Promise<WalkedPod> {
    const { pod } = podPaths(this.subject.pod);
    return podIn((await this.api([pod])).text(pod));
  }

  /** The pod once it is as wanted, or as it is when the time is over. */
  async podThat(what: string, isSo: (pod: WalkedPod) => boolean): Promise<WalkedPod> {
    return this.until(what, () => this.pod(), isSo);
  }

  /** Looks again until something is as wanted, and not for ever. @returns what was seen last */
  async until<T>(what: string, look: () => Promise<T>, isSo: (seen: T) => boolean, most = waits.most): Promise<T> {
    const end = Date.now() + (this.options.waitSeconds ?? most) * 1000;
    for (let tried = 0; ; tried++) {
      const seen = await look();
      if (isSo(seen) || Date.now() >= end) return seen;
      if (tried === 0) this.options.progress(what);
      await sleep((this.options.pauseSeconds ?? waits.pause) * 1000, undefined, { signal: this.options.signal });
    }
  }

  /** The pod on its node. @throws Error saying how far it came, where nothing runs yet */
  sight(): Promise<PodSight> {
    return (this.#sight ??= this.#look());
  }

  /** Forgets what was read, so that it is read again. */
  lookAgain(): void {
    this.#sight = undefined;
  }

  async #look(): Promise<PodSight> {
    const { plan, pod: wanted } = this.subject;
    const pod = await this.podThat("waiting for its containers", (seen) => isTrue(seen, "ContainersReady"));
    const node = workersOf(plan).find(({ name }) => name === pod.spec.nodeName);
    if (node === undefined) throw new Error(`not tried: the pod is on ${pod.spec.nodeName ?? "no node yet"}`);
    const runtime = runtimeOfHost(plan, node.name);
    const { uid } = pod.metadata;
    const { machines } = this;
    const sandboxes = await machines.cri(node.name, "ListPodSandbox", {
      filter: { labelSelector: { "io.kubernetes.pod.uid": uid } },
    });
    const id = sandboxes.items.find(({ state }) => state === "SANDBOX_READY")?.id;
    if (id === undefined) throw new Error(`not tried: ${runtime.criName} has no ready sandbox of ${wanted.name}`);
    const { status, info } = await machines.cri(node.name, "PodSandboxStatus", { podSandboxId: id, verbose: true });
    const inspected = isDocker(runtime)
      ? (await machines.ask(node.name, { inspect: { ID: id } }))("inspect").text("inspect")
      : undefined;
    const sandbox = readSandbox(runtime, {
      ...{ id, createdAt: (status?.createdAt ?? 0) / 1e9, info: parseInfo(info["info"]) },
      inspected: parseInfo(inspected),
    });
    const container = await this.#container(pod, node.name, id);
    const values = {
      ...{ PAUSE: sandbox.pid ?? "", PID: container.pid, SANDBOX: id, CONTAINER: container.id },
      ...{ ADDRESS: pod.status.podIP ?? "", BRIDGE: plan.cni.bridge, LOGS: logFolder(pod) },
    };
    const facts = (await machines.ask(node.name, { walkpod: values }))("walkpod");
    return { pod, node, runtime, sandbox, container, facts };
  }

  async #container(pod: WalkedPod, node: string, podSandboxId: string): Promise<PodSight["container"]> {
    const name = pod.spec.containers[0]?.name ?? "";
    const { containers } = await this.machines.cri(node, "ListContainers", { filter: { podSandboxId } });
    const found = containers.find(
      ({ state, labels }) => state === "CONTAINER_RUNNING" && labels["io.kubernetes.container.name"] === name,
    );
    if (found === undefined) throw new Error(`not tried: no container ${name} runs in the pod`);
    const { info } = await this.machines.cri(node, "ContainerStatus", { containerId: found.id, verbose: true });
    return { id: found.id, name, pid: pidOf(info["info"]) };
  }
}

/** Where a kubelet has the logs of a pod. */
export function logFolder({ metadata: { namespace, name, uid } }: WalkedPod): string {
  return `/var/log/pods/${namespace}_${name}_${uid}`;
}

/** As much of an id as people copy, which crictl and grep find as well. */
export function shortId(id: string): string {
  return id.slice(0, 13);
}
