import { literal } from "../../../components/literal";

/**
 * Tests of Kubernetes' conformance suite, by their full names. They are about what hardway decides: the pod network, Services
 * and DNS, what a kubelet and its runtime do for a pod, keys and tokens, and ways by which the API server reaches pods.
 */
export const selection: readonly string[] = [
  ...of("sig-network", [
    "API Server should have Endpoints and EndpointSlices pointing to API Server",
    "API Server should provide secure master service",
    "DNS should provide DNS for the cluster",
    "DNS should provide DNS for services",
    "DNS should provide DNS for pods for Hostname",
    "EndpointSlice should create Endpoints and EndpointSlices for Pods matching a Service",
    "HostPort validates that there is no conflict between pods with same hostPort but different hostIP and protocol [LinuxOnly]",
    "Networking Granular Checks: Pods should function for intra-pod communication: http [NodeConformance]",
    "Networking Granular Checks: Pods should function for intra-pod communication: udp [NodeConformance]",
    "Networking Granular Checks: Pods should function for node-pod communication: http [LinuxOnly] [NodeConformance]",
    "Networking Granular Checks: Pods should function for node-pod communication: udp [LinuxOnly] [NodeConformance]",
    "Proxy version v1 A set of valid responses are returned for both pod and service Proxy",
    "Services should be able to change the type from ExternalName to ClusterIP",
    "Services should be able to create a functioning NodePort service",
    "Services should have session affinity work for NodePort service [LinuxOnly]",
    "Services should have session affinity work for service with type clusterIP [LinuxOnly]",
    "Services should serve a basic endpoint from pods",
    "Services should serve endpoints on same port and different protocols",
  ]),
  ...of("sig-node", [
    "Container Lifecycle Hook when create a pod with lifecycle hook should execute poststart exec hook properly [NodeConformance]",
    "Container Lifecycle Hook when create a pod with lifecycle hook should execute prestop http hook properly [NodeConformance]",
    "Ephemeral Containers [NodeConformance] will start an ephemeral container in an existing pod",
    "InitContainer [NodeConformance] should invoke init containers on a RestartNever pod",
    "Kubelet when scheduling a busybox command in a pod should print the output to logs [NodeConformance]",
    "KubeletManagedEtcHosts should test kubelet managed /etc/hosts file [NodeConformance]",
    "Pods should be submitted and removed [NodeConformance]",
    "Pods should get a host IP [NodeConformance]",
    "Pods should support remote command execution over websockets [NodeConformance]",
    "Pods should support retrieving logs from the container over websockets [NodeConformance]",
    "Probing container should be restarted with a /healthz http liveness probe [NodeConformance]",
    "Probing container with readiness probe should not be ready before initial delay and never restart [NodeConformance]",
    "RuntimeClass should reject a Pod requesting a deleted RuntimeClass [NodeConformance]",
    "RuntimeClass should schedule a Pod requesting a RuntimeClass and initialize its Overhead [NodeConformance]",
    "Security Context When creating a pod with privileged should run the container as unprivileged when false [LinuxOnly] [NodeConformance]",
    "Sysctls [LinuxOnly] [NodeConformance] should support sysctls [Environment:NotInUserNS]",
  ]),
  ...of("sig-storage", [
    "EmptyDir volumes should support (non-root,0644,tmpfs) [LinuxOnly] [NodeConformance]",
    "Secrets should be consumable from pods in volume [NodeConformance]",
  ]),
  ...of("sig-auth", [
    "ServiceAccounts ServiceAccountIssuerDiscovery should support OIDC discovery of service account issuer",
    "ServiceAccounts should mount an API token into pods",
  ]),
  ...of("sig-apps", [
    "Daemon set [Serial] should run and stop simple daemon",
    "Deployment RollingUpdateDeployment should delete old pods and create new ones",
  ]),
  ...of("sig-scheduling", ["SchedulerPredicates [Serial] validates that NodeSelector is respected if matching"]),
  ...of("sig-api-machinery", [
    "AdmissionWebhook [Privileged:ClusterAdmin] should be able to deny pod and configmap creation",
  ]),
];

function of(group: string, names: readonly string[]): string[] {
  return names.map((name) => `[${group}] ${name} [Conformance]`);
}

/** A regular expression of Go's for names, and for no other name. Ginkgo looks for it in the suite's title and a name. */
export function focus(names: readonly string[]): string {
  return ` (${names.map(literal).join("|")})$`;
}

/** Names of images in the versions that tests ask for. */
export type ImageNames = Readonly<
  Record<"agnhost" | "busybox" | "glibc-dns-testing" | "nginx" | "pause", readonly string[]>
>;

/**
 * Of the images that e2e.test lists, those that the selected tests use.
 *
 * @param listed one a line, e.g. `hardway.local/e2e-test-images/agnhost:2.63.0`
 * @throws Error for one that is not listed any more
 */
export function imageNames(listed: string, registry: string): ImageNames {
  const named = (program: string): string[] => {
    const names = listed
      .split("\n")
      .filter((name) => name.startsWith(`${registry}/`) && /\/([^/:]+):[^/:]+$/.exec(name)?.[1] === program)
      .sort();
    if (names.length === 0) throw new Error(`e2e.test lists no image ${program} of ${registry}:\n${listed}`);
    return names;
  };
  return {
    ...{ agnhost: named("agnhost"), busybox: named("busybox"), "glibc-dns-testing": named("glibc-dns-testing") },
    ...{ nginx: named("nginx"), pause: named("pause") },
  };
}
