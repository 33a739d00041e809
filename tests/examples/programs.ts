import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { ExampleRun } from "./runExample";

export const folder = join(__dirname, "..", "..", "examples");

export const programs = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && readdirSync(join(folder, entry.name)).includes("Pulumi.yaml"))
  .map(({ name }) => name);

interface Project {
  readonly name: string;
  readonly runtime: { readonly options: { readonly nodeargs: string } };
}

export function pulumiYaml(example: string): Project {
  return parse(readFileSync(join(folder, example, "Pulumi.yaml"), "utf8")) as Project;
}

/** What an example gets, what it registers besides its stack, and values that it exports. */
interface Expected {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly registers: readonly string[];
  readonly exports: object;
}

/** A component for hosts and its command. */
const step = (component: string, name = "example") => [`${component} ${name}`, `Command ${name}`];
const network = (name: string) => [
  ...["LabNetwork", "Vpc", "InternetGateway", "RouteTable", "SecurityGroup"].map((type) => `${type} ${name}`),
  ...[`Route ${name}-default`, `SecurityGroupIngressRule ${name}-members`, `SecurityGroupEgressRule ${name}-egress`],
  `SecurityGroupIngressRule ${name}-ssh-192.0.2.7-32`,
];
const subnet = (name: string) => [`Subnet ${name}`, `RouteTableAssociation ${name}`];
const keyPair = (name: string) => step("SshKeyPair", name);
const instance = (name: string) => [...[`LabInstance ${name}`, `Instance ${name}`], ...keyPair(`${name}-host-key`)];
const adminCidrs = ["192.0.2.7/32"];
const nodes = ["node-0", "node-1", "node-2"];

export const examples: Readonly<Record<string, Expected>> = {
  "reachable-host": {
    registers: step("ReachableHost"),
    exports: { os: { id: "debian", version: "13" } },
  },
  "kernel-prep": {
    registers: step("KernelPrep"),
    exports: { kernel: { modules: { overlay: "loaded", br_netfilter: "loaded", ip_vs: "loaded" } } },
  },
  "snapshotter-store": {
    config: { device: "/dev/vdb" },
    registers: [...step("KernelPrep"), ...step("SnapshotterStore"), ...step("ContainerRuntime")],
    exports: { mount: "/var/lib/containerd/io.containerd.snapshotter.v1.btrfs" },
  },
  "container-runtime": {
    registers: [...step("KernelPrep"), ...step("ContainerRuntime")],
    exports: { socket: "/run/containerd/containerd.sock", facts: { cgroupDriver: "systemd" } },
  },
  "cni-config": {
    registers: step("CniConfig"),
    exports: { facts: { masquerade: "outsideCluster" } },
  },
  "pod-routes": {
    config: { address: "10.240.0.80", nextHop: "10.240.0.81" },
    registers: step("PodRoutes"),
    exports: { facts: { routes: [{ destination: "10.200.1.0/24", nextHop: "10.240.0.81", interface: "eth1" }] } },
  },
  "aws-network": {
    config: { adminCidrs },
    registers: [
      ...[...network("example"), ...subnet("example-0"), ...instance("example")],
      ...[...keyPair("login"), "KeyPair login", ...step("ReachableHost"), ...step("KernelPrep")],
    ],
    exports: { address: "203.0.113.10", facts: { cgroupVersion: 2 } },
  },
  "vpc-pod-routes": {
    config: {
      vpcId: "vpc-1",
      routeTableIds: { a: "rtb-1", b: "rtb-2" },
      nodes: [
        { name: "node-0", podCidr: "10.200.0.0/24", networkInterfaceId: "eni-1" },
        { name: "node-1", podCidr: "10.200.1.0/24", networkInterfaceId: "eni-2" },
      ],
    },
    registers: [
      "VpcPodRoutes example",
      ...["a-node-0", "a-node-1", "b-node-0", "b-node-1"].map((name) => `Route example-${name}`),
    ],
    exports: {
      routes: [
        { destination: "10.200.0.0/24", node: "node-0" },
        { destination: "10.200.1.0/24", node: "node-1" },
      ],
    },
  },
  cluster: {
    config: { address: "10.240.0.80" },
    registers: [
      ...[...step("KernelPrep"), ...step("ContainerRuntime"), ...step("CniConfig")],
      ...["ClusterPki example", "Stash example-authorities", "Stash example-server", "Stash example-node-0"],
      ...[...step("EtcdMember"), ...step("ControlPlane"), ...step("Kubelet"), ...step("KubeProxy")],
      ...step("ClusterServices"),
    ],
    exports: { version: "v1.36.3", readyNodes: 1 },
  },
  "api-balancer": {
    config: {
      authority: "-----BEGIN CERTIFICATE-----",
      controllers: [10, 11, 12].map((last) => ({ name: `server-${last}`, address: `10.240.0.${last}` })),
    },
    registers: step("ApiBalancer"),
    exports: { server: "https://127.0.0.1:6443" },
  },
  "whole-lab": {
    config: { adminCidrs },
    registers: [
      ...["HardWayLab lab", "AwsHosts lab", ...network("lab"), ...subnet("lab-0"), ...subnet("lab-1")],
      ...[...keyPair("lab-login"), "KeyPair lab-login", "VpcPodRoutes lab-pods"],
      ...nodes.flatMap((node) => [`SecurityGroupIngressRule lab-pods-${node}`, `Route lab-pods-main-${node}`]),
      ...["server", ...nodes].flatMap((node) => [
        ...[...instance(`lab-${node}`), ...step("ReachableHost", `lab-reachable-${node}`)],
        ...[...step("KernelPrep", `lab-kernel-${node}`), ...step("PodRoutes", `lab-routes-${node}`)],
      ]),
      ...nodes.flatMap((node) => [
        ...[...step("ContainerRuntime", `lab-runtime-${node}`), ...step("CniConfig", `lab-cni-${node}`)],
      ]),
    ],
    exports: { podCidrs: { "node-0": "10.200.0.0/24", "node-1": "10.200.1.0/24", "node-2": "10.200.2.0/24" } },
  },
};

/** An example with its configuration, to be run where a folder has the examples. */
export function runOf(
  name: string,
  { where = folder, privateKeyFile }: { where?: string; privateKeyFile: string },
): ExampleRun {
  const { name: project } = pulumiYaml(name);
  const login = { host: "192.0.2.10", user: "admin", privateKeyFile, hostKey: "ssh-ed25519 AAAA" };
  const config = Object.entries({ ...login, ...examples[name]?.config }).map(([key, value]) => [
    `${project}:${key}`,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return { file: join(where, name, "index.ts"), project, config: Object.fromEntries(config) as Record<string, string> };
}
