import { stringify } from "smol-toml";
import type { Runtime } from "./runtime";

/** containerd with its own CRI plugin, from the distribution's packages (seed document 001). */
export const containerd: Runtime = {
  configFile: "/etc/containerd/config.toml",
  socket: "/run/containerd/containerd.sock",
  defaultHandler: "runc",
  script: "30-containerd",
  variables(settings) {
    const config = {
      snapshotter: settings.snapshotter,
      defaultHandler: this.defaultHandler,
      systemdCgroup: settings.cgroupDriver === "systemd",
      sandboxImage: settings.sandboxImage,
      cniBinDir: settings.cniBinDir,
      cniConfDir: settings.cniConfDir,
    };
    return {
      CONFIG_FILE: this.configFile,
      // The host's daemon decides which of the two it gets; its version is known only there.
      CONFIG_V2: renderContainerdV2(config),
      CONFIG_V3: renderContainerdV3(config),
      SNAPSHOTTER: config.snapshotter,
      SYSTEMD_CGROUP: String(config.systemdCgroup),
      SANDBOX_IMAGE: config.sandboxImage,
      DEFAULT_HANDLER: config.defaultHandler,
      CNI_BIN_DIR: config.cniBinDir,
      CNI_CONF_DIR: config.cniConfDir,
      SOCKET: this.socket,
    };
  },
};

/** What a containerd configuration says; the same facts in the schema of either major version. */
export interface ContainerdConfig {
  readonly snapshotter: string;
  /** Name of the handler that pods without a RuntimeClass get. */
  readonly defaultHandler: string;
  readonly systemdCgroup: boolean;
  readonly sandboxImage: string;
  readonly cniBinDir: string;
  readonly cniConfDir: string;
}

/** Runtime v2 shim of runc, in containerd since 1.3 (seed documents 001, 004). */
const runcRuntime = "io.containerd.runc.v2";

/** `config.toml` for containerd 1.x: schema 2, as in seed documents 001 and 004. */
export function renderContainerdV2(config: ContainerdConfig): string {
  return stringify({
    version: 2,
    plugins: {
      "io.containerd.grpc.v1.cri": {
        sandbox_image: config.sandboxImage,
        containerd: { snapshotter: config.snapshotter, ...handlers(config) },
        cni: cniFolders(config),
      },
    },
  });
}

/**
 * `config.toml` for containerd 2.x: schema 3. 2.x would migrate schema 2, but loses keys on the way (a snapshotter
 * without a runtimes table), and 2.3's schema 4 is refused by 2.0 to 2.2: 3 is what every 2.x reads as written.
 * `bin_dir` is the one spelling that all of 2.x knows; 2.1 calls it deprecated in favour of `bin_dirs`.
 */
export function renderContainerdV3(config: ContainerdConfig): string {
  return stringify({
    version: 3,
    plugins: {
      "io.containerd.cri.v1.images": {
        snapshotter: config.snapshotter,
        pinned_images: { sandbox: config.sandboxImage },
      },
      "io.containerd.cri.v1.runtime": {
        containerd: handlers(config),
        cni: cniFolders(config),
      },
    },
  });
}

/** The part of the `containerd` table that both schemas have. */
function handlers(config: ContainerdConfig) {
  return {
    default_runtime_name: config.defaultHandler,
    runtimes: {
      [config.defaultHandler]: { runtime_type: runcRuntime, options: { SystemdCgroup: config.systemdCgroup } },
    },
  };
}

function cniFolders(config: ContainerdConfig) {
  return { bin_dir: config.cniBinDir, conf_dir: config.cniConfDir };
}
