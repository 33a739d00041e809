// A Kubernetes cluster on one host, each part of it a component: certificates, etcd, control plane, kubelet and kube-proxy.
// Run it: set host, user, privateKeyFile, hostKey and address as in ../README.md, then pulumi up.
import * as pulumi from "@pulumi/pulumi";
import {
  ClusterPki,
  ClusterServices,
  CniConfig,
  ContainerRuntime,
  ControlPlane,
  EtcdMember,
  KernelPrep,
  KubeProxy,
  Kubelet,
  kubeletSysctls,
} from "hardway/host";
import { connectionFromConfig } from "../connection";

const address = new pulumi.Config().require("address");
const connection = connectionFromConfig();
const podCidr = "10.200.0.0/24";

const kernel = new KernelPrep("example", { connection, address, extraSysctls: kubeletSysctls });
const runtime = new ContainerRuntime("example", { connection }, { dependsOn: kernel });
const cni = new CniConfig("example", { connection, podCidr, masquerade: "outsideCluster" }, { dependsOn: runtime });

// The host is a controller and a worker, under a name for each.
const [controller, node] = ["server", "node-0"].map((name) => ({ name, address })) as [Named, Named];
const pki = new ClusterPki("example", { controllers: [controller], workers: [node] });
const credentialsOf = ({ name }: Named) => pki.hosts[name] ?? {};
const onController = { connection, credentials: credentialsOf(controller) };
const onNode = { connection, credentials: credentialsOf(node) };
const server = `https://${address}:6443`;

const etcd = new EtcdMember(
  "example",
  { ...onController, name: controller.name, members: [controller] },
  { dependsOn: kernel },
);
const plane = new ControlPlane("example", { ...onController, address, controllers: [controller] }, { dependsOn: etcd });
const kubelet = new Kubelet(
  "example",
  { ...onNode, name: node.name, address, podCidr, server, runtimeEndpoint: runtime.socket },
  { dependsOn: [cni, plane] },
);
const proxy = new KubeProxy("example", { ...onNode, name: node.name, server }, { dependsOn: kubelet });
const cluster = new ClusterServices(
  "example",
  { connection, nodes: [{ name: node.name, podCidr }] },
  { dependsOn: [plane, proxy] },
);

export const version = plane.facts.version;
export const readyNodes = cluster.facts.nodes;

interface Named {
  readonly name: string;
  readonly address: string;
}
