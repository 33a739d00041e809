import type { HandlerPlan } from "../../components/labPlan";
import type { Rows } from "./rows";

/** What a container's kernel reported. */
interface KernelSight {
  /** `uname -r` in the container, and what its kernel's log holds. */
  readonly kernel: string;
  readonly messages: string;
}

/** Asks a container for its kernel: the first line is `uname -r`, the rest the start of its log. */
export const kernelCommand = ["/bin/busybox", "sh", "-c", "uname -r; dmesg 2>&1 | head -n 20"];

/** Handlers that need a separate pod: all but the default one, which the probe pod covers unless it is a sandbox. */
export function handlersToTry(handlers: readonly HandlerPlan[], defaultHandler: string): readonly HandlerPlan[] {
  return handlers.filter(({ name, isolation }) => name !== defaultHandler || isolation !== "namespaces");
}

/**
 * Checks that a handler's container runs on the host's kernel, or on another one where the handler must isolate it.
 *
 * @param hostKernel `uname -r` of the host
 */
export function judgeHandlerKernel(
  rows: Rows,
  { name, isolation }: HandlerPlan,
  seen: KernelSight,
  hostKernel: string,
): void {
  const check = `kernel of handler ${name}`;
  if (isolation === "namespaces")
    return rows.add(check, `the host's ${hostKernel}`, seen.kernel, seen.kernel === hostKernel);
  const apart = seen.kernel !== "" && seen.kernel !== hostKernel;
  if (isolation === "machine") return rows.add(check, `not the host's ${hostKernel}`, seen.kernel, apart);
  // gVisor's log begins with its own name, and its kernel has a version of its own (gvisor, dmesg).
  const gvisor = seen.messages.split("\n").find((line) => /gvisor/i.test(line));
  const text = `${seen.kernel}; ${gvisor?.trim() ?? `no word of gVisor in: ${seen.messages.trim().slice(0, 120)}`}`;
  rows.add(check, `not the host's ${hostKernel}; its messages name gVisor`, text, apart && gvisor !== undefined);
}
