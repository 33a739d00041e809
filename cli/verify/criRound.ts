import type { HandlerPlan, LabPlan, RuntimePlan } from "../../components/labPlan";
import type { PlannedHost } from "../../components/plan/routes";
import { containsAddress, isAddress as isIpv4, parseCidr } from "../../components/plan/cidr";
import { messageOf } from "../errors";
import type { SshSession } from "../ssh/session";
import type { CriClient } from "./cri/client";
import { collectFacts, Report, type Facts } from "./facts";
import { handlersToTry, judgeHandlerKernel, kernelCommand } from "./handlers";
import { scriptText } from "./hostScript";
import { HeldKubelet } from "./kubelet";
import { reachSeconds, type ReachValues } from "./pods";
import { cgroupDriverOf, hostPort, pidOf, probePort } from "./probePod";
import { ProbePods, type Sandbox, type StartedPod } from "./probePods";
import { Rows } from "./rows";
import { runtimeOfHost } from "./runtime";
import type { RuntimeJudge, Subject } from "./runtimes/judge";
import { runtimeJudges } from "./runtimes/runtimes";

const shell = ["/bin/busybox", "sh", "-c"];

/** A probe pod that answers HTTP. */
export interface Pod {
  readonly sandboxId: string;
  readonly containerId: string;
  readonly address: string;
}

/** Does on one worker what a kubelet does for a pod with one container, and adds a row for each step. */
export class CriRound {
  readonly rows: Rows;
  readonly #runtime: RuntimePlan;
  readonly #judge: RuntimeJudge;
  readonly #pods: ProbePods;
  readonly #kubelet: HeldKubelet;
  #attempted = false;
  #started: StartedPod | undefined;

  constructor(
    private readonly host: PlannedHost,
    private readonly plan: LabPlan,
    private readonly run: string,
    private readonly session: SshSession,
    cri: CriClient,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.rows = new Rows(host.name, "cri");
    this.#runtime = runtimeOfHost(plan, host.name);
    this.#judge = runtimeJudges[this.#runtime.kind];
    const { probeImage } = plan.verification;
    this.#pods = new ProbePods(run, probeImage, this.#runtime.cgroupDriver, session, cri, signal);
    this.#kubelet = new HeldKubelet(run, this.rows, session);
  }

  /** Stops the kubelet until `finish`, where one runs: it would remove this run's pods. */
  holdKubelet(): Promise<void> {
    return this.#kubelet.hold(this.signal);
  }

  /** Removes the pods of runs that were killed. */
  sweep(): Promise<void> {
    return this.#pods.sweep();
  }

  /** @returns the pod, or undefined when a step failed; that step is then the last row */
  async start(): Promise<Pod | undefined> {
    const sandbox = await this.#runSandbox();
    if (sandbox === undefined || !(await this.#findImage())) return undefined;
    const containerId = await this.#startContainer(sandbox);
    if (containerId === undefined) return undefined;
    return { sandboxId: sandbox.id, containerId, address: sandbox.address };
  }

  /** Runs and removes a pod for each handler that the probe pod does not cover. */
  async tryHandlers(): Promise<void> {
    const handlers = handlersToTry(this.#runtime.handlers, this.#runtime.defaultHandler);
    if (handlers.length === 0) return;
    const facts = await collectFacts(this.session, { handlers: {} });
    const hostKernel = facts("handlers").text("kernel");
    for (const handler of handlers) await this.#tryHandler(handler, hostKernel);
  }

  /** Runs scripts/reach.sh in the pod's container; its answer also proves that ExecSync works. */
  async reach(pod: Pod, values: ReachValues): Promise<Facts> {
    const report = new Report({ reach: { ...values } });
    const facts = await this.#step("ExecSync", `prints ${values.QUESTION}`, async () => {
      const command = [...shell, report.text()];
      const { stdout, stderr, exitCode } = await this.#pods.exec(pod.containerId, command, reachSeconds);
      const value = report.parse(stdout)("reach");
      const seen = exitCode === 0 ? `prints ${value.text("question")}` : `exit ${exitCode}: ${stderr}`;
      return { seen, ok: seen === `prints ${values.QUESTION}`, value };
    });
    if (facts === undefined) throw new Error(`not tried: ExecSync in the pod of ${this.host.name} failed`);
    return facts;
  }

  /** Removes everything of this run, also after an abort, adds a row with what is left, and lets the kubelet go on. */
  async finish(): Promise<void> {
    if (this.#attempted) await this.#removePods();
    await this.#kubelet.release().catch((error: unknown) => {
      this.rows.add("kubelet after the CRI checks", "goes on", messageOf(error), false);
    });
  }

  async #removePods(): Promise<void> {
    const check = "StopPodSandbox, RemovePodSandbox";
    const expected = "no sandbox of this run, address lease gone";
    try {
      // A cancelled RunPodSandbox may still be under way, so this asks the runtime what there is.
      const removed = await this.#pods.ofThisRun();
      await Promise.all(removed.map(({ id }) => this.#pods.removeSandbox(id)));
      const left = await this.#pods.ofThisRun();
      const lease = this.#started && (await this.#pods.lease(this.#started));
      const seen = [
        `${removed.length} removed`,
        `${left.length} left`,
        ...(lease === undefined ? [] : [`lease ${lease}`]),
      ];
      const ok = removed.length > 0 && left.length === 0 && lease === "gone";
      this.rows.add(check, expected, seen.join(", "), ok);
    } catch (error) {
      this.rows.add(check, expected, messageOf(error), false);
    }
  }

  async #tryHandler(handler: HandlerPlan, hostKernel: string): Promise<void> {
    await this.#step(`pod of handler ${handler.name}`, "running, runs a command", async () => {
      const begun = Date.now();
      const sandbox = await this.#pods.runSandbox(handler.name, handler.name, 120);
      const containerId = await this.#pods.startContainer(sandbox, ["/bin/busybox", "sleep", "900"]);
      const { status, info } = await this.#pods.containerStatus(containerId);
      const { stdout, stderr, exitCode } = await this.#pods.exec(containerId, kernelCommand, 60);
      const further = new Rows(this.host.name, "cri");
      await this.#judge.seeHandler(further, handler, this.#subject(containerId, info));
      await this.#pods.removeSandbox(sandbox.id);
      const seconds = ((Date.now() - begun) / 1000).toFixed(1);
      const running = status?.state === "CONTAINER_RUNNING" && exitCode === 0;
      const [kernel = "", ...messages] = stdout.split("\n");
      return {
        seen: running
          ? `running, gone after ${seconds} s`
          : `${status?.state ?? "no status"}, exit ${exitCode}: ${stderr}`,
        ok: running,
        value: true,
        also: () => {
          judgeHandlerKernel(further, handler, { kernel: kernel.trim(), messages: messages.join("\n") }, hostKernel);
          this.rows.rows.push(...further.rows);
        },
      };
    });
  }

  async #runSandbox(): Promise<(Sandbox & { address: string }) | undefined> {
    const { podCidr = "" } = this.host;
    this.#attempted = true;
    return this.#step("RunPodSandbox", `ready, with an address of ${podCidr}`, async () => {
      const begun = Date.now();
      const { id, config } = await this.#pods.runSandbox("probe", this.#runtime.defaultHandler, 90, [
        { protocol: "TCP", containerPort: probePort, hostPort: hostPort(this.run) },
      ]);
      const seconds = ((Date.now() - begun) / 1000).toFixed(1);
      const { status, info } = await this.#pods.sandboxStatus(id);
      const address = status?.network?.ip ?? "";
      const ready = status?.state === "SANDBOX_READY";
      const inside = isIpv4(address) && containsAddress(parseCidr(podCidr), address);
      const seen = `${ready ? "ready" : (status?.state ?? "no status")} after ${seconds} s, ${address || "no address"}`;
      const sandbox = this.#subject(id, info);
      return {
        seen,
        ok: ready && inside,
        value: { id, address, config },
        also: () => this.#judge.seeSandbox(this.rows, this.#runtime, sandbox),
      };
    });
  }

  async #findImage(): Promise<boolean> {
    const expected = `${this.plan.verification.probeImage} present or pulled`;
    const found = await this.#step("probe image", expected, async () => {
      const { pulled, id } = await this.#pods.ensureImage();
      return { seen: `${pulled ? "pulled" : "present"}, ${id}`, ok: true, value: true };
    });
    return found === true;
  }

  async #startContainer(sandbox: Sandbox): Promise<string | undefined> {
    return this.#step("CreateContainer, StartContainer", "running", async () => {
      const serve = scriptText("serve", { POD: this.host.name, PORT: String(probePort) });
      const containerId = await this.#pods.startContainer(sandbox, [...shell, serve]);
      const { status, info } = await this.#pods.containerStatus(containerId);
      const running = status?.state === "CONTAINER_RUNNING";
      const seen = running
        ? "running"
        : `${status?.state ?? "no status"} ${status?.reason ?? ""} ${status?.message ?? ""}`;
      const container = this.#subject(containerId, info);
      const { network } = (await this.#pods.sandboxStatus(sandbox.id)).status ?? {};
      return { seen, ok: running, value: containerId, also: () => this.#judgeContainer(container, network?.ip ?? "") };
    });
  }

  /** Checks what the container really got, according to the daemon and the kernel. */
  async #judgeContainer(container: Subject, address: string): Promise<void> {
    const { cgroupDriver } = this.#runtime;
    await this.#judge.seeContainer(this.rows, this.#runtime, container);
    this.#started = { pid: pidOf(container.info), address };
    const host = await this.#pods.facts(this.#started);
    const last = host.text("cgroup").split("\n").at(-1) ?? "";
    const path = last.replace(/^.*?:.*?:/, "");
    const driver = cgroupDriverOf(path);
    const made = `made by the ${cgroupDriver} driver`;
    this.rows.add("cgroup of the container", made, `${path} (${driver})`, driver === cgroupDriver);
    this.#judgeProfiles(host);
    const { code, text } = host.get("lease");
    this.rows.add("address lease of the pod", "held", code === 0 ? `held in ${text}` : text, code === 0);
  }

  /** What confines it, as the kernel sees it: the verification names no profile. A sandbox with a kernel of its own hides it. */
  #judgeProfiles(host: Facts): void {
    const { handlers, defaultHandler, seccompProfile, appArmorProfile } = this.#runtime;
    if (handlers.find(({ name }) => name === defaultHandler)?.isolation !== "namespaces") return;
    const isFiltered = seccompProfile === "runtime/default";
    // proc(5), Seccomp in /proc/pid/status.
    const modes: Readonly<Record<string, string>> = { "0": "none", "2": "a filter" };
    const mode = host.text("seccomp");
    this.rows.equal("seccomp of the container", isFiltered ? "a filter" : "none", modes[mode] ?? mode);
    const profile = host.text("apparmor");
    if (profile === "off") return;
    const isFree = appArmorProfile === "unconfined";
    const ok = isFree ? profile === "unconfined" : profile.endsWith(" (enforce)");
    this.rows.add("AppArmor profile of the container", isFree ? "unconfined" : "one, enforced", profile, ok);
  }

  #subject(id: string, info: Readonly<Record<string, string>>): Subject {
    return { id, info: info["info"], ask: (scripts) => collectFacts(this.session, scripts) };
  }

  /** Runs a step and adds its row, with the error as the observed value if it fails. `also` adds further rows. */
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
      this.rows.add(check, expected, messageOf(error), false);
      return undefined;
    }
  }
}
