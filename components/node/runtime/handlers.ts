import { stringify } from "smol-toml";
import type { ArtifactName } from "./artifacts/lock";

/** What runs a pod's containers: the `handler` of a RuntimeClass. */
export const HandlerName = {
  /** The reference implementation of the OCI runtime specification. */
  Runc: "runc",
  /** The OCI runtime in C, with runc's command line. */
  Crun: "crun",
  /** gVisor: a kernel in user space. */
  Runsc: "runsc",
  /** Kata Containers: every pod in a small virtual machine. */
  Kata: "kata",
} as const;
export type HandlerName = (typeof HandlerName)[keyof typeof HandlerName];

/**
 * What keeps a pod's processes from the host's kernel: namespaces alone, a kernel in user space (gVisor), or a virtual
 * machine with a kernel of its own.
 */
export const Isolation = { Namespaces: "namespaces", UserKernel: "userKernel", Machine: "machine" } as const;
export type Isolation = (typeof Isolation)[keyof typeof Isolation];

/** How a handler's program is called. */
export interface HandlerProgram {
  /**
   * Absolute path of the OCI runtime, or of the shim where there is nothing else; a plain name is looked for on a
   * service's PATH.
   */
  readonly path: string;
  /** containerd's shim for it, by the name that containerd derives the shim's program from. */
  readonly containerdRuntime: string;
  /** The shim's own configuration file. */
  readonly configFile?: string;
  /** Text of that file where it is ours and not part of what is installed. */
  readonly configText?: (systemdCgroup: boolean) => string;
}

interface Handler {
  readonly isolation: Isolation;
  /** Packages of Debian and Ubuntu that bring it; none where they do not have it. */
  readonly packages: readonly string[];
  /** As the distribution's packages install it. */
  readonly distro?: HandlerProgram;
  /** Why packages do not bring it. @default nobody packages it */
  readonly noPackage?: string;
  /** The releases that bring its programs, all of one version. */
  readonly releases: readonly [ArtifactName, ...ArtifactName[]];
  /** As these install it. */
  readonly release: HandlerProgram;
  /** Devices that must be there before anything is installed. @default none */
  readonly devices?: readonly string[];
  /** Kernel modules that must be there before anything is installed, and are loaded at boot. @default none */
  readonly modules?: readonly string[];
  /** What its sandbox takes besides the pod's own containers; the `overhead` of its RuntimeClass. */
  readonly overhead?: { readonly cpu: string; readonly memory: string };
}

/**
 * containerd's shim for every program with runc's command line, since 1.3 (containerd,
 * docs/man/containerd-config.toml.5.md).
 */
export const runcShim = "io.containerd.runc.v2";

export const handlers: Readonly<Record<HandlerName, Handler>> = {
  runc: {
    isolation: "namespaces",
    packages: ["runc"],
    releases: ["runc"],
    // A name: distributions put it in /usr/bin or /usr/sbin, and containerd looks for this one without being told.
    distro: { path: "runc", containerdRuntime: runcShim },
    release: { path: "runc", containerdRuntime: runcShim },
  },
  /** The OCI runtime in C: starts faster and takes less memory than runc, whose command line it has. */
  crun: {
    isolation: "namespaces",
    packages: ["crun"],
    releases: ["crun"],
    distro: { path: "/usr/bin/crun", containerdRuntime: runcShim },
    release: { path: "/usr/local/bin/crun", containerdRuntime: runcShim },
  },
  /**
   * gVisor: a kernel in user space that handles the containers' system calls, so that they do not reach the host's. The
   * release has a shim of its own, which containerd starts by its name (gvisor.dev, containerd quick start).
   *
   * Debian packages runsc without that shim, and runc's runs single containers with it (`ctr run`) and no pods: Debian
   * 13's runsc (20240729) is older than Debian 13's kernel (6.12) and ends with "cannot run with network enabled in
   * root network namespace".
   */
  runsc: {
    isolation: "userKernel",
    packages: [],
    noPackage:
      "Debian's package starts no pods, since it takes a pod's network namespace for the host's, and lacks gVisor's shim",
    releases: ["runsc", "containerd-shim-runsc-v1"],
    release: {
      path: "/usr/local/bin/runsc",
      containerdRuntime: "io.containerd.runsc.v1",
      configFile: "/etc/containerd/runsc.toml",
      // All values are strings: each is one command line option of runsc.
      configText: (systemdCgroup) => stringify({ runsc_config: { "systemd-cgroup": String(systemdCgroup) } }),
    },
  },
  /** Kata Containers: every pod in a small virtual machine. No distribution packages it. */
  kata: {
    isolation: "machine",
    packages: [],
    releases: ["kata"],
    release: {
      path: "/opt/kata/bin/containerd-shim-kata-v2",
      containerdRuntime: "io.containerd.kata.v2",
      configFile: "/opt/kata/share/defaults/kata-containers/configuration.toml",
    },
    devices: ["/dev/kvm"],
    modules: ["vhost", "vhost_net", "vhost_vsock"],
    // What Kata's own RuntimeClass asks for with QEMU (kata-deploy, runtimeclasses).
    overhead: { cpu: "250m", memory: "160Mi" },
  },
};

export const handlerNames = Object.keys(handlers) as HandlerName[];

/** The variables DEVICES and MODULES of a script that calls `scripts/node/lib-handlers.sh`. */
export function hostNeeds(names: readonly HandlerName[]): { DEVICES: string; MODULES: string } {
  return {
    DEVICES: names.flatMap((name) => handlers[name].devices ?? []).join(" "),
    MODULES: handlerModules(names).join(" "),
  };
}

/** The kernel modules that these need. */
export function handlerModules(names: readonly HandlerName[]): string[] {
  return names.flatMap((name) => handlers[name].modules ?? []);
}
