import * as pulumi from "@pulumi/pulumi";
import { AwsHosts, withoutLogins, type NetworkFacts } from "./AwsHosts";
import { HostSteps } from "./hostSteps";
import type { HardWayLabArgs } from "./labArgs";
import { createCluster } from "./labCluster";
import { planLab, type LabPlan } from "./labPlan";
import { completeLab, type CompleteLab } from "./completeLab";
import { labProblem } from "./config/labProblem";
import type { SshAccess } from "./network/sshConfig";
import type { RuntimeFacts } from "./node/ContainerRuntime";
import type { HostFacts } from "./node/ReachableHost";
import type { HandlerName } from "./node/runtime/handlers";
import { renderRuntimeClasses } from "./node/runtime/runtimeClasses";
import { planRoutes, type PlannedHost } from "./plan/routes";
import { refuse } from "./shownError";

/**
 * A whole lab: kernel prep and pod routes on every host, a container runtime and the pod network on the workers. Each
 * host goes through its steps in order, all hosts at the same time.
 *
 * With `hosts` the machines are there already; with `aws` they are made here, with their network and the VPC's own
 * routes to the pods. The steps are the same.
 *
 * `loadConfig` makes the arguments from the stack's configuration, `parseConfig` from plain values; both report
 * everything that is wrong with them. What is set in the program is checked by the components.
 *
 * ```ts
 * new HardWayLab("lab", { aws: { workers: 3, adminCidrs: ["192.0.2.7/32"] }, masquerade: "outsideCluster" });
 * ```
 *
 * @throws pulumi.RunError when the arguments contradict each other, or the cluster CIDR has no room for a worker.
 */
export class HardWayLab extends pulumi.ComponentResource {
  /** What the lab has to be like; `hardway verify` compares the machines with it. */
  readonly plan: pulumi.Output<LabPlan>;
  /** What each host reports about itself, by name. */
  readonly hostFacts: pulumi.Output<Record<string, HostFacts>>;
  /** Pod CIDR of each worker, by name. */
  readonly podCidrs: pulumi.Output<Record<string, string>>;
  /** The container runtime of each worker, by name. */
  readonly runtimeFacts: pulumi.Output<Record<string, RuntimeFacts>>;
  /** RuntimeClass manifests for the handlers of the workers, as YAML. */
  readonly runtimeClasses: pulumi.Output<string>;
  /** When the first of a host's certificates ends, ISO 8601, by the host's name. With `cluster` only. */
  readonly certificateExpiry?: pulumi.Output<Record<string, string>>;
  /** What was made on AWS. With `aws` only. */
  readonly network?: pulumi.Output<NetworkFacts>;
  /** How to log in to each host, by name; secret. With `aws` only: `hosts` have it otherwise. */
  readonly ssh?: pulumi.Output<Record<string, SshAccess>>;
  /** Lines for `~/.ssh/config`, without secrets. With `aws` only. */
  readonly sshConfig?: pulumi.Output<string>;

  constructor(name: string, args: HardWayLabArgs, opts?: pulumi.ComponentResourceOptions) {
    refuse(labProblem(args));
    super("hardway:index:HardWayLab", name, visible(args), opts);
    const lab = completeLab(args);
    const aws = lab.aws === undefined ? undefined : new AwsHosts(name, lab.aws, { parent: this });
    const planned = aws?.planned ?? plannedHosts(lab);
    const routes = planned.apply(planRoutes);

    const hosts = aws?.hosts ?? lab.hosts.map((host) => ({ host, instance: undefined }));
    const prepared = hosts.map(({ host, instance: machine }) => ({
      ...{ name: host.name, host, machine },
      ...prepare(new HostSteps(host, { name, lab, routes, machine, parent: this })),
    }));

    const vpcCidrs = aws?.plannedNetwork.vpcCidrs;
    const pki = lab.cluster && createCluster(prepared, { name, lab, cluster: lab.cluster, vpcCidrs, parent: this });
    this.plan = pulumi
      .all([planned, routes, aws?.plannedNetwork])
      .apply(([hosts, routes, network]) => planLab(lab, { hosts, routes, network }));
    this.hostFacts = pulumi.all(Object.fromEntries(prepared.map(({ name, facts }) => [name, facts])));
    this.podCidrs = pulumi.output(
      Object.fromEntries(lab.podNetworks.map(({ node, destination }) => [node, destination])),
    );
    this.runtimeFacts = pulumi.all(
      Object.fromEntries(prepared.flatMap(({ name, runtime }) => (runtime === undefined ? [] : [[name, runtime]]))),
    );
    this.runtimeClasses = pulumi.output(renderRuntimeClasses(handlersByName(lab)));
    this.certificateExpiry = pki?.certificateExpiry;
    this.network = aws?.network;
    this.ssh = aws?.ssh;
    this.sshConfig = aws?.sshConfig;
    const { plan, hostFacts, podCidrs, runtimeFacts, runtimeClasses, certificateExpiry } = this;
    this.registerOutputs({ plan, hostFacts, podCidrs, runtimeFacts, runtimeClasses, certificateExpiry });
  }
}

/** What a host and its runtime report. */
interface PreparedHost {
  readonly facts: pulumi.Output<HostFacts>;
  /** Workers only. */
  readonly runtime: pulumi.Output<RuntimeFacts> | undefined;
  /** The last step, after which it is ready for a kubelet. */
  readonly last: pulumi.Resource;
}

/** The steps of one host, each waiting for the one before it; a controller has the first two and the last. */
function prepare(steps: HostSteps): PreparedHost {
  const reachable = steps.reachableHost();
  const kernel = steps.kernelPrep(reachable);
  const store = steps.snapshotterStore(kernel);
  const runtime = steps.containerRuntime(store ?? kernel);
  const cni = steps.cniConfig(runtime ?? kernel);
  const last = steps.podRoutes(cni ?? kernel);
  return { facts: reachable.facts, runtime: runtime?.facts, last };
}

function plannedHosts({ hosts }: CompleteLab): pulumi.Output<readonly PlannedHost[]> {
  return pulumi.output(hosts.map(({ name, role, address, podCidr }) => ({ name, role, address, podCidr })));
}

function handlersByName({ runtimes }: CompleteLab): Record<string, readonly HandlerName[]> {
  return Object.fromEntries(Object.entries(runtimes).map(([name, { settings }]) => [name, settings.handlers]));
}

/** What the state and policies see of the lab itself: no credentials, and no connections, which hold some. */
function visible({ registryCredentials: _credentials, hosts, aws, ...args }: HardWayLabArgs) {
  return {
    ...args,
    ...(hosts === undefined ? {} : { hosts: hosts.map(({ connection: _connection, ...host }) => host) }),
    ...(aws === undefined ? {} : { aws: withoutLogins(aws) }),
  };
}
