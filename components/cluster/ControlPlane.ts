import * as pulumi from "@pulumi/pulumi";
import { visibleArgs, type KnownArgs } from "../node/runStep";
import { clusterDefaults } from "./clusterDefaults";
import {
  adminFiles,
  controlPlaneFolder,
  controlPlanePorts,
  controlPlaneServices,
  encryptionCredential,
  renderEncryption,
} from "./controlPlaneFiles";
import { etcdEndpoints, etcdHealth } from "./etcdFiles";
import { runServices, type ClusterHostArgs, type ClusterStepArgs, type ProgramFacts } from "./runServices";
import type { ServiceFiles } from "./services";

export interface ControlPlaneArgs extends ClusterStepArgs {
  /** IPv4 address of this controller, at which the API server is reached. */
  readonly address: pulumi.Input<string>;
  /** All controllers, this one among them; each has a member of etcd. */
  readonly controllers: pulumi.Input<pulumi.Input<ClusterHostArgs>[]>;
  /** Version of Kubernetes. @default 1.36.3 */
  readonly kubernetesVersion?: pulumi.Input<string>;
  /** IPv4 network of the Services. It cannot change later. @default 10.32.0.0/24 */
  readonly serviceCidr?: pulumi.Input<string>;
  /** DNS domain of the Services. @default cluster.local */
  readonly clusterDomain?: pulumi.Input<string>;
  /**
   * Kinds of objects that are encrypted in etcd, e.g. `secrets` or `deployments.apps`. What was written before a change of them
   * is still read, and stays in etcd as it is until it is written again, which `ClusterServices` does.
   *
   * @default secrets
   */
  readonly encryptedResources?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * With several controllers, seconds without a sign of life after which the controller manager or the scheduler of another one
   * takes over; more for slow machines.
   *
   * @default 15
   */
  readonly leaseSeconds?: pulumi.Input<number>;
}

/**
 * The control plane on one controller: kube-apiserver, kube-controller-manager and kube-scheduler, with kubectl for the
 * administrator. Each is restarted when a file that it reads has changed, and else goes on. With several controllers all API
 * servers serve, and one controller manager and one scheduler at a time work.
 *
 * `credentials` needs `ca.crt`, `etcd-ca.crt`, `front-proxy-ca.crt`, `service-account.key` and `.pub`, `encryption.key`, and
 * `.crt` and `.key` of `kube-apiserver`, `apiserver-etcd-client`, `apiserver-kubelet-client`, `front-proxy-client`,
 * `controller-manager`, `scheduler`, `admin` and `super-admin`.
 *
 * Fails, before anything is written, where a port is taken, where another cluster's control plane is there, and where this
 * host's member of etcd does not get healthy, which takes most of the members; and with the last lines of its journal where a
 * service does not get ready.
 */
export class ControlPlane extends pulumi.ComponentResource {
  /** What the step found and did. */
  readonly facts: pulumi.Output<ProgramFacts>;

  constructor(name: string, args: ControlPlaneArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:index:ControlPlane", name, visibleArgs(args), opts);
    const { encryptedResources, credentials } = args;
    const withTexts = pulumi
      .all([credentials, encryptedResources])
      .apply(([known, resources]) => withEncryption(known, resources ?? clusterDefaults.encryptedResources));
    this.facts = runServices(
      this,
      name,
      { ...args, credentials: withTexts },
      {
        script: "61-control-plane",
        services: servicesOf,
        releases: releasesOf,
        variables: controlPlaneVariables,
        timeoutSeconds: 1200, // programs come over the network, and a slow host reads them slowly
      },
      opts,
    );
    this.registerOutputs();
  }
}

/** The text with the key in it is a credential too. */
function withEncryption(credentials: Record<string, string>, resources: readonly string[]): Record<string, string> {
  const key = credentials["encryption.key"];
  return key === undefined ? credentials : { ...credentials, [encryptionCredential]: renderEncryption(resources, key) };
}

function servicesOf(args: KnownArgs<ControlPlaneArgs>): ServiceFiles {
  const { address, controllers } = args;
  const { serviceCidr = clusterDefaults.serviceCidr, clusterDomain = clusterDefaults.clusterDomain } = args;
  const services = controlPlaneServices({
    ...{ address, serviceCidr, clusterDomain },
    // Its own member first: it answers soonest, and is up when this host is.
    etcdEndpoints: etcdEndpoints(
      [...controllers].sort((a, b) => Number(b.address === address) - Number(a.address === address)),
    ),
    ...(controllers.length > 1 ? { leaseSeconds: args.leaseSeconds ?? clusterDefaults.leaseSeconds } : {}),
  });
  return { services, others: adminFiles() };
}

function releasesOf({ kubernetesVersion = clusterDefaults.kubernetesVersion }: KnownArgs<ControlPlaneArgs>) {
  const programs = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl"] as const;
  return Object.fromEntries(programs.map((program) => [program, kubernetesVersion]));
}

function controlPlaneVariables(args: KnownArgs<ControlPlaneArgs>): Record<string, string> {
  return {
    SERVICE_CIDR: args.serviceCidr ?? clusterDefaults.serviceCidr,
    API_PORT: String(controlPlanePorts.apiServer),
    MANAGER_PORT: String(controlPlanePorts.controllerManager),
    SCHEDULER_PORT: String(controlPlanePorts.scheduler),
    CA: `${controlPlaneFolder}/ca.crt`,
    ETCD_HEALTH: etcdHealth,
  };
}
