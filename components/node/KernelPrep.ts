import * as pulumi from "@pulumi/pulumi";
import { cniDefaults } from "./cniFiles";
import { hostDefaults } from "./hostDefaults";
import { runStep, visibleArgs, type HostStepArgs, type KnownArgs } from "./runStep";
import {
  kernelModules,
  kernelSysctls,
  renderModulesFile,
  renderSysctlFile,
  swapServices,
  sysctlLines,
} from "./kernelFiles";

/** What becomes of a host's swap. */
export const Swap = {
  /** No swap now and after a reboot, as the kubelet wants by default. */
  Off: "off",
  /** Left alone. */
  Keep: "keep",
} as const;
export type Swap = (typeof Swap)[keyof typeof Swap];

/** How a kernel has a module. */
export const ModuleState = {
  /** Loaded, now and at each boot. */
  Loaded: "loaded",
  /** Built into the kernel. */
  Builtin: "builtin",
} as const;
export type ModuleState = (typeof ModuleState)[keyof typeof ModuleState];

export interface KernelPrepArgs extends HostStepArgs {
  /**
   * File for systemd-modules-load(8). The Kubernetes documentation calls it `k8s.conf`.
   *
   * @default /etc/modules-load.d/containerd.conf
   */
  readonly modulesFile?: pulumi.Input<string>;
  /**
   * File for sysctl.d(5). The Kubernetes documentation calls it `k8s.conf`, containerd's `99-kubernetes-cri.conf`.
   *
   * @default /etc/sysctl.d/99-kubernetes-cri.conf
   */
  readonly sysctlFile?: pulumi.Input<string>;
  /** Modules besides overlay and br_netfilter, e.g. `ip_vs`. @default none */
  readonly extraModules?: pulumi.Input<pulumi.Input<string>[]>;
  /** Sysctls besides the bridge and forwarding ones, e.g. `{ "vm.max_map_count": "262144" }`. @default none */
  readonly extraSysctls?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Whether the host may have swap. @default off */
  readonly swap?: pulumi.Input<Swap>;
  /**
   * The host's own IPv4 address on the network of the other hosts: the card with it has to forward packets, as well as
   * that of the default route, `bridge` and all cards to come.
   *
   * @default only the others are looked at
   */
  readonly address?: pulumi.Input<string>;
  /** The bridge that the pods are on, whether it is there already or not. @default cni0 */
  readonly bridge?: pulumi.Input<string>;
}

export interface KernelFacts {
  /** Release of the kernel, as `uname -r` prints it. */
  readonly kernel: string;
  /** How each module is there. */
  readonly modules: Readonly<Record<string, ModuleState>>;
  /** Values read back from the kernel. */
  readonly sysctls: Readonly<Record<string, string>>;
  /** 2 for the unified hierarchy. */
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
export class KernelPrep extends pulumi.ComponentResource {
  /** What the step found and did. */
  readonly facts: pulumi.Output<KernelFacts>;

  constructor(name: string, args: KernelPrepArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:index:KernelPrep", name, visibleArgs(args), opts);
    this.facts = runStep(
      this,
      name,
      args,
      { script: "20-kernel-prep", undoScript: "20-kernel-prep.undo", variables: kernelVariables },
      opts,
    );
    this.registerOutputs();
  }
}

function kernelVariables(args: KnownArgs<KernelPrepArgs>): Record<string, string> {
  const modules = [...kernelModules, ...(args.extraModules ?? [])];
  const sysctls = { ...kernelSysctls, ...args.extraSysctls };
  return {
    MODULES: modules.join(" "),
    MODULES_FILE: args.modulesFile ?? hostDefaults.modulesFile,
    MODULES_TEXT: renderModulesFile(modules),
    SYSCTLS: sysctlLines(sysctls),
    SYSCTL_FILE: args.sysctlFile ?? hostDefaults.sysctlFile,
    SYSCTL_TEXT: renderSysctlFile(sysctls),
    SWAP: args.swap ?? "off",
    SWAP_SERVICES: swapServices.join(" "),
    ADDRESS: args.address ?? "",
    BRIDGE: args.bridge ?? cniDefaults.bridge,
  };
}
