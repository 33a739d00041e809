import { clusterDefaults } from "../cluster/clusterDefaults";
import type { ClusterFacts } from "../cluster/ClusterServices";
import type { ProgramFacts } from "../cluster/runServices";
import type { CniFacts } from "../node/CniConfig";
import { cniPlugins } from "../node/cniFiles";
import type { RuntimeFacts } from "../node/ContainerRuntime";
import { hostDefaults } from "../node/hostDefaults";
import { kernelModules, kernelSysctls } from "../node/kernelFiles";
import type { KernelFacts, ModuleState } from "../node/KernelPrep";
import type { InstalledRoute, PodRouteFacts } from "../node/PodRoutes";
import type { HostFacts } from "../node/ReachableHost";
import type { RuntimeKind } from "../node/runtime/runtimeSettings";
import { runtimeOf, withDefaults } from "../node/runtime/runtimes";
import { snapshotters } from "../node/runtime/snapshotters";
import type { StoreFacts } from "../node/SnapshotterStore";

/** What a component was given, as far as it is known. */
type Given = Readonly<Record<string, unknown>>;

const kernel = "6.12.48+deb13-amd64";
const versions = {
  runtimes: { containerd: "1.7.24~ds1", crio: "1.36.3", docker: "29.4.0", mirantis: "29.4.0" },
  handlers: { runc: "1.1.15", crun: "1.21", runsc: "20260622.0", kata: "3.20.0" },
  plugin: "1.1.1",
  criDockerd: "0.4.3",
  etcd: "3.6.16",
  haproxy: "3.0.11-1+deb13u1",
};

/** What each component's script prints on a Debian 13, by the component's name, for what the component was given. */
export const hostFacts: Readonly<Record<string, (given: Given) => object>> = {
  ReachableHost: (): HostFacts => ({
    hostname: "host",
    machineId: "0123456789abcdef0123456789abcdef",
    kernel,
    architecture: "amd64",
    os: { id: "debian", version: "13" },
    cgroupVersion: 2,
    virtualization: "kvm",
    memoryMiB: 1964,
  }),
  KernelPrep: ({ extraModules = [], extraSysctls }): KernelFacts => ({
    kernel,
    modules: Object.fromEntries(
      [...kernelModules, ...(extraModules as string[])].map((name): [string, ModuleState] => [name, "loaded"]),
    ),
    sysctls: { ...kernelSysctls, ...(extraSysctls as Record<string, string> | undefined) },
    cgroupVersion: 2,
  }),
  SnapshotterStore: ({
    snapshotter,
    kind = hostDefaults.runtime,
    device = "",
    sizeGiB = hostDefaults.storeGiB,
  }): StoreFacts => {
    const name = snapshotter as StoreFacts["snapshotter"];
    const { store } = snapshotters[name];
    return {
      snapshotter: name,
      ...(store?.kind === "pool"
        ? { pool: store.pool }
        : { mount: runtimeOf(kind as RuntimeKind).storeFolder?.(name) }),
      ...(device === "" ? { fileGiB: sizeGiB as number } : { device: device as string }),
    };
  },
  ContainerRuntime: ({ kind = hostDefaults.runtime, ...given }): RuntimeFacts => {
    const runtime = runtimeOf(kind as RuntimeKind);
    const settings = withDefaults(given);
    const version = settings.runtimeVersion || versions.runtimes[runtime.kind];
    return {
      version,
      socket: runtime.socket,
      cgroupDriver: settings.cgroupDriver,
      cgroupVersion: 2,
      handlers: Object.fromEntries(settings.handlers.map((name) => [name, versions.handlers[name]])),
      snapshotter: settings.snapshotter,
      source: settings.runtimeSource,
      ...(runtime.kind === "containerd" && { configVersion: version.startsWith("1.") ? 2 : 3 }),
      ...(runtime.companion === "cri-dockerd" && { criDockerd: versions.criDockerd }),
    };
  },
  CniConfig: ({ masquerade = hostDefaults.masquerade }): CniFacts => ({
    plugins: Object.fromEntries(cniPlugins.map((name) => [name, versions.plugin])),
    masquerade: masquerade as CniFacts["masquerade"],
  }),
  PodRoutes: ({ routes = [] }): PodRouteFacts => ({
    routes: (routes as Omit<InstalledRoute, "interface">[]).map((route) => ({ ...route, interface: "eth1" })),
    persistence: "networkd",
  }),
  EtcdMember: ({ etcdVersion = versions.etcd }): ProgramFacts => ({ version: etcdVersion as string }),
  ControlPlane: kubernetesFacts,
  ApiBalancer: (): ProgramFacts => ({ version: versions.haproxy }),
  Kubelet: kubernetesFacts,
  KubeProxy: kubernetesFacts,
  ClusterServices: ({ nodes = [] }): ClusterFacts => ({ nodes: (nodes as unknown[]).length }),
};

function kubernetesFacts({ kubernetesVersion = clusterDefaults.kubernetesVersion }: Given): ProgramFacts {
  return { version: `v${kubernetesVersion as string}` };
}
