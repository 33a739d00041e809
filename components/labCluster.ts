import * as pulumi from "@pulumi/pulumi";
import { ApiBalancer } from "./cluster/ApiBalancer";
import { clusterDefaults } from "./cluster/clusterDefaults";
import { ClusterPki } from "./cluster/ClusterPki";
import { ClusterServices } from "./cluster/ClusterServices";
import { ControlPlane } from "./cluster/ControlPlane";
import { controlPlanePorts } from "./cluster/controlPlaneFiles";
import { EtcdMember } from "./cluster/EtcdMember";
import { KubeProxy } from "./cluster/KubeProxy";
import { Kubelet } from "./cluster/Kubelet";
import { localImage } from "./cluster/localImage";
import type { CompleteLab } from "./completeLab";
import type { LabClusterArgs } from "./labArgs";
import { stepArgs, stepName, stepOptions, type LabHost } from "./labStep";
import { runtimeOf } from "./node/runtime/runtimes";
import { serviceCidrProblem } from "./plan/cluster";
import type { StepName } from "./plan/steps";
import { refuse } from "./shownError";

/** A host that is ready for its part of a cluster. */
export interface ReadyHost extends LabHost {
  /** Its last step. */
  readonly last: pulumi.Resource;
}

/** What the steps of a cluster have in common. */
export interface LabClusterContext {
  /** The lab's name, with which the names of the steps begin. */
  readonly name: string;
  readonly lab: CompleteLab;
  readonly cluster: LabClusterArgs;
  /** Networks of the VPC that the machines are in. @default none */
  readonly vpcCidrs?: pulumi.Input<readonly string[]>;
  readonly parent: pulumi.Resource;
}

/**
 * Makes the cluster of a lab: etcd on every controller, then the control planes, then kubelets and kube-proxies on the
 * workers, and then what the cluster itself holds, from the first controller. Controllers have their turn one after the other,
 * so that a change leaves a majority of etcd and an API server at any time.
 *
 * @returns its certificates and keys
 */
export function createCluster(hosts: readonly ReadyHost[], context: LabClusterContext): ClusterPki {
  const controllers = hosts.filter(({ host }) => host.role === "controller");
  const workers = hosts.filter(({ host }) => host.role === "worker");
  const steps = new ClusterSteps(controllers, workers, context);
  const members = inTurn<EtcdMember>(controllers, (controller, before) => steps.etcdMember(controller, before));
  const planes = inTurn<ControlPlane>(controllers, (controller, before) =>
    steps.controlPlane(controller, [...members, ...before]),
  );
  const nodes = workers.map((worker) => {
    const balancer = controllers.length > 1 ? steps.apiBalancer(worker, planes) : undefined;
    const server = balancer?.server ?? steps.onlyServer();
    const kubelet = steps.kubelet(worker, server, balancer === undefined ? planes : [...planes, balancer]);
    return steps.kubeProxy(worker, server, kubelet);
  });
  const [first] = controllers;
  if (first !== undefined) steps.clusterServices(first, [...planes, ...nodes]);
  return steps.pki;
}

/** What is made for each host, after what was made for the one before it. */
function inTurn<T>(hosts: readonly ReadyHost[], make: (host: ReadyHost, before: readonly T[]) => T): T[] {
  return hosts.reduce<T[]>((made, host) => [...made, make(host, made.slice(-1))], []);
}

class ClusterSteps {
  readonly pki: ClusterPki;
  private readonly controllerHosts;
  private readonly serviceCidr: pulumi.Output<string>;

  constructor(
    private readonly controllers: readonly ReadyHost[],
    private readonly workers: readonly ReadyHost[],
    private readonly context: LabClusterContext,
  ) {
    const { name, parent, cluster } = context;
    const { clusterDomain, certificateDays, certificateGeneration, caGeneration } = cluster;
    this.serviceCidr = checkedServiceCidr(context);
    this.controllerHosts = controllers.map(({ host: { name, address } }) => ({ name, address }));
    this.pki = new ClusterPki(
      `${name}-pki`,
      {
        controllers: this.controllerHosts,
        workers: workers.map(({ host: { name, address } }) => ({ name, address })),
        ...{ serviceCidr: this.serviceCidr, clusterDomain },
        ...{ certificateDays, certificateGeneration, caGeneration },
      },
      { parent },
    );
  }

  etcdMember(controller: ReadyHost, before: readonly EtcdMember[]): EtcdMember {
    const { heartbeatMilliseconds } = this.context.cluster;
    return new EtcdMember(
      this.nameOf("etcd", controller),
      {
        ...this.args("etcd", controller),
        name: controller.host.name,
        members: this.controllerHosts,
        heartbeatMilliseconds,
      },
      this.options(controller, before),
    );
  }

  controlPlane(controller: ReadyHost, after: readonly pulumi.Resource[]): ControlPlane {
    const { serviceCidr } = this;
    const { kubernetesVersion, clusterDomain, encryptedResources } = this.context.cluster;
    return new ControlPlane(
      this.nameOf("control-plane", controller),
      {
        ...this.args("control-plane", controller),
        ...{ address: controller.host.address, controllers: this.controllerHosts },
        ...{ kubernetesVersion, serviceCidr, clusterDomain, encryptedResources },
        leaseSeconds: leaseSeconds(this.context.cluster),
      },
      this.options(controller, after),
    );
  }

  /** For clusters with several API servers. */
  apiBalancer(worker: ReadyHost, planes: readonly ControlPlane[]): ApiBalancer {
    return new ApiBalancer(
      this.nameOf("api-balancer", worker),
      {
        ...stepArgs(this.context.lab, "api-balancer", worker.host),
        credentials: this.credentialsOf(worker),
        controllers: this.controllerHosts,
      },
      this.options(worker, planes),
    );
  }

  /** Where the API server of the only controller is. */
  onlyServer(): pulumi.Output<string> {
    const { apiServer } = controlPlanePorts;
    return pulumi.output(this.controllers[0]?.host.address).apply((address) => `https://${address}:${apiServer}`);
  }

  kubelet(worker: ReadyHost, server: pulumi.Output<string>, after: readonly pulumi.Resource[]): Kubelet {
    const { serviceCidr } = this;
    const { kubernetesVersion, clusterDomain, dnsImage = "", seccompDefault } = this.context.cluster;
    const { name, address, podCidr = "" } = worker.host;
    const runtime = this.context.lab.runtimes[name];
    return new Kubelet(
      this.nameOf("kubelet", worker),
      {
        ...this.args("kubelet", worker),
        ...{ name, address, podCidr, server, kubernetesVersion, serviceCidr, clusterDomain, seccompDefault },
        ...(localImage(dnsImage) === undefined ? {} : { images: [dnsImage] }),
        ...(runtime === undefined
          ? {}
          : { runtimeEndpoint: runtimeOf(runtime.kind).socket, cgroupDriver: runtime.settings.cgroupDriver }),
      },
      this.options(worker, after),
    );
  }

  kubeProxy(worker: ReadyHost, server: pulumi.Output<string>, kubelet: Kubelet): KubeProxy {
    const { serviceCidr } = this;
    const { kubernetesVersion, proxyMode } = this.context.cluster;
    const { clusterCidr } = this.context.lab;
    return new KubeProxy(
      this.nameOf("kube-proxy", worker),
      {
        ...this.args("kube-proxy", worker),
        ...{ name: worker.host.name, server, clusterCidr, kubernetesVersion, serviceCidr, proxyMode },
      },
      this.options(worker, [kubelet]),
    );
  }

  clusterServices(controller: ReadyHost, after: readonly pulumi.Resource[]): ClusterServices {
    const { serviceCidr } = this;
    const { clusterDomain, dnsImage, encryptedResources } = this.context.cluster;
    return new ClusterServices(
      this.nameOf("cluster", controller),
      {
        ...stepArgs(this.context.lab, "cluster", controller.host),
        ...{ serviceCidr, clusterDomain, dnsImage, encryptedResources },
        nodes: this.workers.map(({ host: { name, podCidr = "" } }) => ({ name, podCidr })),
      },
      this.options(controller, after),
    );
  }

  private nameOf(step: StepName, { host }: ReadyHost): string {
    return stepName(this.context.name, step, host);
  }

  private args(step: StepName, host: ReadyHost) {
    const { lab, cluster } = this.context;
    return {
      ...stepArgs(lab, step, host.host),
      credentials: this.credentialsOf(host),
      source: { ...cluster.source },
    };
  }

  private credentialsOf({ host }: ReadyHost) {
    return this.pki.hosts[host.name] ?? {};
  }

  private options({ machine, last }: ReadyHost, after: readonly pulumi.Resource[]): pulumi.ComponentResourceOptions {
    return stepOptions(this.context.parent, machine, [last, ...after]);
  }
}

/** What the configuration cannot know of a VPC that is there already is seen here, before a step is made. */
function checkedServiceCidr({ cluster, vpcCidrs = [] }: LabClusterContext): pulumi.Output<string> {
  const { serviceCidr = clusterDefaults.serviceCidr } = cluster;
  return pulumi.output(vpcCidrs).apply((cidrs) => {
    const networks = Object.fromEntries(cidrs.map((cidr, index) => [`network ${index + 1} of the VPC`, cidr]));
    const problem = serviceCidrProblem(serviceCidr, networks);
    refuse(problem && `cluster.serviceCidr ${serviceCidr} ${problem}`);
    return serviceCidr;
  });
}

/** Where etcd is given more time, those who lead by it are given the same: 15 seconds with its own default of 100 ms. */
function leaseSeconds({ heartbeatMilliseconds = clusterDefaults.heartbeatMilliseconds }: LabClusterArgs): number {
  const { leaseSeconds } = clusterDefaults;
  return Math.max(
    leaseSeconds,
    Math.round((heartbeatMilliseconds / clusterDefaults.heartbeatMilliseconds) * leaseSeconds),
  );
}
