import type { Handler } from "./handler";

/** containerd's shim for every program with runc's command line, since 1.3 (seed documents 001, 004). */
export const runcShim = "io.containerd.runc.v2";

/** The reference implementation of the OCI runtime specification (seed document 004). */
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
