import type { Handler } from "./handler";

/**
 * containerd's shim for every program with runc's command line, since 1.3 (containerd,
 * docs/man/containerd-config.toml.5.md).
 */
export const runcShim = "io.containerd.runc.v2";

/** The reference implementation of the OCI runtime specification. */
export const runc: Handler = {
  name: "runc",
  isolation: "namespaces",
  packages: ["runc"],
  // A name: distributions put it in /usr/bin or /usr/sbin, and containerd looks for this one without being told.
  distro: { path: "runc", containerdRuntime: runcShim },
  release: { path: "runc", containerdRuntime: runcShim },
  devices: [],
  modules: [],
};
