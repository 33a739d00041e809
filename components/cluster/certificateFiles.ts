import type { HostRole } from "../host";
import { apiBalancerService } from "./apiBalancerFiles";
import { adminFiles, controlPlaneServices } from "./controlPlaneFiles";
import { etcdService } from "./etcdFiles";
import { kubeletService } from "./kubeletFiles";
import { kubeProxyService } from "./kubeProxyFiles";
import type { ServiceFile } from "./services";

/** Where files lie does not depend on any of these. */
const host = { name: "", address: "0.0.0.0" };
const network = { serviceCidr: "0.0.0.0/16", clusterDomain: "", clusterCidr: "", podCidr: "0.0.0.0/24" };
const worker = { ...host, ...network, server: "", runtimeEndpoint: "" };

/**
 * The files of the certificates on a host of a cluster, authorities' included, each once and sorted.
 *
 * @param controllers how many the cluster has: with several, a worker has a balancer
 */
export function certificateFiles(role: HostRole, controllers: number): string[] {
  const paths = role === "controller" ? controllerFiles() : workerFiles(controllers > 1);
  return [...new Set(paths.map(({ path }) => path).filter((path) => path.endsWith(".crt")))].sort();
}

function controllerFiles(): ServiceFile[] {
  const services = [
    etcdService({ ...host, members: [], token: "", heartbeatMilliseconds: 0 }),
    ...controlPlaneServices({ ...host, ...network, etcdEndpoints: [] }),
  ];
  return [...services.flatMap(({ files }) => files), ...adminFiles()];
}

function workerFiles(isBalanced: boolean): readonly ServiceFile[] {
  return [
    ...(isBalanced ? [apiBalancerService([])] : []),
    kubeletService({ ...worker, cgroupDriver: "systemd" }),
    kubeProxyService({ ...worker, mode: "iptables" }),
  ].flatMap(({ files }) => files);
}
