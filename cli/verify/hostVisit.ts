import type { ClientChannel } from "ssh2";
import type { LabPlan } from "../../components/labPlan";
import type { PlannedHost } from "../../components/plan/routes";
import { fingerprint, parsePublicKey } from "../../components/remote/sshKeys";
import { messageOf } from "../errors";
import { SshSession } from "../ssh/session";
import { hostPartScripts, hostParts, type HostReport } from "./cluster/hostPart";
import { cniValues, firewallValues, judgeCni } from "./cni";
import { CriClient } from "./cri/client";
import { dialThrough, openTunnel, type Tunnel } from "./cri/tunnel";
import { CriRound, type Pod } from "./criRound";
import { collectFacts, type Facts, type Scripts } from "./facts";
import { aboutHost, hostValues, judgeWay, readClock, type AboutHost, type ClockReading } from "./hosts";
import { holdRun } from "./holdRun";
import { judgeKernel, kernelValues } from "./kernel";
import { byHandValues, judgeByHand } from "./podByHand";
import { expectedSource, judgePodItself, judgeReach, outsideOf, reachValues, type Source, type Target } from "./pods";
import { judgeRoutes, routeValues } from "./routes";
import { Rows } from "./rows";
import { judgeRuntime, runtimeOfHost, runtimeValues, type CriAnswers } from "./runtime";
import { judgeStepFiles, stepFilesValues } from "./stepFiles";
import type { Check, CheckArea, VerifyHost } from "./types";

/** Seconds for all scripts of a host together; they take about ten on a slow virtual machine with a core to itself. */
const factsSeconds = 120;
/** Additional seconds for a host that is still booting. */
const bootSeconds = 240;
const timeoutSeconds = bootSeconds + factsSeconds;

/** What all hosts of one verification have in common. */
export interface Run {
  readonly plan: LabPlan;
  /** Identifies this run's pods and namespaces: hexadecimal, and unique. */
  readonly id: string;
  readonly progress: (text: string) => void;
  readonly signal: AbortSignal | undefined;
  /** How the CLI is called for the lab. */
  readonly command: string;
}

/** Everything that is done on one host, over one SSH connection. */
export class HostVisit {
  readonly checks: Check[] = [];
  pod: Pod | undefined;
  /** What is compared with the other hosts; undefined until it has been read. */
  about: AboutHost | undefined;
  /** What it reported of its part of a cluster. */
  part: HostReport | undefined;
  /** What the runtime of a worker answers. */
  #answers: CriAnswers | Error | undefined;
  #clock: ClockReading | undefined;
  #session: SshSession | undefined;
  #hold: ClientChannel | undefined;
  /** Whether forwarding was off before this run's pods, which turn it on. */
  #forwardingIsOff = false;
  #cri: { tunnel: Tunnel; client: CriClient; round: CriRound } | undefined;

  constructor(
    readonly host: PlannedHost,
    private readonly access: VerifyHost["ssh"] | undefined,
    private readonly run: Run,
  ) {}

  /** Whether pods can be made on a worker: its runtime answers. */
  get takesPods(): boolean {
    return this.#answers !== undefined && !(this.#answers instanceof Error);
  }

  /** Whether the login worked and we can become root. */
  get isOpen(): boolean {
    return this.#hold !== undefined;
  }

  async open(): Promise<void> {
    const rows = new Rows(this.host.name, "ssh");
    const { signal } = this.run;
    const { access } = this;
    if (access === undefined) {
      rows.add("connection", "how to reach the host is known", "no SSH access was given for it", false);
    } else {
      const where = `${access.user}@${access.host} port ${access.port}`;
      const root = "by login or sudo -n";
      try {
        this.#session = await SshSession.connect(access, { signal });
        rows.add("connection", where, where, true);
        const pinned = access.hostKey === undefined ? undefined : fingerprint(parsePublicKey(access.hostKey).blob);
        const seen = this.#session.hostFingerprint;
        rows.add("host key", pinned ?? "one that is pinned", seen, seen === pinned);
        this.#clock = await readClock(this.#session, signal);
        await this.#becomeKnown(this.#session);
        rows.add("root", root, access.user === "root" ? "by login" : "by sudo -n", true);
      } catch (error) {
        signal?.throwIfAborted();
        const [check, expected] = this.#session === undefined ? ["connection", where] : ["root", root];
        rows.add(check, expected, messageOf(error), false);
      }
    }
    this.checks.push(...rows.rows);
  }

  /**
   * Checks everything that needs only this host and makes nothing on it. One thing at a time: on a machine with one slow core
   * they would only slow each other down.
   */
  async look(): Promise<void> {
    const { host, run } = this;
    const { plan } = run;
    const { cluster } = plan;
    const facts = this.ask({
      // First, so that the others see the host after its boot.
      boot: { WAIT: String(bootSeconds) },
      host: hostValues(host.name, plan),
      kernel: kernelValues(host.name, plan),
      routes: routeValues(host.name, plan),
      files: stepFilesValues,
      ...(host.role === "worker" && { runtime: runtimeValues(runtimeOfHost(plan, host.name)) }),
      ...(cluster !== undefined && hostPartScripts(host, plan, cluster)),
    });
    await this.area("host", async () => this.#judgeHost((await facts)("host")));
    await this.area("kernel", async () => judgeKernel(host.name, plan, (await facts)("kernel")));
    await this.area("routes", async () => judgeRoutes(host.name, plan, (await facts)("routes")));
    await this.area("kernel", async () => judgeStepFiles(host.name, (await facts)("files")));
    if (cluster !== undefined)
      for (const { area, judge } of hostParts(host, plan, cluster, run.command))
        await this.area(area, async () => judge(await facts));
    if (host.role === "worker") {
      const answers = (this.#answers = await this.#openCri());
      await this.area("runtime", async () => judgeRuntime(host.name, plan, (await facts)("runtime"), answers));
    }
    this.part = await facts.then(
      (known) => ({ host, facts: known }),
      () => undefined,
    );
  }

  /** On a worker, checks the pod network; a probe pod runs and answers. */
  async tryPods(): Promise<void> {
    const { host, run } = this;
    if (host.role === "worker") {
      await this.area("cri", () => this.#startPod());
      await this.#inspectCni();
    }
    run.progress(`${host.name}: inspected`);
  }

  #judgeHost(facts: Facts): Check[] {
    if (this.#clock !== undefined) this.about = aboutHost(this.host.name, facts, this.#clock);
    return judgeWay(this.host.name, this.run.plan, facts);
  }

  /** Needs the probe pod, which a pod that is connected by hand has to reach. */
  async #inspectCni(): Promise<void> {
    const { host, run, pod } = this;
    const { plan, id } = run;
    const facts = this.ask({
      cni: { ...cniValues(host, plan.cni, id), ...byHandValues(host, plan, pod?.address, id) },
    });
    await this.area("cni", async () => judgeCni(host, plan.cni, (await facts)("cni")));
    await this.area("pods", async () => judgeByHand(host, plan, pod?.address, id, (await facts)("cni")));
  }

  /** Reaches the pods of all other nodes: from this worker's pod, or from this controller. */
  async reach(targets: readonly Target[]): Promise<void> {
    const others = targets.filter(({ host }) => host.name !== this.host.name);
    // A single worker has nobody to reach, but its pod must still run a command.
    if (others.length === 0 && this.pod === undefined) return;
    const source = this.#source();
    await this.area("pods", async () => {
      const facts = await this.#reachFacts(others).catch((error: unknown) => {
        this.run.signal?.throwIfAborted();
        return new Error(messageOf(error));
      });
      const checks = judgeReach(source, others, this.run.id, facts);
      if (this.pod === undefined || facts instanceof Error) return checks;
      return [...checks, ...judgePodItself(this.host, outsideOf(this.host, this.run.plan), this.run.id, facts)];
    });
  }

  /** What drops pods' packets on this worker; undefined where nothing does. */
  async firewall(): Promise<string | undefined> {
    const { host, run } = this;
    const facts = await this.ask({ firewall: firewallValues(host, run.plan) });
    // How to let them through does not fit into a row; the step prints it.
    return facts("firewall").text("firewall").split(". Let them through: ")[0] || undefined;
  }

  /** Removes what this run made on the host and closes the connection. Never throws. */
  async close(): Promise<void> {
    if (this.#cri !== undefined) {
      const { tunnel, client, round } = this.#cri;
      await round.finish();
      this.checks.push(...round.rows.rows);
      client.close();
      await tunnel.close().catch(() => undefined);
    }
    this.#hold?.end();
    this.#session?.close();
  }

  /** Marks this run as alive on the host, which also proves that we are root there. */
  async #becomeKnown(session: SshSession): Promise<void> {
    const { channel, forwardingIsOff } = await holdRun(session, this.run.id, this.run.signal);
    this.#forwardingIsOff = forwardingIsOff;
    this.#hold = channel;
  }

  async #startPod(): Promise<Check[]> {
    if (this.#answers instanceof Error) throw this.#answers;
    await this.#cri?.round.holdKubelet();
    await this.#cri?.round.sweep();
    this.pod = await this.#cri?.round.start();
    // Without an image they cannot be tried.
    if (this.pod !== undefined) await this.#cri?.round.tryHandlers();
    // The pods' reach is checked with the host's own setting of forwarding.
    if (this.#forwardingIsOff) await this.ask({ forwarding: {} });
    return [];
  }

  /** Asks the runtime for its version and status; returns an error when it does not answer. */
  async #openCri(): Promise<CriAnswers | Error> {
    const { host, run, access } = this;
    try {
      const session = this.#mustBeOpen();
      const { socket } = runtimeOfHost(run.plan, host.name);
      const tunnel = await openTunnel(dialThrough(session, socket, access?.user === "root"));
      const client = new CriClient(tunnel.socket, () => tunnel.problem());
      this.#cri = { tunnel, client, round: new CriRound(host, run.plan, run.id, session, client, run.signal) };
      const version = await client.call("Version", { version: "v1" }, run);
      const status = await client.call("Status", { verbose: true }, run);
      return { version, status };
    } catch (error) {
      run.signal?.throwIfAborted();
      return new Error(messageOf(error));
    }
  }

  #source(): Source {
    const { host, run } = this;
    if (host.role === "controller")
      return { host, label: host.name, expected: host.address, expectedOutside: host.address };
    const own = this.pod?.address ?? "the pod's address";
    const expectedOutside = run.plan.cni.masquerade === "none" ? own : host.address;
    return { host, label: `pod on ${host.name}`, expected: expectedSource(host, own, run.plan), expectedOutside };
  }

  async #reachFacts(targets: readonly Target[]): Promise<Facts> {
    const { host, run } = this;
    if (host.role === "controller") return (await this.ask({ reach: reachValues(targets, run.id) }))("reach");
    if (this.pod === undefined || this.#cri === undefined) throw new Error(`not tried: ${host.name} has no pod`);
    return this.#cri.round.reach(this.pod, reachValues(targets, run.id, { pings: outsideOf(host, run.plan) }));
  }

  /** Runs scripts of this folder on the host. */
  ask(scripts: Scripts): Promise<(script: string) => Facts> {
    return collectFacts(this.#mustBeOpen(), scripts, { timeoutSeconds, signal: this.run.signal });
  }

  /** The same after an interrupt as well. */
  askAnyway(scripts: Scripts): Promise<(script: string) => Facts> {
    return collectFacts(this.#mustBeOpen(), scripts, { timeoutSeconds });
  }

  /** An area that cannot be checked counts as failed. */
  async area(area: CheckArea, work: () => Promise<readonly Check[]>): Promise<void> {
    const rows = new Rows(this.host.name, area);
    try {
      this.checks.push(...(await work()));
    } catch (error) {
      this.run.signal?.throwIfAborted();
      rows.add("inspection", "an answer", messageOf(error), false);
      this.checks.push(...rows.rows);
    }
  }

  #mustBeOpen(): SshSession {
    if (this.#session === undefined) throw new Error(`${this.host.name} was not reached`);
    return this.#session;
  }
}
