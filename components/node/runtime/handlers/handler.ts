import { crun } from "./crun";
import { kata } from "./kata";
import { runc } from "./runc";
import { runsc } from "./runsc";

/** What runs a pod's containers: the `handler` of a RuntimeClass. */
export type HandlerName = "runc" | "crun" | "runsc" | "kata";

/**
 * What keeps a pod's processes from the host's kernel: namespaces alone, a kernel in user space (gVisor), or a virtual
 * machine with a kernel of its own.
 */
export type Isolation = "namespaces" | "userKernel" | "machine";

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

export interface Handler {
  readonly name: HandlerName;
  readonly isolation: Isolation;
  /** Packages of Debian and Ubuntu that bring it; none where they do not have it. */
  readonly packages: readonly string[];
  /** As the distribution's packages install it. */
  readonly distro?: HandlerProgram;
  /** Why packages do not bring it. @default nobody packages it */
  readonly noPackage?: string;
  /** As the project's own archives install it. */
  readonly release: HandlerProgram;
  /** Devices that must be there before anything is installed. */
  readonly devices: readonly string[];
  /** Kernel modules that must be there before anything is installed, and are loaded at boot. */
  readonly modules: readonly string[];
  /** What its sandbox takes besides the pod's own containers; the `overhead` of its RuntimeClass. */
  readonly overhead?: { readonly cpu: string; readonly memory: string };
}

export const handlers: Readonly<Record<HandlerName, Handler>> = { runc, crun, runsc, kata };

export const handlerNames = Object.keys(handlers) as HandlerName[];

/** The variables DEVICES and MODULES of a script that calls `scripts/node/lib-handlers.sh`. */
export function hostNeeds(names: readonly HandlerName[]): { DEVICES: string; MODULES: string } {
  return {
    DEVICES: names.flatMap((name) => handlers[name].devices).join(" "),
    MODULES: names.flatMap((name) => handlers[name].modules).join(" "),
  };
}
