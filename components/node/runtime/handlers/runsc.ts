import { stringify } from "smol-toml";
import type { Handler } from "./handler";
import { runcShim } from "./runc";

/**
 * gVisor: a kernel in user space that answers the containers' system calls, so that they do not reach the host's
 * (seed documents 003, 004).
 *
 * Debian packages runsc without its shim, and runc's shim runs single containers with it (`ctr run`). The release has a
 * shim of its own, which containerd asks for by another name (gvisor, containerd quick start).
 *
 * Debian 13's runsc (20240729) is older than Debian 13's kernel (6.12), takes a pod's network namespace for the host's, and
 * starts no sandbox ("cannot run with network enabled in root network namespace"). `hardway verify` shows it.
 */
export const runsc: Handler = {
  name: "runsc",
  isolation: "userKernel",
  packages: ["runsc"],
  distro: { path: "/usr/bin/runsc", containerdRuntime: runcShim },
  release: {
    path: "/usr/local/bin/runsc",
    containerdRuntime: "io.containerd.runsc.v1",
    configFile: "/etc/containerd/runsc.toml",
    // Its values are texts, whatever they stand for: each is one command line option of runsc.
    configText: (systemdCgroup) => stringify({ runsc_config: { "systemd-cgroup": String(systemdCgroup) } }),
  },
  devices: [],
  modules: [],
};
