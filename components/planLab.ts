import type { LabConfig } from "./config/labConfig";
import type { NodeRuntime } from "./config/nodeRuntimes";
import { cniDefaults, cniPlugins } from "./node/cniFiles";
import { kernelModules, kernelSysctls } from "./node/kernelFiles";
import { handlers } from "./node/runtime/handlers";
import { requiredProgram } from "./node/runtime/handlerPrograms";
import { runtimeOf } from "./node/runtime/runtimes";
import { parseCidr, routerOf } from "./plan/cidr";
import { planVersion, type LabPlan, type PlannedHost, type RuntimePlan, type VpcPlan } from "./plan/labPlan";
import { planPodNetworks, planRoutes } from "./plan/routes";

/** The VPC that a plan is made for. */
export interface PlannedNetwork {
  readonly vpcCidrs: readonly string[];
  readonly subnets: readonly { readonly cidr: string; readonly zone: string }[];
}

/** What the hosts of a checked configuration have to be like, with all choices made. */
export function planLab(config: LabConfig, listed: readonly PlannedHost[], network?: PlannedNetwork): LabPlan {
  const hosts = listed.map(({ name, role, address, podCidr, subnet }) => ({
    name,
    role,
    address,
    ...(podCidr === undefined ? {} : { podCidr }),
    ...(subnet === undefined ? {} : { subnet }),
  }));
  return {
    version: planVersion,
    hosts,
    clusterCidr: config.clusterCidr,
    routes: planRoutes(hosts),
    ...(network === undefined ? {} : { vpc: planVpc(network, hosts, config.aws) }),
    kernel: {
      modules: [...kernelModules, ...config.extraModules],
      modulesFile: config.modulesFile,
      sysctls: { ...kernelSysctls, ...config.extraSysctls },
      sysctlFile: config.sysctlFile,
    },
    runtimes: Object.fromEntries(Object.entries(config.runtimes).map(([name, node]) => [name, planRuntime(node)])),
    cni: { ...cniDefaults, plugins: [...cniPlugins], masquerade: config.masquerade },
    verification: { probeImage: config.probeImage },
  };
}

function planRuntime({ kind, settings }: NodeRuntime): RuntimePlan {
  const runtime = runtimeOf(kind);
  const { criName, services, configFile, socket } = runtime;
  const { defaultHandler, snapshotter, cgroupDriver, sandboxImage } = settings;
  return {
    kind,
    criName,
    services,
    configFile,
    socket,
    handlers: settings.handlers.map((name) => ({
      name,
      isolation: handlers[name].isolation,
      program: runtime.handlerProgram(name, settings),
      ...(kind === "containerd" && { shim: requiredProgram(name, settings).containerdRuntime }),
    })),
    defaultHandler,
    snapshotter,
    storageDriver: runtime.storageDriver(snapshotter),
    cgroupDriver,
    sandboxImage,
  };
}

function planVpc({ vpcCidrs, subnets }: PlannedNetwork, hosts: readonly PlannedHost[], aws: LabConfig["aws"]): VpcPlan {
  const podNetworks = planPodNetworks(hosts);
  return {
    cidrs: vpcCidrs,
    subnets: subnets.map(({ cidr, zone }) => ({ cidr, zone, router: routerOf(parseCidr(cidr)) })),
    routes: podNetworks,
    podCidrRules: podNetworks,
    ssh: { port: aws?.sshPort ?? 22, ...(aws?.adminCidrs === undefined ? {} : { cidrs: aws.adminCidrs }) },
    ownNetwork: aws !== undefined && aws.existing === undefined,
  };
}
