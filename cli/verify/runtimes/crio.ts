import { parse } from "smol-toml";
import { asPlanned, at, foldersAt, judgeProgram, parseInfo, textAt, type RuntimeJudge, type Subject } from "./judge";
import { judgeOtherSockets } from "./otherSockets";

/**
 * CRI-O reports its whole running configuration, and the OCI specification and first process of a sandbox or container
 * (cri-o 1.34, server/sandbox_status.go, server/container_status.go). The OCI runtime is among the arguments of conmon, which
 * CRI-O starts for every container, and the snapshotter shows in the file system of the container's root.
 */
export const crioJudge: RuntimeJudge = {
  judgeSettings(rows, runtime, cni, facts) {
    const status = facts.get("config");
    rows.exits("crio status config", status);
    const config = status.code === 0 ? parse(status.text)["crio"] : {};
    const setting = (...path: string[]) => textAt(config, ...path);
    rows.equal("cgroup driver", runtime.cgroupDriver, setting("runtime", "cgroup_manager"));
    rows.equal("storage driver", runtime.storageDriver, setting("storage_driver"));
    rows.equal("default handler", runtime.defaultHandler, setting("runtime", "default_runtime"));
    for (const handler of runtime.handlers) {
      judgeProgram(rows, handler, at(config, "runtime", "runtimes"), "runtime_path");
    }
    rows.equal("sandbox image", runtime.sandboxImage, setting("image", "pause_image"));
    rows.equal("CNI plugin folder", cni.binDir, foldersAt(config, "network", "plugin_dirs"));
    rows.equal("CNI configuration folder", cni.confDir, setting("network", "network_dir"));
    judgeOtherSockets(rows, runtime, facts);
  },

  seeSandbox(rows, { sandboxImage }, { info }) {
    // The info's `image` is missing where CRI-O drops the infra container; the annotation is there for all pods.
    const seen = textAt(parseInfo(info), "runtimeSpec", "annotations", "io.kubernetes.cri-o.Image");
    rows.equal("image of the sandbox", fullName(sandboxImage), seen);
  },

  async seeContainer(rows, { snapshotter, handlers, defaultHandler }, container) {
    const { filesystem, called } = await lookAtHost(container);
    const handler = handlers.find(({ name }) => name === defaultHandler);
    rows.equal("snapshotter of the container", snapshotter, filesystem);
    // A virtual machine's shim does not run under conmon, and CRI-O does not report the shim.
    if (handler === undefined || handler.isolation === "machine") return;
    rows.equal("runtime of the container", handler.program, asPlanned(handler.program, called));
  },

  async seeHandler(rows, { name, isolation, program }, container) {
    if (isolation === "machine") return;
    const { called } = await lookAtHost(container);
    rows.equal(`program of handler ${name}`, program, asPlanned(program, called));
  },
};

async function lookAtHost({ info, ask }: Subject): Promise<{ filesystem?: string; called?: string }> {
  const seen = parseInfo(info);
  const pid = at(seen, "pid");
  const root = textAt(seen, "runtimeSpec", "root", "path");
  if (typeof pid !== "number" || root === undefined) return {};
  const facts = (await ask({ conmon: { PID: String(pid), ROOT: root } }))("conmon");
  // Our names of snapshotters are GNU stat's names of file systems.
  return { filesystem: facts.text("filesystem"), called: calledBy(facts.text("monitor")) };
}

/** The OCI runtime that conmon was started with (conmon(8), `--runtime`, which CRI-O writes `-r`). */
function calledBy(monitor: string): string {
  const words = monitor.split("\n");
  const program = words[0]?.endsWith("/conmon") === true ? words[words.indexOf("-r") + 1] : undefined;
  return program ?? `unknown: its parent process is not conmon but ${words.join(" ")}`;
}

/**
 * An image's name with registry and tag, as CRI-O completes it (distribution/reference, ParseNormalizedNamed,
 * TagNameOnly).
 */
export function fullName(image: string): string {
  const [first = "", ...rest] = image.split("/");
  const named = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  const path = named ? image : `docker.io/${rest.length > 0 ? "" : "library/"}${image}`;
  return /[:@][^/]*$/.test(path) ? path : `${path}:latest`;
}
