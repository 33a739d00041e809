import * as pulumi from "@pulumi/pulumi";
import { runStep, visibleArgs, type KnownArgs } from "../node/runStep";
import { credentialSecrets, releaseLines, type ClusterHostArgs, type ClusterStepArgs } from "./clusterArgs";
import { clusterDefaults } from "./clusterDefaults";
import {
  adminFiles,
  controlPlaneFolder,
  controlPlanePorts,
  controlPlaneServices,
  encryptionCredential,
  renderEncryption,
} from "./controlPlaneFiles";
import type { ProgramFacts } from "./EtcdMember";
import { etcdEndpoints } from "./etcdFiles";
import { serviceVariables, type ServiceFiles } from "./services";

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
  /** Kinds of objects that are encrypted in etcd. @default secrets */
  readonly encryptedResources?: pulumi.Input<pulumi.Input<string>[]>;
}

/**
 * The control plane on one controller: kube-apiserver, kube-controller-manager and kube-scheduler, with kubectl for the
 * administrator. Each is restarted when a file that it reads has changed, and else goes on.
 *
 * `credentials` needs `ca.crt`, `etcd-ca.crt`, `front-proxy-ca.crt`, `service-account.key` and `.pub`, `encryption.key`, and
 * `.crt` and `.key` of `kube-apiserver`, `apiserver-etcd-client`, `apiserver-kubelet-client`, `front-proxy-client`,
 * `controller-manager`, `scheduler`, `admin` and `super-admin`. Fails, before anything is written, where a port is taken or another
 * cluster's control plane is there; and with the last lines of its journal where a service does not get ready.
 */
export class ControlPlane extends pulumi.ComponentResource {
  /** What the step found and did. */
  readonly facts: pulumi.Output<ProgramFacts>;

  constructor(name: string, args: ControlPlaneArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:index:ControlPlane", name, visibleArgs(args), opts);
    const { encryptedResources, credentials } = args;
    const texts = pulumi
      .all([credentials, encryptedResources])
      .apply(([known, resources]) => withEncryption(known, resources ?? clusterDefaults.encryptedResources));
    this.facts = runStep(
      this,
      name,
      args,
      {
        script: "61-control-plane",
        undoScript: "61-control-plane.undo",
        variables: controlPlaneVariables,
        secrets: credentialSecrets({ ...args, credentials: texts }, servicesOf),
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
  const { serviceCidr, clusterDomain, encryptedResources } = { ...clusterDefaults, ...args };
  const services = controlPlaneServices({
    ...{ address, serviceCidr, clusterDomain, encryptedResources },
    // Its own member first: it answers soonest, and is up when this host is.
    etcdEndpoints: etcdEndpoints(
      [...controllers].sort((a, b) => Number(b.address === address) - Number(a.address === address)),
    ),
    isOneOfMany: controllers.length > 1,
  });
  return { services, others: adminFiles() };
}

function controlPlaneVariables(args: KnownArgs<ControlPlaneArgs>): Record<string, string> {
  const version = args.kubernetesVersion ?? clusterDefaults.kubernetesVersion;
  return {
    ...serviceVariables(servicesOf(args)),
    ARTIFACTS: releaseLines(args.source, {
      "kube-apiserver": version,
      "kube-controller-manager": version,
      "kube-scheduler": version,
      kubectl: version,
    }),
    API_PORT: String(controlPlanePorts.apiServer),
    MANAGER_PORT: String(controlPlanePorts.controllerManager),
    SCHEDULER_PORT: String(controlPlanePorts.scheduler),
    CA: `${controlPlaneFolder}/ca.crt`,
  };
}
