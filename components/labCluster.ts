import * as pulumi from "@pulumi/pulumi";
import { ClusterPki } from "./cluster/ClusterPki";
import { ClusterServices } from "./cluster/ClusterServices";
import { ControlPlane } from "./cluster/ControlPlane";
import { controlPlanePorts } from "./cluster/controlPlaneFiles";
import { EtcdMember } from "./cluster/EtcdMember";
import { KubeProxy } from "./cluster/KubeProxy";
import { Kubelet } from "./cluster/Kubelet";
import type { CompleteLab } from "./completeLab";
import type { LabClusterArgs } from "./labArgs";
import { stepArgs, stepName, stepOptions, type LabHost } from "./labStep";
import { runtimeOf } from "./node/runtime/runtimes";
import type { StepName } from "./plan/steps";

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
  readonly parent: pulumi.Resource;
}

/**
 * Makes the cluster of a lab: etcd on every controller, then the control planes, then kubelets and kube-proxies on the
 * workers, and then what the cluster itself holds, from the first controller.
 *
 * @returns its certificates and keys
 */
export function createCluster(hosts: readonly ReadyHost[], context: LabClusterContext): ClusterPki {
  const controllers = hosts.filter(({ host }) => host.role === "controller");
  const workers = hosts.filter(({ host }) => host.role === "worker");
  const steps = new ClusterSteps(controllers, workers, context);
  const members = controllers.map((controller) => steps.etcdMember(controller));
  const planes = controllers.map((controller) => steps.controlPlane(controller, members));
  const nodes = workers.map((worker) => {
    const kubelet = steps.kubelet(worker, planes);
    return steps.kubeProxy(worker, kubelet);
  });
  const [first] = controllers;
  if (first !== undefined) steps.clusterServices(first, [...planes, ...nodes]);
  return steps.pki;
}

class ClusterSteps {
  readonly pki: ClusterPki;
  private readonly controllerHosts;

  constructor(
    private readonly controllers: readonly ReadyHost[],
    private readonly workers: readonly ReadyHost[],
    private readonly context: LabClusterContext,
  ) {
    const { name, parent, cluster } = context;
    const { serviceCidr, clusterDomain, certificateDays, certificateGeneration, caGeneration } = cluster;
    this.controllerHosts = controllers.map(({ host: { name, address } }) => ({ name, address }));
    this.pki = new ClusterPki(
      `${name}-pki`,
      {
        controllers: this.controllerHosts,
        workers: workers.map(({ host: { name, address } }) => ({ name, address })),
        ...{ serviceCidr, clusterDomain, certificateDays, certificateGeneration, caGeneration },
      },
      { parent },
    );
  }

  etcdMember(controller: ReadyHost): EtcdMember {
    const { heartbeatMilliseconds } = this.context.cluster;
    return new EtcdMember(
      this.nameOf("etcd", controller),
      {
        ...this.args("etcd", controller),
        name: controller.host.name,
        members: this.controllerHosts,
        heartbeatMilliseconds,
      },
      this.options(controller, []),
    );
  }

  controlPlane(controller: ReadyHost, members: readonly EtcdMember[]): ControlPlane {
    const { kubernetesVersion, serviceCidr, clusterDomain, encryptedResources } = this.context.cluster;
    return new ControlPlane(
      this.nameOf("control-plane", controller),
      {
        ...this.args("control-plane", controller),
        ...{ address: controller.host.address, controllers: this.controllerHosts },
        ...{ kubernetesVersion, serviceCidr, clusterDomain, encryptedResources },
      },
      this.options(controller, members),
    );
  }

  kubelet(worker: ReadyHost, planes: readonly ControlPlane[]): Kubelet {
    const { kubernetesVersion, serviceCidr, clusterDomain } = this.context.cluster;
    const { name, address, podCidr = "" } = worker.host;
    const runtime = this.context.lab.runtimes[name];
    return new Kubelet(
      this.nameOf("kubelet", worker),
      {
        ...this.args("kubelet", worker),
        ...{ name, address, podCidr, server: this.server(), kubernetesVersion, serviceCidr, clusterDomain },
        ...(runtime === undefined
          ? {}
          : { runtimeEndpoint: runtimeOf(runtime.kind).socket, cgroupDriver: runtime.settings.cgroupDriver }),
      },
      this.options(worker, planes),
    );
  }

  kubeProxy(worker: ReadyHost, kubelet: Kubelet): KubeProxy {
    const { kubernetesVersion, serviceCidr, proxyMode } = this.context.cluster;
    const { clusterCidr } = this.context.lab;
    return new KubeProxy(
      this.nameOf("kube-proxy", worker),
      {
        ...this.args("kube-proxy", worker),
        ...{ name: worker.host.name, server: this.server(), clusterCidr, kubernetesVersion, serviceCidr, proxyMode },
      },
      this.options(worker, [kubelet]),
    );
  }

  clusterServices(controller: ReadyHost, after: readonly pulumi.Resource[]): ClusterServices {
    return new ClusterServices(
      this.nameOf("cluster", controller),
      {
        ...stepArgs(this.context.lab, "cluster", controller.host),
        nodes: this.workers.map(({ host: { name, podCidr = "" } }) => ({ name, podCidr })),
      },
      this.options(controller, after),
    );
  }

  /** Where workers reach an API server. */
  private server(): pulumi.Output<string> {
    const { apiServer } = controlPlanePorts;
    return pulumi.output(this.controllers[0]?.host.address).apply((address) => `https://${address}:${apiServer}`);
  }

  private nameOf(step: StepName, { host }: ReadyHost): string {
    return stepName(this.context.name, step, host);
  }

  private args(step: StepName, { host }: ReadyHost) {
    const { lab, cluster } = this.context;
    return {
      ...stepArgs(lab, step, host),
      credentials: this.pki.hosts[host.name] ?? {},
      source: { ...cluster.source },
    };
  }

  private options({ machine, last }: ReadyHost, after: readonly pulumi.Resource[]): pulumi.ComponentResourceOptions {
    return stepOptions(this.context.parent, machine, [last, ...after]);
  }
}
