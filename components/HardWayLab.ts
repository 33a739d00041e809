import * as pulumi from "@pulumi/pulumi";
import { AwsHosts, type NetworkFacts } from "./AwsHosts";
import type { AwsSettings, LabConfig } from "./config/labConfig";
import type { NodeRuntime } from "./config/nodeRuntimes";
import type { Host } from "./host";
import { planLab, type LabPlan } from "./labPlan";
import type { SshAccess } from "./network/sshConfig";
import { CniConfig } from "./node/CniConfig";
import { cniPackages } from "./node/cniFiles";
import { ContainerRuntime, type RuntimeFacts } from "./node/ContainerRuntime";
import { KernelPrep } from "./node/KernelPrep";
import { PodRoutes } from "./node/PodRoutes";
import { ReachableHost, type HostFacts } from "./node/ReachableHost";
import type { HandlerName } from "./node/runtime/handlers";
import { settingArgs, sourceArgs } from "./node/runtime/runtimeArgs";
import { renderRuntimeClasses } from "./node/runtime/runtimeClasses";
import { SnapshotterStore, type SnapshotterStoreArgs } from "./node/SnapshotterStore";
import { planPodNetworks, planRoutes, type PlannedHost, type PodRoute } from "./plan/routes";
import { runAgainOf, type StepName } from "./plan/steps";

/**
 * A whole lab: kernel prep and pod routes on every host, a container runtime and the pod network on the workers. Each
 * host goes through its steps in order, all hosts at the same time.
 *
 * With target hosts the machines are there already; with target aws they are made here, with their network and the
 * VPC's own routes to the pods. The steps are the same.
 *
 * `parseConfig` makes the arguments from plain values and reports everything that is wrong with them.
 */
export class HardWayLab extends pulumi.ComponentResource {
  /** What the lab has to be like; `hardway verify` compares the machines with it. */
  readonly plan: pulumi.Output<LabPlan>;
  /** What each host reports about itself, by name. */
  readonly hosts: pulumi.Output<Record<string, HostFacts>>;
  /** Pod CIDR of each worker, by name. */
  readonly podCidrs: pulumi.Output<Record<string, string>>;
  /** The container runtime of each worker, by name. */
  readonly runtimes: pulumi.Output<Record<string, RuntimeFacts>>;
  /** RuntimeClass manifests for the handlers of the workers, as YAML. */
  readonly runtimeClasses: pulumi.Output<string>;
  /** What was made on AWS. Target aws only. */
  readonly network?: pulumi.Output<NetworkFacts>;
  /** How to log in to each host, by name; secret. Target aws only: the configuration has it for other hosts. */
  readonly ssh?: pulumi.Output<Record<string, SshAccess>>;
  /** Lines for `~/.ssh/config`, without secrets. Target aws only. */
  readonly sshConfig?: pulumi.Output<string>;

  private readonly routes: pulumi.Output<readonly PodRoute[]>;
  private readonly hostFacts: Record<string, pulumi.Output<HostFacts>> = {};
  private readonly runtimeFacts: Record<string, pulumi.Output<RuntimeFacts>> = {};

  constructor(
    private readonly name: string,
    private readonly config: LabConfig,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("hardway:index:HardWayLab", name, {}, opts);
    const made = isForAws(config) ? new AwsHosts(name, config, { parent: this }) : undefined;
    const planned: pulumi.Output<readonly PlannedHost[]> = made?.planned ?? pulumi.output(plannedHosts(config));
    this.routes = planned.apply(planRoutes);
    this.plan = pulumi
      .all([planned, made?.plannedNetwork])
      .apply(([hosts, network]) => planLab(config, hosts, network));
    this.network = made?.network;
    this.ssh = made?.ssh;
    this.sshConfig = made?.sshConfig;

    const hosts = made?.hosts ?? config.hosts.map((host) => ({ host, instance: undefined }));
    for (const { host, instance } of hosts) this.createNode(host, instance);

    this.hosts = pulumi.all(this.hostFacts);
    this.podCidrs = pulumi.output(podCidrsByName(hosts.map(({ host }) => host)));
    this.runtimes = pulumi.all(this.runtimeFacts);
    this.runtimeClasses = pulumi.output(renderRuntimeClasses(handlersByName(config)));
    const { plan, podCidrs, runtimes, runtimeClasses } = this;
    this.registerOutputs({ plan, hosts: this.hosts, podCidrs, runtimes, runtimeClasses });
  }

  /** The steps of one host, each waiting for the one before it. */
  private createNode(host: Host, instance: pulumi.Resource | undefined): void {
    // Steps on a machine of ours end with it: none is undone on a machine that is removed or gone, and all are done again
    // on the one that replaces it.
    const tied = { parent: this, ...(instance === undefined ? {} : { deletedWith: instance }) };
    const reachable = this.createReachableHost(host, tied);
    const kernel = this.createKernelPrep(host, { ...tied, dependsOn: reachable });
    const ready =
      host.podCidr === undefined ? kernel : this.createPodNetwork(host, host.podCidr, { ...tied, dependsOn: kernel });
    this.createPodRoutes(host, { ...tied, dependsOn: ready });
  }

  private createReachableHost(host: Host, opts: pulumi.ComponentResourceOptions): ReachableHost {
    const reachable = new ReachableHost(
      `${this.name}-reachable-${host.name}`,
      { connection: host.connection, address: host.address, sshTimeoutSeconds: this.config.sshTimeoutSeconds },
      opts,
    );
    this.hostFacts[host.name] = reachable.facts;
    if (host.connection.hostKey === undefined)
      void pulumi.log.warn(
        `The host key of ${host.name} is not pinned: any machine at its address would be accepted. Set hostKey of its ssh, or let ` +
          '"./hardway up" learn it; with the variables of "./hardway env", pulumi knows what was learnt.',
        reachable,
      );
    return reachable;
  }

  /** What every step that changes the host gets. */
  private commonArgs(host: Host, step: StepName) {
    return { connection: host.connection, runAgain: runAgainOf(this.config.runAgain, host.name, step) };
  }

  private createKernelPrep(host: Host, opts: pulumi.ComponentResourceOptions): KernelPrep {
    const { modulesFile, sysctlFile, extraModules, extraSysctls } = this.config;
    return new KernelPrep(
      `${this.name}-kernel-${host.name}`,
      {
        ...this.commonArgs(host, "kernel"),
        modulesFile,
        sysctlFile,
        extraModules,
        extraSysctls,
        address: host.address,
      },
      opts,
    );
  }

  private createPodNetwork(host: Host, podCidr: string, opts: pulumi.ComponentResourceOptions): CniConfig {
    const { clusterCidr, masquerade, hosts } = this.config;
    const peer = hosts.find(({ name }) => name !== host.name)?.address;
    const runtime = this.config.runtimes[host.name] as NodeRuntime;
    const containerRuntime = this.createRuntime(host, runtime, opts);
    return new CniConfig(
      `${this.name}-cni-${host.name}`,
      {
        ...this.commonArgs(host, "cni"),
        ...{ podCidr, clusterCidr, masquerade, source: sourceArgs(runtime.settings) },
        ...(peer === undefined ? {} : { peer }),
      },
      { ...opts, dependsOn: containerRuntime },
    );
  }

  private createRuntime(host: Host, runtime: NodeRuntime, opts: pulumi.ComponentResourceOptions): ContainerRuntime {
    const { kind, settings } = runtime;
    const { registryCredentials } = this.config;
    const hasCredentials = Object.keys(registryCredentials).length > 0;
    const store = this.createStore(host, runtime, opts);
    const containerRuntime = new ContainerRuntime(
      `${this.name}-runtime-${host.name}`,
      {
        ...this.commonArgs(host, "runtime"),
        kind,
        ...settingArgs(settings),
        packagesAlong: cniPackages(settings),
        ...(hasCredentials ? { registryCredentials: pulumi.secret(registryCredentials) } : {}),
      },
      store === undefined ? opts : { ...opts, dependsOn: store },
    );
    this.runtimeFacts[host.name] = containerRuntime.facts;
    return containerRuntime;
  }

  private createStore(
    host: Host,
    { kind, settings, store }: NodeRuntime,
    opts: pulumi.ComponentResourceOptions,
  ): SnapshotterStore | undefined {
    if (store === undefined) return undefined;
    const snapshotter = settings.snapshotter as SnapshotterStoreArgs["snapshotter"];
    return new SnapshotterStore(
      `${this.name}-store-${host.name}`,
      { ...this.commonArgs(host, "store"), kind, snapshotter, ...store },
      opts,
    );
  }

  private createPodRoutes(host: Host, opts: pulumi.ComponentResourceOptions): PodRoutes {
    return new PodRoutes(
      `${this.name}-routes-${host.name}`,
      {
        ...this.commonArgs(host, "routes"),
        address: host.address,
        podCidr: host.podCidr,
        clusterCidr: this.config.clusterCidr,
        routes: this.routes.apply((routes) => routes.filter((route) => route.host === host.name)),
      },
      opts,
    );
  }
}

function isForAws(config: LabConfig): config is LabConfig & { readonly aws: AwsSettings } {
  return config.aws !== undefined;
}

function plannedHosts({ hosts }: LabConfig): PlannedHost[] {
  return hosts.map(({ name, role, address, podCidr }) => ({ name, role, address, podCidr }));
}

function handlersByName({ runtimes }: LabConfig): Record<string, readonly HandlerName[]> {
  return Object.fromEntries(Object.entries(runtimes).map(([name, { settings }]) => [name, settings.handlers]));
}

function podCidrsByName(hosts: readonly Host[]): Record<string, string> {
  return Object.fromEntries(planPodNetworks(hosts).map(({ node, destination }) => [node, destination]));
}
