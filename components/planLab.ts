import type { LabConfig } from "./config/labConfig";
import { cniPlugins } from "./node/cniFiles";
import { kernelModules, kernelSysctls } from "./node/kernelFiles";
import { runtimes } from "./node/runtime/runtime";
import type { LabPlan, PlannedHost } from "./plan/labPlan";
import { planRoutes } from "./plan/routes";

/** Folders that the documents use for CNI plugins and their configuration. */
const cniFolders = { binDir: "/opt/cni/bin", confDir: "/etc/cni/net.d" };

/** Everything that a checked configuration promises, with all choices made. */
export function planLab(config: LabConfig): LabPlan {
  const hosts: PlannedHost[] = config.hosts.map(({ name, role, address, podCidr }) => ({
    name,
    role,
    address,
    ...(podCidr === undefined ? {} : { podCidr }),
  }));
  const runtime = runtimes[config.runtime];
  return {
    hosts,
    clusterCidr: config.clusterCidr,
    routes: planRoutes(hosts),
    kernel: {
      modules: [...kernelModules, ...config.extraModules],
      modulesFile: config.modulesFile,
      sysctls: { ...kernelSysctls, ...config.extraSysctls },
      sysctlFile: config.sysctlFile,
    },
    runtime: {
      kind: config.runtime,
      configFile: runtime.configFile,
      socket: runtime.socket,
      snapshotter: config.snapshotter,
      cgroupDriver: config.cgroupDriver,
      defaultHandler: runtime.defaultHandler,
      sandboxImage: config.sandboxImage,
    },
    cni: { ...cniFolders, bridge: "cni0", plugins: [...cniPlugins], masquerade: config.masquerade },
    verification: { probeImage: config.probeImage },
  };
}
