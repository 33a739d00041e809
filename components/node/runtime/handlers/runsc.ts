import { stringify } from "smol-toml";
import type { Handler } from "./handler";

/**
 * gVisor: a kernel in user space that handles the containers' system calls, so that they do not reach the host's. The
 * release has a shim of its own, which containerd starts by its name (gvisor.dev, containerd quick start).
 *
 * Debian packages runsc without that shim, and runc's runs single containers with it (`ctr run`) and no pods: Debian
 * 13's runsc (20240729) is older than Debian 13's kernel (6.12) and ends with "cannot run with network enabled in root
 * network namespace".
 */
export const runsc: Handler = {
  name: "runsc",
  isolation: "userKernel",
  packages: [],
  noPackage:
    "Debian's package starts no pods, since it takes a pod's network namespace for the host's, and lacks gVisor's shim",
  release: {
    path: "/usr/local/bin/runsc",
    containerdRuntime: "io.containerd.runsc.v1",
    configFile: "/etc/containerd/runsc.toml",
    // All values are strings: each is one command line option of runsc.
    configText: (systemdCgroup) => stringify({ runsc_config: { "systemd-cgroup": String(systemdCgroup) } }),
  },
  devices: [],
  modules: [],
};
