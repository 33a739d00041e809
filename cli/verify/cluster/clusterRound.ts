import { setTimeout as sleep } from "node:timers/promises";
import { balancerAddress } from "../../../components/cluster/apiBalancerFiles";
import { controlPlanePorts } from "../../../components/cluster/controlPlaneFiles";
import { kubeletFolder } from "../../../components/cluster/kubeletFiles";
import type { ClusterPlan, LabPlan } from "../../../components/labPlan";
import type { PlannedHost } from "../../../components/plan/routes";
import { messageOf } from "../../errors";
import { Report, type Facts, type Scripts } from "../facts";
import { deletionFile } from "../hostScript";
import { Rows } from "../rows";
import { allDone } from "../allDone";
import type { Check, CheckArea } from "../types";
import { adminKubectl } from "./adminKubectl";
import { apiQuestion, judgeWhole, ownApi, wholePaths } from "./controlPlane";
import { etcdValues } from "./etcd";
import { parseJson, type ApiObject } from "./json";
import type { HostReport } from "./hostPart";
import { areReady, configzPath, controllersOf, judgeNodes, nodesPath, workersOf } from "./nodes";
import { namespacesPath, probeLabels, probeNames, probeNamespacesPath, probeObjects } from "./probeObjects";
import {
  apiServiceName,
  areRunning,
  judgeDns,
  judgeEncryption,
  judgeLogAndExec,
  judgeNodePorts,
  judgePod,
  judgeRights,
  judgeServices,
  judgeStray,
  kindsInEtcd,
  nodePortTargets,
  podNotTried,
  servicesIn,
  serviceTargets,
  strayOf,
  type ServicePlace,
} from "./services";

/** A host of the verification, as far as it is used here. */
export interface RoundHost {
  readonly host: PlannedHost;
  readonly checks: Check[];
  /** Whether pods can be made there: its runtime answers. */
  readonly takesPods: boolean;
  /** What it reported of its part of the cluster. */
  readonly part?: HostReport | undefined;
  /** Runs scripts of cli/verify/scripts there. */
  readonly ask: (scripts: Scripts) => Promise<(script: string) => Facts>;
  /** The same after an interrupt as well. */
  readonly askAnyway: RoundHost["ask"];
  /** Adds the checks; work that fails is a row of that area. */
  readonly area: (area: CheckArea, work: () => Promise<readonly Check[]>) => Promise<void>;
}

/** For how long Nodes and pods are looked at until they are ready, and the pause between two looks, in seconds. */
const looks = { most: 240, pause: 2 };

/**
 * Uses the cluster as somebody who has work for it does: makes a pod and a Service for each worker, and removes them again.
 * One controller is asked; the others have answered for themselves.
 */
export class ClusterRound {
  readonly #names;
  readonly #workers: readonly PlannedHost[];
  /** Workers that get a pod. */
  #usable: readonly PlannedHost[] = [];
  #attempted = false;
  #places: readonly ServicePlace[] = [];

  constructor(
    private readonly plan: LabPlan,
    private readonly cluster: ClusterPlan,
    private readonly run: string,
    private readonly controller: RoundHost,
    private readonly hosts: readonly RoundHost[],
    private readonly signal: AbortSignal | undefined,
    private readonly isWanted: (area: CheckArea) => boolean,
  ) {
    this.#names = probeNames(run);
    this.#workers = workersOf(plan);
  }

  /**
   * Checks the cluster, and then what it does, as far as an area that is wanted needs it. Whatever happens, nothing of it is left.
   */
  async check(): Promise<void> {
    const { controller } = this;
    const ofWorkers = (["nodes", "services", "dns"] as const).some(this.isWanted);
    const inEtcd = this.isWanted("etcd");
    if (this.isWanted("control-plane")) await controller.area("control-plane", () => this.#whole());
    if (ofWorkers) await controller.area("nodes", () => this.#nodes());
    try {
      if (inEtcd || this.#usable.length > 0) await controller.area("nodes", () => this.#makeObjects());
      const etcd = inEtcd ? [controller.area("etcd", () => this.#encryption())] : [];
      const workers = ofWorkers ? this.#reachable() : [];
      await allDone([...etcd, ...workers.map((worker) => this.#checkWorker(worker))]);
      if (this.isWanted("services")) await controller.area("services", () => this.#nodePorts());
    } finally {
      if (this.#attempted) await this.#removeObjects();
    }
  }

  async #whole(): Promise<readonly Check[]> {
    const controllers = controllersOf(this.plan);
    const facts = await this.#api(wholePaths(controllers));
    const hostNames = this.hosts.flatMap(({ host, part }) =>
      host.role === "controller" && part !== undefined
        ? [[host.name, part.facts("controlplane").text("hostname")] as const]
        : [],
    );
    return judgeWhole(this.controller.host, controllers, this.cluster, new Map(hostNames), facts);
  }

  /**
   * After a boot, and after a verification that held the kubelets still, it takes a while until all are Ready again. Those whose
   * runtime does not answer would be waited for in vain.
   */
  async #nodes(): Promise<readonly Check[]> {
    const hopeful = this.#workers.filter(({ name }) =>
      this.hosts.some(({ host, takesPods }) => host.name === name && takesPods),
    );
    const nodes = await this.#until(nodesPath, (text) => areReady(hopeful, text));
    this.#usable = hopeful.filter((worker) => areReady([worker], nodes));
    const facts = await this.#api([nodesPath, ...this.#workers.map(({ name }) => configzPath(name))]);
    const notTried = this.#workers.filter((worker) => !this.#usable.includes(worker)).flatMap(podNotTried);
    return this.#share([...judgeNodes(this.controller.host, this.plan, facts), ...notTried]);
  }

  /** Creates everything, after what killed runs left is gone, and waits for the pods. */
  async #makeObjects(): Promise<readonly Check[]> {
    await this.#sweep();
    this.#attempted = true;
    const objects = probeObjects(this.run, this.#usable, this.plan.verification.probeImage);
    const lines = objects.map(({ path, object }) => `${path} ${JSON.stringify(object)}`);
    const values = { ...ownApi, ...this.#deletion(), OBJECTS: lines.join("\n") };
    const created = (await this.controller.ask({ create: values }))("create").get("created");
    if (created.code !== 0) throw new Error(`pods and Services cannot be made: ${created.text}`);
    const pods = await this.#until(this.#names.pods, (text) => areRunning(this.#usable, text));
    this.#places = servicesIn((await this.#api([this.#names.services])).text(this.#names.services));
    return this.#share(this.#usable.flatMap((worker) => judgePod(worker, pods)));
  }

  async #encryption(): Promise<readonly Check[]> {
    const { namespace } = this.#names;
    const keys = kindsInEtcd.map((kind) => `${kind} /registry/${kind}/${namespace}/probe`);
    const values = { ...etcdValues, KEYS: keys.join("\n"), KINDS: kindsInEtcd.join(" ") };
    const facts = await this.controller.ask({ rawvalues: values });
    return judgeEncryption(this.controller.host, this.cluster, facts("rawvalues"));
  }

  async #checkWorker(worker: RoundHost): Promise<void> {
    const { host } = worker;
    if (this.isWanted("nodes")) await worker.area("nodes", async () => judgeRights(host, await this.#rights(worker)));
    await worker.area("services", async () => {
      const { log, exec, facts } = await this.#inPod(host);
      worker.checks.push(...judgeLogAndExec(host, this.run, log, exec));
      const inServices = () => [
        ...judgeServices(host, this.#places, this.run, facts),
        ...judgeStray(host, this.cluster, facts),
      ];
      return [
        ...(this.isWanted("services") ? inServices() : []),
        ...(this.isWanted("dns") ? judgeDns(host, this.cluster, facts) : []),
      ];
    });
  }

  /** What the pod of a worker says, has printed and reaches. Only what is wanted is tried: without DNS an answer takes a minute. */
  async #inPod(host: PlannedHost) {
    if (!this.#usable.includes(host)) {
      const none = { code: 1, text: `not tried: no pod was made on ${host.name}` };
      return { log: none, exec: none, facts: new Error(none.text) };
    }
    const [targets, STRAY] = this.isWanted("services")
      ? [serviceTargets(this.#places), strayOf(this.cluster)]
      : ["", ""];
    const names = this.isWanted("dns") ? apiServiceName(this.cluster) : "";
    const report = new Report({ services: { ...this.#question(targets, "/bin/busybox", names), STRAY } });
    const { log, exec } = await this.#execute(host.name, report.text());
    const facts = exec.text.includes(this.run) ? report.parse(exec.text)("services") : new Error(exec.text);
    return { log, exec, facts };
  }

  async #rights(worker: RoundHost): Promise<Facts> {
    const values = {
      URL: this.#serverOfWorkers(),
      CA: `${kubeletFolder}/ca.crt`,
      CERTIFICATE: `${kubeletFolder}/kubelet.crt`,
      KEY: `${kubeletFolder}/kubelet.key`,
      NODE: worker.host.name,
      SECRET: this.#names.secret,
    };
    return (await worker.ask({ node: values }))("node");
  }

  /** Where kubelets reach an API server: the only one, or their own balancer. */
  #serverOfWorkers(): string {
    const [controller, ...others] = controllersOf(this.plan);
    const isAlone = controller !== undefined && others.length === 0;
    return `https://${isAlone ? `${controller.address}:${controlPlanePorts.apiServer}` : balancerAddress}`;
  }

  /** Runs a script in the pod of a worker. */
  async #execute(node: string, script: string) {
    const { namespace, pods, pod } = this.#names;
    const values = {
      ...ownApi,
      ...{ KUBECTL: adminKubectl.join(" "), NAMESPACE: namespace, POD: pod(node), SCRIPT: script },
      LOG: `${pods}/${pod(node)}/log`,
    };
    const facts = (await this.controller.ask({ execute: values }))("execute");
    return { log: facts.get("log"), exec: facts.get("exec") };
  }

  async #nodePorts(): Promise<readonly Check[]> {
    const values = this.#question(nodePortTargets(this.#workers, this.#places), "");
    const facts = (await this.controller.ask({ services: values }))("services");
    return judgeNodePorts(this.controller.host, this.#workers, this.#places, this.run, facts);
  }

  #question(targets: string, busybox: string, names = ""): Record<string, string> {
    return { TARGETS: targets, NAMES: names, STRAY: "", QUESTION: this.run, BUSYBOX: busybox };
  }

  /** Removes what killed runs left; those that still run hold their lock on this controller. */
  async #sweep(): Promise<void> {
    const text = (await this.#api([probeNamespacesPath])).text(probeNamespacesPath);
    const { items = [] } = (parseJson(text) ?? {}) as { items?: readonly ApiObject[] };
    const runs = new Map(
      items.map(({ metadata = {} }) => [metadata.labels?.[probeLabels.run] ?? "", metadata.name ?? ""]),
    );
    runs.delete("");
    if (runs.size === 0) return;
    const alive = (await this.controller.ask({ alive: { RUNS: [...runs.keys()].join(" ") } }))("alive").lines("runs");
    await this.#delete([...runs].flatMap(([run, name]) => (alive.includes(run) || name === "" ? [] : [name])));
  }

  /** Also after an interrupt. */
  async #removeObjects(): Promise<void> {
    const rows = new Rows(this.controller.host.name, "nodes");
    const check = "namespace of the checks afterwards";
    try {
      const { code, text } = await this.#delete([this.#names.namespace]);
      rows.add(check, "gone", text, code === 0 && text === "gone");
    } catch (error) {
      rows.add(check, "gone", messageOf(error), false);
    }
    this.controller.checks.push(...rows.rows);
  }

  async #delete(names: readonly string[]) {
    if (names.length === 0) return { code: 0, text: "gone" };
    const values = { ...ownApi, ...this.#deletion(), NAMES: names.join(" ") };
    return (await this.controller.askAnyway({ delete: values }))("delete").get("deleted");
  }

  /** For the controller itself, which deletes the namespace should this computer not come to it; see hold.sh. */
  #deletion(): Record<string, string> {
    const { namespace } = this.#names;
    return {
      DELETION: deletionFile(this.run),
      NAMESPACE: `${namespacesPath}/${namespace}`,
    };
  }

  /** Looks at a path until it is as wanted, and not for ever. @returns the last answer */
  async #until(path: string, isThere: (text: string) => boolean): Promise<string> {
    const end = Date.now() + looks.most * 1000;
    for (;;) {
      const text = (await this.#api([path])).text(path);
      if (isThere(text) || Date.now() >= end) return text;
      await sleep(looks.pause * 1000, undefined, { signal: this.signal });
    }
  }

  async #api(paths: readonly string[]): Promise<Facts> {
    return (await this.controller.ask(apiQuestion(paths)))("api");
  }

  /** Workers that answer. */
  #reachable(): readonly RoundHost[] {
    return this.hosts.filter(({ host }) => host.role === "worker");
  }

  /** Adds rows to the hosts that they are about; those of hosts that are not reached are this controller's to say. */
  #share(checks: readonly Check[]): Check[] {
    for (const { host, checks: own } of this.hosts)
      if (host.name !== this.controller.host.name) own.push(...checks.filter((check) => check.host === host.name));
    return checks.filter(({ host }) => host === this.controller.host.name || !this.#isReached(host));
  }

  #isReached(name: string): boolean {
    return this.hosts.some(({ host }) => host.name === name);
  }
}
