import type * as pulumi from "@pulumi/pulumi";
import { cniDefaults } from "./cniFiles";
import { HostStep, type HostStepArgs } from "./HostStep";
import { kernelModules, kernelSysctls, renderModulesFile, renderSysctlFile, swapServices } from "./kernelFiles";

export interface KernelPrepArgs extends HostStepArgs {
  /**
   * File for systemd-modules-load(8). The Kubernetes documentation calls it `k8s.conf`.
   *
   * @default /etc/modules-load.d/containerd.conf
   */
  readonly modulesFile?: string;
  /**
   * File for sysctl.d(5). The Kubernetes documentation calls it `k8s.conf`, containerd's `99-kubernetes-cri.conf`.
   *
   * @default /etc/sysctl.d/99-kubernetes-cri.conf
   */
  readonly sysctlFile?: string;
  /** Modules besides overlay and br_netfilter, e.g. `ip_vs`. @default none */
  readonly extraModules?: readonly string[];
  /** Sysctls besides the bridge and forwarding ones, e.g. `{ "vm.max_map_count": "262144" }`. @default none */
  readonly extraSysctls?: Readonly<Record<string, string>>;
  /** `off`: no swap now and after a reboot, as the kubelet wants by default. `keep`: left alone. @default off */
  readonly swap?: "off" | "keep";
  /**
   * The host's own IPv4 address on the network of the other hosts: the card with it has to forward packets, as well as
   * that of the default route, `bridge` and all cards to come.
   *
   * @default only the others are looked at
   */
  readonly address?: pulumi.Input<string>;
  /** The bridge that the pods are on, whether it is there already or not. @default cni0 */
  readonly bridge?: string;
}

export interface KernelFacts {
  readonly kernel: string;
  /** How each module is there: loaded, or built into the kernel. */
  readonly modules: Readonly<Record<string, "loaded" | "builtin">>;
  /** Values read back from the kernel. */
  readonly sysctls: Readonly<Record<string, string>>;
  readonly cgroupVersion: number;
}

/**
 * Prepares a host's kernel for containers: modules overlay and br_netfilter, the bridge and forwarding sysctls, swap
 * off; now and after every reboot. Deleting it puts the host back as it was.
 *
 * Fails, naming what is wrong and before anything is written, when the kernel lacks a module, loads none any more or has not
 * all cgroup controllers that a kubelet needs, when a sysctl.d file overrides a value or keeps a card from forwarding, and when
 * something that it does not know turns swap on at boot.
 *
 * ```ts
 * new KernelPrep("db-1", { connection: { host: "192.0.2.10", user: "admin", privateKey, hostKey } });
 * ```
 */
export class KernelPrep extends HostStep<KernelFacts> {
  constructor(name: string, args: KernelPrepArgs, opts?: pulumi.ComponentResourceOptions) {
    super(
      "KernelPrep",
      name,
      {
        connection: args.connection,
        runAgain: args.runAgain,
        script: "20-kernel-prep",
        undoScript: "20-kernel-prep.undo",
        variables: kernelVariables(args),
      },
      opts,
    );
  }
}

function kernelVariables(args: KernelPrepArgs): Record<string, pulumi.Input<string>> {
  const modules = [...kernelModules, ...(args.extraModules ?? [])];
  const sysctls = { ...kernelSysctls, ...args.extraSysctls };
  return {
    MODULES: modules.join(" "),
    MODULES_FILE: args.modulesFile ?? "/etc/modules-load.d/containerd.conf",
    MODULES_TEXT: renderModulesFile(modules),
    SYSCTLS: Object.entries(sysctls)
      .map(([key, value]) => `${key}=${value}`)
      .join("\n"),
    SYSCTL_FILE: args.sysctlFile ?? "/etc/sysctl.d/99-kubernetes-cri.conf",
    SYSCTL_TEXT: renderSysctlFile(sysctls),
    SWAP: args.swap ?? "off",
    SWAP_SERVICES: swapServices.join(" "),
    ADDRESS: args.address ?? "",
    BRIDGE: args.bridge ?? cniDefaults.bridge,
  };
}
