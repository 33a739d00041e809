import type * as pulumi from "@pulumi/pulumi";
import type { ClusterFacts } from "../cluster/ClusterServices";
import type { ProgramFacts } from "../cluster/runServices";
import type { CniFacts } from "../node/CniConfig";
import type { RuntimeFacts } from "../node/ContainerRuntime";
import type { KernelFacts } from "../node/KernelPrep";
import type { PodRouteFacts } from "../node/PodRoutes";
import type { HostFacts } from "../node/ReachableHost";
import type { StoreFacts } from "../node/SnapshotterStore";
import { scriptName } from "../remote/stepText";
import { hostFacts } from "./hostFacts";
import { withoutSecrets } from "./withoutSecrets";

/** Facts of any component for hosts, or some of them. */
export type SomeFacts = Partial<
  HostFacts | KernelFacts | StoreFacts | RuntimeFacts | CniFacts | PodRouteFacts | ProgramFacts | ClusterFacts
>;

export interface HardwayMocksArgs {
  /** Facts that differ from those of a Debian 13, by the component's name. @default none */
  readonly facts?: Readonly<Record<string, SomeFacts>>;
}

type Values = Readonly<Record<string, unknown>>;

/** Components by the first line of their scripts, `# hardway NAME`. */
const componentsByScript: Readonly<Record<string, string>> = {
  "10-reachable": "ReachableHost",
  "20-kernel-prep": "KernelPrep",
  "25-snapshotter-store": "SnapshotterStore",
  "30-containerd": "ContainerRuntime",
  "31-crio": "ContainerRuntime",
  "32-docker": "ContainerRuntime",
  "40-cni-config": "CniConfig",
  "50-pod-routes": "PodRoutes",
  "60-etcd": "EtcdMember",
  "61-control-plane": "ControlPlane",
  "65-api-balancer": "ApiBalancer",
  "70-kubelet": "Kubelet",
  "71-kube-proxy": "KubeProxy",
  "80-cluster-services": "ClusterServices",
};

/**
 * Mocks with which a program that has these components is tested in memory: no engine, no host, no cloud. Each component
 * has the facts that a host would print for its arguments; what AWS would choose is made up; any other resource has its
 * inputs as outputs.
 *
 * ```ts
 * await pulumi.runtime.setMocks(hardwayMocks({ facts: { "db-1": { kernel: "6.1.0" } } }));
 * const { facts } = new KernelPrep("db-1", { connection: { host: "192.0.2.10" } });
 * ```
 */
export function hardwayMocks({ facts = {} }: HardwayMocksArgs = {}): pulumi.runtime.Mocks {
  const given = new Map<string, Values>();

  function printed(name: string, create: unknown): object {
    const component = componentsByScript[scriptName(String(create)) ?? ""];
    // A command of somebody else's, or one that a preview does not know yet.
    if (component === undefined) return {};
    const usual = hostFacts[component]?.(given.get(`hardway:index:${component} ${name}`) ?? {});
    return { stdout: JSON.stringify({ changed: true, ...usual, ...facts[name] }), stderr: "" };
  }

  return {
    newResource({ type, name, inputs, id }) {
      const values = withoutSecrets(inputs) as Values;
      given.set(`${type} ${name}`, values);
      const chosen = type === "command:remote:Command" ? printed(name, values.create) : chosenBy(type, name, values);
      return { id: id || `${name}-id`, state: { ...(inputs as object), ...chosen } };
    },
    call({ token, inputs }) {
      return { ...(inputs as object), ...answers[token] };
    },
  };
}

/** What a provider would add to a resource's inputs. */
function chosenBy(type: string, name: string, { input }: Values): object {
  switch (type) {
    case "pulumi:index:Stash":
      return { output: input };
    case "command:local:Command":
      return { stdout: `ssh-ed25519 public-key-of-${name}\nprivate-key-of-${name}`, stderr: "" };
    case "aws:ec2/instance:Instance":
      return { primaryNetworkInterfaceId: `${name}-eni`, publicIp: "203.0.113.10" };
    default:
      return {};
  }
}

/** What provider functions answer, by their tokens. */
const answers: Readonly<Record<string, object>> = {
  "aws:ec2/getAmi:getAmi": { id: "ami-0123456789abcdef0" },
  "aws:ec2/getRouteTable:getRouteTable": { routeTableId: "rtb-0123456789abcdef0" },
  "aws:ec2/getSubnet:getSubnet": { cidrBlock: "172.31.0.0/24", availabilityZone: "us-east-1a" },
  "aws:ec2/getVpc:getVpc": { cidrBlockAssociations: [{ cidrBlock: "172.31.0.0/16" }] },
  "aws:index/getAvailabilityZones:getAvailabilityZones": { names: ["us-east-1a", "us-east-1b", "us-east-1c"] },
};
