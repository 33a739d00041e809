import type { Handler } from "./handler";

/** Kata Containers: every pod in a small virtual machine. No distribution packages it. */
export const kata: Handler = {
  name: "kata",
  isolation: "machine",
  packages: [],
  release: {
    path: "/opt/kata/bin/containerd-shim-kata-v2",
    containerdRuntime: "io.containerd.kata.v2",
    configFile: "/opt/kata/share/defaults/kata-containers/configuration.toml",
  },
  devices: ["/dev/kvm"],
  modules: ["vhost", "vhost_net", "vhost_vsock"],
  // What Kata's own RuntimeClass asks for with QEMU (kata-deploy, runtimeclasses).
  overhead: { cpu: "250m", memory: "160Mi" },
};
