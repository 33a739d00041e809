import * as pulumi from "@pulumi/pulumi";
import type { LabConfig } from "./config/labConfig";
import type { Host } from "./host";
import { CniConfig } from "./node/CniConfig";
import { ContainerRuntime, type RuntimeFacts } from "./node/ContainerRuntime";
import { KernelPrep } from "./node/KernelPrep";
import { PodRoutes } from "./node/PodRoutes";
import { ReachableHost, type HostFacts } from "./node/ReachableHost";
import type { LabPlan } from "./plan/labPlan";
import { planLab } from "./planLab";

/**
 * A whole lab on hosts that are there already: kernel prep and pod routes on every host, a container runtime and the
 * pod network on the workers. Each host goes through its steps in order, all hosts at the same time.
 *
 * `parseConfig` makes the arguments from plain values and reports everything that is wrong with them.
 */
export class HardWayLab extends pulumi.ComponentResource {
  /** What the lab promises; `hardway verify` compares the machines with it. */
  readonly plan: pulumi.Output<LabPlan>;
  /** What each host says of itself, by name. */
  readonly hosts: pulumi.Output<Record<string, HostFacts>>;
  /** Pod CIDR of each worker, by name. */
  readonly podCidrs: pulumi.Output<Record<string, string>>;
  /** The container runtime of each worker, by name. */
  readonly runtimes: pulumi.Output<Record<string, RuntimeFacts>>;

  private readonly config: LabConfig;
  private readonly planned: LabPlan;
  private readonly hostFacts: Record<string, pulumi.Output<HostFacts>> = {};
  private readonly runtimeFacts: Record<string, pulumi.Output<RuntimeFacts>> = {};

  constructor(
    private readonly name: string,
    config: LabConfig,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("hardway:index:HardWayLab", name, {}, opts);
    this.config = config;
    this.planned = planLab(config);
    for (const host of config.hosts) this.createNode(host);

    this.plan = pulumi.output(this.planned);
    this.hosts = pulumi.all(this.hostFacts);
    this.podCidrs = pulumi.output(podCidrsByName(this.planned));
    this.runtimes = pulumi.all(this.runtimeFacts);
    this.registerOutputs({ plan: this.plan, hosts: this.hosts, podCidrs: this.podCidrs, runtimes: this.runtimes });
  }

  /** The steps of one host, each waiting for the one before it. */
  private createNode(host: Host): void {
    const reachable = this.createReachableHost(host);
    const kernel = this.createKernelPrep(host, reachable);
    const ready = host.podCidr === undefined ? kernel : this.createPodNetwork(host, host.podCidr, kernel);
    this.createPodRoutes(host, ready);
  }

  private createReachableHost(host: Host): ReachableHost {
    const reachable = new ReachableHost(
      `${this.name}-reachable-${host.name}`,
      { connection: host.connection, address: host.address, sshTimeoutSeconds: this.config.sshTimeoutSeconds },
      { parent: this },
    );
    this.hostFacts[host.name] = reachable.facts;
    return reachable;
  }

  private createKernelPrep(host: Host, after: pulumi.Resource): KernelPrep {
    const { modulesFile, sysctlFile, extraModules, extraSysctls } = this.config;
    return new KernelPrep(
      `${this.name}-kernel-${host.name}`,
      { connection: host.connection, modulesFile, sysctlFile, extraModules, extraSysctls },
      { parent: this, dependsOn: after },
    );
  }

  private createPodNetwork(host: Host, podCidr: string, after: pulumi.Resource): CniConfig {
    const { runtime, cni, clusterCidr } = this.planned;
    const folders = { cniBinDir: cni.binDir, cniConfDir: cni.confDir };
    const containerRuntime = new ContainerRuntime(
      `${this.name}-runtime-${host.name}`,
      {
        connection: host.connection,
        kind: runtime.kind,
        snapshotter: this.config.snapshotter,
        cgroupDriver: runtime.cgroupDriver,
        sandboxImage: runtime.sandboxImage,
        imageArchives: this.config.imageArchives,
        ...folders,
      },
      { parent: this, dependsOn: after },
    );
    this.runtimeFacts[host.name] = containerRuntime.facts;
    return new CniConfig(
      `${this.name}-cni-${host.name}`,
      { connection: host.connection, podCidr, clusterCidr, masquerade: cni.masquerade, bridge: cni.bridge, ...folders },
      { parent: this, dependsOn: containerRuntime },
    );
  }

  private createPodRoutes(host: Host, after: pulumi.Resource): PodRoutes {
    return new PodRoutes(
      `${this.name}-routes-${host.name}`,
      {
        connection: host.connection,
        address: host.address,
        routes: this.planned.routes.filter((route) => route.host === host.name),
      },
      { parent: this, dependsOn: after },
    );
  }
}

function podCidrsByName(plan: LabPlan): Record<string, string> {
  return Object.fromEntries(
    plan.hosts.flatMap(({ name, podCidr }) => (podCidr === undefined ? [] : [[name, podCidr]])),
  );
}
