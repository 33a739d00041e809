import type { SshSession } from "../ssh/session";
import type { CriClient } from "./cri/client";
import type { PodSandboxConfig, PortMapping } from "./cri/messages";
import { collectFacts, type Facts } from "./facts";
import { inItsPod, label, sandboxConfig } from "./probePod";

/** A sandbox, and the configuration that its containers are created with. */
export interface Sandbox {
  readonly id: string;
  readonly config: PodSandboxConfig;
}

/** A container's first process on the host, and its pod's address. */
export interface StartedPod {
  readonly pid: string;
  readonly address: string;
}

/** Creates and removes a verification's pods on one worker through the CRI. */
export class ProbePods {
  constructor(
    private readonly run: string,
    private readonly image: string,
    private readonly cgroupDriver: "systemd" | "cgroupfs",
    private readonly session: SshSession,
    private readonly cri: CriClient,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** Removes the pods of runs that were killed. */
  async sweep(): Promise<void> {
    const { items } = await this.cri.call("ListPodSandbox", { filter: { labelSelector: { [label.ours]: "true" } } });
    const runs = new Set(items.map(({ labels }) => labels[label.run] ?? ""));
    if (runs.size === 0) return;
    // Asked after the list was made: by now, every living run with a pod in it holds its lock.
    const facts = await collectFacts(this.session, { alive: { RUNS: [...runs].join(" ") } });
    const alive = facts("alive").text("runs").split("\n");
    const dead = items.filter(({ labels }) => !alive.includes(labels[label.run] ?? ""));
    await Promise.all(dead.map(({ id }) => this.removeSandbox(id)));
  }

  /** @param name distinguishes this run's pods on the host */
  async runSandbox(
    name: string,
    runtimeHandler: string,
    timeoutSeconds: number,
    portMappings: readonly PortMapping[] = [],
  ): Promise<Sandbox> {
    const config = sandboxConfig(this.run, name, this.cgroupDriver, portMappings);
    const { podSandboxId: id } = await this.cri.call(
      "RunPodSandbox",
      { config, runtimeHandler },
      { timeoutSeconds, signal: this.signal },
    );
    return { id, config };
  }

  sandboxStatus(podSandboxId: string) {
    return this.cri.call("PodSandboxStatus", { podSandboxId, verbose: true }, { signal: this.signal });
  }

  /** @returns what the probe image is, and whether it had to be pulled */
  async ensureImage(): Promise<{ pulled: boolean; id: string }> {
    const image = { image: this.image };
    const before = await this.cri.call("ImageStatus", { image }, { signal: this.signal });
    if (before.image !== null) return { pulled: false, id: before.image.id };
    const { imageRef } = await this.cri.call("PullImage", { image }, { timeoutSeconds: 180, signal: this.signal });
    return { pulled: true, id: imageRef };
  }

  /** Creates and starts a container of the probe image. @returns its id */
  async startContainer({ id, config: sandboxConfig }: Sandbox, command: string[]): Promise<string> {
    const { containerId } = await this.cri.call(
      "CreateContainer",
      {
        podSandboxId: id,
        config: {
          metadata: { name: "probe" },
          // CRI-O refuses to start an image without the name by which the user asked for it.
          image: { image: this.image, userSpecifiedImage: this.image },
          command,
          labels: sandboxConfig.labels,
          logPath: `${sandboxConfig.metadata.name}.log`,
          linux: inItsPod,
        },
        sandboxConfig,
      },
      { signal: this.signal },
    );
    await this.cri.call("StartContainer", { containerId }, { signal: this.signal });
    return containerId;
  }

  containerStatus(containerId: string) {
    return this.cri.call("ContainerStatus", { containerId, verbose: true }, { signal: this.signal });
  }

  /** @param timeout the runtime's limit in seconds; the call's own limit is 20 s more */
  async exec(containerId: string, cmd: string[], timeout: number) {
    const { stdout, stderr, exitCode } = await this.cri.call(
      "ExecSync",
      { containerId, cmd, timeout },
      { timeoutSeconds: timeout + 20, signal: this.signal },
    );
    return { stdout: stdout.toString("utf8"), stderr: stderr.toString("utf8"), exitCode };
  }

  /** The sandboxes of this run, as the runtime lists them. */
  async ofThisRun() {
    const labelSelector = { [label.run]: this.run };
    return (await this.cri.call("ListPodSandbox", { filter: { labelSelector } })).items;
  }

  /**
   * Removes its containers too. Every call succeeds when its object is already gone, and the signal aborts none of them.
   */
  async removeSandbox(podSandboxId: string): Promise<void> {
    const limit = { timeoutSeconds: 60 };
    // A kubelet stops the containers first too. CRI-O would wait for them until this call's own time is over.
    const { containers } = await this.cri.call("ListContainers", { filter: { podSandboxId } }, limit);
    await Promise.all(
      containers.map(({ id }) => this.cri.call("StopContainer", { containerId: id, timeout: 0 }, limit)),
    );
    await this.cri.call("StopPodSandbox", { podSandboxId }, limit);
    await this.cri.call("RemovePodSandbox", { podSandboxId }, limit);
  }

  /** What the host knows of a pod: the `cgroup` of its process, the `lease` of its address. */
  async facts({ pid, address }: StartedPod): Promise<Facts> {
    return (await collectFacts(this.session, { pod: { PID: pid, ADDRESS: address } }))("pod");
  }

  /** What became of the address of a pod that was removed. */
  async lease(started: StartedPod): Promise<"gone" | "still there"> {
    return (await this.facts(started)).get("lease").code === 0 ? "still there" : "gone";
  }
}
