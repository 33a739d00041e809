import type { HandlerPlan, LabPlan, PlannedHost, RuntimePlan } from "../../components/plan/labPlan";
import { containsAddress, isAddress as isIpv4, parseCidr } from "../../components/plan/cidr";
import type { SshSession } from "../ssh/session";
import type { CriClient } from "./cri/client";
import type { PodSandboxConfig } from "./cri/messages";
import { collectFacts, Report, type Facts } from "./facts";
import { handlersToTry, judgeKernel, kernelCommand } from "./handlers";
import { scriptText } from "./hostScript";
import { probePort, reachSeconds, type ReachValues } from "./pods";
import { cgroupDriverOf, label, pidOf, sandboxConfig } from "./probePod";
import { message, Rows } from "./rows";
import { runtimeOfHost } from "./runtime";
import type { RuntimeJudge, Sight, Subject } from "./runtimes/judge";
import { runtimeJudges } from "./runtimes/runtimes";

const shell = ["/bin/busybox", "sh", "-c"];

/** A probe pod that answers HTTP. */
export interface Pod {
  readonly sandboxId: string;
  readonly containerId: string;
  readonly address: string;
}

/** What a kubelet does for one pod with one container, on one worker, each step with a row. */
export class CriRound {
  readonly rows: Rows;
  readonly #runtime: RuntimePlan;
  readonly #judge: RuntimeJudge;
  #attempted = false;
  #started: { pid: string; address: string } | undefined;

  constructor(
    private readonly host: PlannedHost,
    private readonly plan: LabPlan,
    private readonly run: string,
    private readonly session: SshSession,
    private readonly cri: CriClient,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.rows = new Rows(host.name, "cri");
    this.#runtime = runtimeOfHost(plan, host.name);
    this.#judge = runtimeJudges[this.#runtime.kind];
  }

  /** Removes the pods of runs that no longer live; a killed one could not do it itself. */
  async sweep(): Promise<void> {
    const { items } = await this.cri.call("ListPodSandbox", { filter: { labelSelector: { [label.ours]: "true" } } });
    const runs = new Set(items.map(({ labels }) => labels[label.run] ?? ""));
    if (runs.size === 0) return;
    // Asked after the list was made: whoever has a pod in it and still lives holds its lock by now.
    const facts = await collectFacts(this.session, { alive: { RUNS: [...runs].join(" ") } }, { timeoutSeconds: 60 });
    const alive = facts("alive").text("runs").split("\n");
    const dead = items.filter(({ labels }) => !alive.includes(labels[label.run] ?? ""));
    await Promise.all(dead.map(({ id }) => this.#removeSandbox(id)));
  }

  /** @returns the pod, or undefined when a step failed, which is then the last row. */
  async start(): Promise<Pod | undefined> {
    const sandbox = await this.#runSandbox();
    if (sandbox === undefined || !(await this.#findImage())) return undefined;
    const containerId = await this.#startContainer(sandbox.id, sandbox.config);
    if (containerId === undefined) return undefined;
    return { sandboxId: sandbox.id, containerId, address: sandbox.address };
  }

  /** A pod for each handler that the probe pod does not show, gone again at the end. */
  async tryHandlers(): Promise<void> {
    const handlers = handlersToTry(this.#runtime.handlers, this.#runtime.defaultHandler);
    if (handlers.length === 0) return;
    const facts = await collectFacts(this.session, { handlers: {} }, { timeoutSeconds: 60 });
    const hostKernel = facts("handlers").text("kernel");
    for (const handler of handlers) await this.#tryHandler(handler, hostKernel);
  }

  /** Runs scripts/reach.sh in the pod's container; what it asks for is also the proof that ExecSync works. */
  async reach(pod: Pod, values: ReachValues): Promise<Facts> {
    const report = new Report({ reach: { ...values } });
    const facts = await this.#step("ExecSync", `prints ${values.QUESTION}`, async () => {
      const { stdout, stderr, exitCode } = await this.cri.call(
        "ExecSync",
        { containerId: pod.containerId, cmd: [...shell, report.text()], timeout: reachSeconds },
        { timeoutSeconds: reachSeconds + 20, ...this.#signal() },
      );
      const value = report.parse(stdout.toString("utf8"))("reach");
      const seen = exitCode === 0 ? `prints ${value.text("question")}` : `exit ${exitCode}: ${stderr.toString("utf8")}`;
      return { seen, ok: seen === `prints ${values.QUESTION}`, value };
    });
    if (facts === undefined) throw new Error(`not tried: ExecSync in the pod of ${this.host.name} failed`);
    return facts;
  }

  /** Takes everything of this run away, also after an abort, and says what is left. */
  async finish(): Promise<void> {
    if (!this.#attempted) return;
    const check = "StopPodSandbox, RemovePodSandbox";
    const expected = "no sandbox of this run, address lease gone";
    try {
      // A RunPodSandbox that was cancelled can still be under way, so this asks the runtime and not its own memory.
      const removed = await this.#mine();
      await Promise.all(removed.map(({ id }) => this.#removeSandbox(id)));
      const left = await this.#mine();
      const lease = this.#started === undefined ? undefined : await this.#lease(this.#started);
      const seen = [
        `${removed.length} removed`,
        `${left.length} left`,
        ...(lease === undefined ? [] : [`lease ${lease}`]),
      ];
      const ok = removed.length > 0 && left.length === 0 && lease === "gone";
      this.rows.add(check, expected, seen.join(", "), ok);
    } catch (error) {
      this.rows.add(check, expected, message(error), false);
    }
  }

  async #tryHandler(handler: HandlerPlan, hostKernel: string): Promise<void> {
    await this.#step(`pod of handler ${handler.name}`, "running, runs a command", async () => {
      const config = sandboxConfig(this.run, handler.name, this.#runtime.cgroupDriver);
      const begun = Date.now();
      const { podSandboxId } = await this.cri.call(
        "RunPodSandbox",
        { config, runtimeHandler: handler.name },
        { timeoutSeconds: 120, ...this.#signal() },
      );
      const containerId = await this.#createContainer(podSandboxId, config, ["/bin/busybox", "sleep", "900"]);
      const { status, info } = await this.cri.call("ContainerStatus", { containerId, verbose: true }, this.#signal());
      const { stdout, stderr, exitCode } = await this.cri.call(
        "ExecSync",
        { containerId, cmd: kernelCommand, timeout: 60 },
        { timeoutSeconds: 80, ...this.#signal() },
      );
      const sights = await this.#judge.seeHandler(handler, this.#subject(containerId, info));
      await this.#removeSandbox(podSandboxId);
      const seconds = ((Date.now() - begun) / 1000).toFixed(1);
      const running = status?.state === "CONTAINER_RUNNING" && exitCode === 0;
      const [kernel = "", ...messages] = stdout.toString("utf8").split("\n");
      return {
        seen: running
          ? `running, gone after ${seconds} s`
          : `${status?.state ?? "no status"}, exit ${exitCode}: ${stderr.toString("utf8")}`,
        ok: running,
        value: true,
        also: () => {
          this.#addRows(sights);
          judgeKernel(this.rows, handler, { kernel: kernel.trim(), messages: messages.join("\n") }, hostKernel);
        },
      };
    });
  }

  /** Creates and starts it. @returns its id */
  async #createContainer(podSandboxId: string, sandboxConfig: PodSandboxConfig, command: string[]): Promise<string> {
    const image = this.plan.verification.probeImage;
    const { containerId } = await this.cri.call(
      "CreateContainer",
      {
        podSandboxId,
        config: {
          metadata: { name: "probe" },
          // CRI-O refuses to start an image that nobody asked for by a name.
          image: { image, userSpecifiedImage: image },
          command,
          labels: sandboxConfig.labels,
        },
        sandboxConfig,
      },
      this.#signal(),
    );
    await this.cri.call("StartContainer", { containerId }, this.#signal());
    return containerId;
  }

  async #runSandbox(): Promise<{ id: string; address: string; config: PodSandboxConfig } | undefined> {
    const { podCidr = "" } = this.host;
    this.#attempted = true;
    return this.#step("RunPodSandbox", `ready, with an address of ${podCidr}`, async () => {
      const config = sandboxConfig(this.run, "probe", this.#runtime.cgroupDriver);
      const begun = Date.now();
      const { podSandboxId: id } = await this.cri.call(
        "RunPodSandbox",
        { config, runtimeHandler: this.#runtime.defaultHandler },
        { timeoutSeconds: 90, ...this.#signal() },
      );
      const seconds = ((Date.now() - begun) / 1000).toFixed(1);
      const { status, info } = await this.cri.call(
        "PodSandboxStatus",
        { podSandboxId: id, verbose: true },
        this.#signal(),
      );
      const address = status?.network?.ip ?? "";
      const ready = status?.state === "SANDBOX_READY";
      const inside = isIpv4(address) && containsAddress(parseCidr(podCidr), address);
      const seen = `${ready ? "ready" : (status?.state ?? "no status")} after ${seconds} s, ${address || "no address"}`;
      const sandbox = this.#subject(id, info);
      return {
        seen,
        ok: ready && inside,
        value: { id, address, config },
        also: async () => this.#addRows(await this.#judge.seeSandbox(this.#runtime, sandbox)),
      };
    });
  }

  async #findImage(): Promise<boolean> {
    const image = { image: this.plan.verification.probeImage };
    const found = await this.#step("probe image", `${image.image} present or pulled`, async () => {
      const before = await this.cri.call("ImageStatus", { image }, this.#signal());
      if (before.image !== null) return { seen: `present, ${before.image.id}`, ok: true, value: true };
      const { imageRef } = await this.cri.call("PullImage", { image }, { timeoutSeconds: 180, ...this.#signal() });
      return { seen: `pulled, ${imageRef}`, ok: true, value: true };
    });
    return found === true;
  }

  async #startContainer(podSandboxId: string, sandboxConfig: PodSandboxConfig): Promise<string | undefined> {
    return this.#step("CreateContainer, StartContainer", "running", async () => {
      const serve = scriptText("serve", { POD: this.host.name, PORT: String(probePort) });
      const containerId = await this.#createContainer(podSandboxId, sandboxConfig, [...shell, serve]);
      const { status, info } = await this.cri.call("ContainerStatus", { containerId, verbose: true }, this.#signal());
      const running = status?.state === "CONTAINER_RUNNING";
      const seen = running
        ? "running"
        : `${status?.state ?? "no status"} ${status?.reason ?? ""} ${status?.message ?? ""}`;
      const container = this.#subject(containerId, info);
      const { network } = (await this.cri.call("PodSandboxStatus", { podSandboxId, verbose: false })).status ?? {};
      return { seen, ok: running, value: containerId, also: () => this.#judgeContainer(container, network?.ip ?? "") };
    });
  }

  /** What the container really got, as the daemon and the kernel tell. */
  async #judgeContainer(container: Subject, address: string): Promise<void> {
    const { cgroupDriver } = this.#runtime;
    this.#addRows(await this.#judge.seeContainer(this.#runtime, container));
    this.#started = { pid: pidOf(container.info), address };
    const host = await this.#podFacts(this.#started);
    const path =
      host
        .text("cgroup")
        .split("\n")
        .at(-1)
        ?.replace(/^.*?:.*?:/, "") ?? "";
    const driver = cgroupDriverOf(path);
    this.rows.add(
      "cgroup of the container",
      `made by the ${cgroupDriver} driver`,
      `${path} (${driver})`,
      driver === cgroupDriver,
    );
    const lease = host.get("lease");
    this.rows.add(
      "address lease of the pod",
      "held",
      lease.code === 0 ? `held in ${lease.text}` : lease.text,
      lease.code === 0,
    );
  }

  #subject(id: string, info: Readonly<Record<string, string>>): Subject {
    const ask: Subject["ask"] = (scripts) => collectFacts(this.session, scripts, { timeoutSeconds: 60 });
    return { id, info: info["info"], ask };
  }

  #addRows(sights: readonly Sight[]): void {
    for (const { check, expected, observed } of sights) this.rows.equal(check, expected, observed);
  }

  /** Runs a step and adds its row; an error is what was seen of it. Rows that follow from it come after its own. */
  async #step<T>(
    check: string,
    expected: string,
    work: () => Promise<{ seen: string; ok: boolean; value: T; also?: () => void | Promise<void> }>,
  ): Promise<T | undefined> {
    try {
      const { seen, ok, value, also } = await work();
      this.rows.add(check, expected, seen, ok);
      await also?.();
      return ok ? value : undefined;
    } catch (error) {
      this.signal?.throwIfAborted();
      this.rows.add(check, expected, message(error), false);
      return undefined;
    }
  }

  async #mine() {
    const labelSelector = { [label.run]: this.run };
    return (await this.cri.call("ListPodSandbox", { filter: { labelSelector } })).items;
  }

  /** Removing a sandbox removes its containers too; both calls succeed when it is gone already. */
  async #removeSandbox(podSandboxId: string): Promise<void> {
    await this.cri.call("StopPodSandbox", { podSandboxId }, { timeoutSeconds: 60 });
    await this.cri.call("RemovePodSandbox", { podSandboxId }, { timeoutSeconds: 60 });
  }

  async #lease(started: { pid: string; address: string }): Promise<"gone" | "still there"> {
    return (await this.#podFacts(started)).get("lease").code === 0 ? "still there" : "gone";
  }

  async #podFacts({ pid, address }: { pid: string; address: string }): Promise<Facts> {
    const scripts = { pod: { PID: pid, ADDRESS: address } };
    return (await collectFacts(this.session, scripts, { timeoutSeconds: 60 }))("pod");
  }

  #signal(): { signal?: AbortSignal } {
    return this.signal === undefined ? {} : { signal: this.signal };
  }
}
