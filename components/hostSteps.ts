import * as pulumi from "@pulumi/pulumi";
import type { CompleteLab, NodeRuntime } from "./completeLab";
import { HostRole } from "./host";
import type { Host } from "./labArgs";
import { stepArgs, stepName, stepOptions } from "./labStep";
import { CniConfig } from "./node/CniConfig";
import { cniPackages } from "./node/cniFiles";
import { ContainerRuntime } from "./node/ContainerRuntime";
import { KernelPrep } from "./node/KernelPrep";
import { PodRoutes } from "./node/PodRoutes";
import { ReachableHost } from "./node/ReachableHost";
import { settingArgs, sourceArgs } from "./node/runtime/runtimeArgs";
import { isStoreSnapshotter } from "./node/runtime/snapshotters";
import { SnapshotterStore } from "./node/SnapshotterStore";
import type { PodRoute } from "./plan/routes";
import type { StepName } from "./plan/steps";
import { isKnown } from "./remote/isKnown";

/** What the steps of a host have in common. */
export interface HostStepsContext {
  /** The lab's name, with which the names of the steps begin. */
  readonly name: string;
  readonly lab: CompleteLab;
  readonly routes: pulumi.Output<readonly PodRoute[]>;
  readonly parent: pulumi.Resource;
  /** The machine, where it is one of ours. */
  readonly machine?: pulumi.Resource;
}

/** Makes the steps of one host; each after the one that it is given. Steps of workers are undefined on others. */
export class HostSteps {
  private readonly runtime: NodeRuntime | undefined;

  constructor(
    private readonly host: Host,
    private readonly context: HostStepsContext,
  ) {
    this.runtime = context.lab.runtimes[host.name];
  }

  reachableHost(): ReachableHost {
    const { connection, address, name } = this.host;
    const { sshTimeoutSeconds } = this.context.lab;
    const reachable = new ReachableHost(
      this.nameOf("reachable"),
      { connection, address, sshTimeoutSeconds },
      this.options(),
    );
    if (connection.hostKey === undefined)
      void pulumi.log.warn(
        `The host key of ${name} is not pinned: any machine at its address would be accepted. Set hostKey of its ssh, or let ` +
          '"./hardway up" learn it; with the variables of "./hardway env", pulumi knows what was learnt.',
        reachable,
      );
    return reachable;
  }

  kernelPrep(after: pulumi.Resource): KernelPrep {
    const { modulesFile, sysctlFile, extraModules, extraSysctls, workerSysctls } = this.context.lab;
    const { address, role } = this.host;
    return new KernelPrep(
      this.nameOf("kernel"),
      {
        ...{ ...this.args("kernel"), modulesFile, sysctlFile, extraModules, address },
        extraSysctls: role === HostRole.Worker ? { ...workerSysctls, ...extraSysctls } : extraSysctls,
      },
      this.options(after),
    );
  }

  /** Only where the snapshotter needs one. */
  snapshotterStore(after: pulumi.Resource): SnapshotterStore | undefined {
    if (this.runtime?.store === undefined) return undefined;
    const { kind, settings, store } = this.runtime;
    if (!isStoreSnapshotter(settings.snapshotter)) return undefined;
    return new SnapshotterStore(
      this.nameOf("store"),
      { ...this.args("store"), kind, snapshotter: settings.snapshotter, ...store },
      this.options(after),
    );
  }

  containerRuntime(after: pulumi.Resource): ContainerRuntime | undefined {
    if (this.runtime === undefined) return undefined;
    const { kind, settings } = this.runtime;
    const { registryCredentials } = this.context.lab;
    const hasNone = isKnown(registryCredentials) && Object.keys(registryCredentials).length === 0;
    return new ContainerRuntime(
      this.nameOf("runtime"),
      {
        ...this.args("runtime"),
        kind,
        ...settingArgs(settings),
        packagesAlong: cniPackages(settings),
        ...(hasNone ? {} : { registryCredentials: pulumi.secret(registryCredentials) }),
      },
      this.options(after),
    );
  }

  cniConfig(after: pulumi.Resource): CniConfig | undefined {
    const { podCidr } = this.host;
    if (this.runtime === undefined || podCidr === undefined) return undefined;
    const { clusterCidr, masquerade, podMtu: mtu, hosts, cluster } = this.context.lab;
    const peer = hosts.find(({ name }) => name !== this.host.name)?.address;
    return new CniConfig(
      this.nameOf("cni"),
      {
        ...this.args("cni"),
        ...{ podCidr, clusterCidr, masquerade, mtu, source: sourceArgs(this.runtime.settings) },
        ...(peer === undefined ? {} : { peer }),
        ...(cluster === undefined ? {} : { hairpinMode: true }),
      },
      this.options(after),
    );
  }

  podRoutes(after: pulumi.Resource): PodRoutes {
    const { address, podCidr, name } = this.host;
    const { routes, lab } = this.context;
    return new PodRoutes(
      this.nameOf("routes"),
      {
        ...this.args("routes"),
        ...{ address, podCidr, clusterCidr: lab.clusterCidr },
        routes: routes.apply((all) => all.filter(({ host }) => host === name)),
      },
      this.options(after),
    );
  }

  private nameOf(step: StepName | "reachable"): string {
    return stepName(this.context.name, step, this.host);
  }

  private args(step: StepName) {
    return stepArgs(this.context.lab, step, this.host);
  }

  private options(...after: pulumi.Resource[]): pulumi.ComponentResourceOptions {
    return stepOptions(this.context.parent, this.context.machine, after);
  }
}
