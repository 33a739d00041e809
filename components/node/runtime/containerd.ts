import { stringify } from "smol-toml";
import { renderModulesFile } from "../kernelFiles";
import { fileVariables, type OwnedFile } from "../ownedFiles";
import { artifactLines } from "./artifacts/hostArtifacts";
import { runtimeArtifacts } from "./artifacts/settingsArtifacts";
import { containerdUnitFile, renderContainerdUnit } from "./containerdUnit";
import { registryFiles, serverOf } from "./containerdRegistries";
import { handlerModules, handlers, hostNeeds, runcShim, type HandlerName } from "./handlers";
import { handlerPackages, requiredProgram } from "./handlerPrograms";
import type { Runtime } from "./runtime";
import type { RegistryCredentials, RuntimeSettings } from "./runtimeSettings";
import { snapshotters, type SnapshotterName } from "./snapshotters";

/** Folder with a folder for each registry, which holds its `hosts.toml` (containerd, docs/hosts.md). */
const registryFolder = "/etc/containerd/certs.d";

/** Names the kernel modules that the handlers need at boot. */
const handlerModulesFile = "/etc/modules-load.d/hardway-handlers.conf";

/** containerd with its own CRI plugin. */
export const containerd: Runtime = {
  kind: "containerd",
  criName: "containerd",
  services: ["containerd.service"],
  configFile: "/etc/containerd/config.toml",
  socket: "/run/containerd/containerd.sock",
  handlers: ["runc", "crun", "runsc", "kata"],
  snapshotters: ["overlayfs", "btrfs", "zfs", "devmapper"],
  sources: ["distro", "release", "mirror"],
  release: "containerd",
  handlerReleases: (name) => handlers[name].releases,
  script: "30-containerd",
  storeFolder: snapshotterFolder,
  storageDriver: (snapshotter) => snapshotter,
  handlerProgram: (name, settings) => requiredProgram(name, settings).path,
  variables(settings) {
    return {
      SOURCE: settings.runtimeSource,
      ARTIFACTS: artifactLines(runtimeArtifacts(this, settings)),
      CONFIG_FILE: this.configFile,
      // The host's daemon decides which of the two it gets; its version is known only there.
      CONFIG_V2: renderContainerdV2(settings),
      CONFIG_V3: renderContainerdV3(settings),
      ...fileVariables(containerdFiles(settings)),
      HANDLERS: settings.handlers.map((name) => handlerLine(name, settings)).join("\n"),
      PACKAGES: handlerPackages(settings.handlers, settings).join(" "),
      ...hostNeeds(settings.handlers),
      SNAPSHOTTER: settings.snapshotter,
      SYSTEMD_CGROUP: String(isSystemd(settings)),
      SANDBOX_IMAGE: settings.sandboxImage,
      DEFAULT_HANDLER: settings.defaultHandler,
      REGISTRY_FOLDER: hasMirrors(settings) ? registryFolder : "",
      CNI_BIN_DIR: settings.cniBinDir,
      CNI_CONF_DIR: settings.cniConfDir,
      SOCKET: this.socket,
      IMAGE_ARCHIVES: settings.imageArchives.join("\n"),
    };
  },
  secrets: (settings, credentials) => ({
    CONFIG_V2: renderContainerdV2(settings, credentials),
    CONFIG_V3: renderContainerdV3(settings, credentials),
  }),
};

/** `config.toml` for containerd 1.x: schema 2 (containerd, docs/cri/config.md). */
export function renderContainerdV2(settings: RuntimeSettings, credentials: RegistryCredentials = {}): string {
  return stringify({
    version: 2,
    plugins: {
      "io.containerd.grpc.v1.cri": {
        sandbox_image: settings.sandboxImage,
        ...profiles(settings),
        containerd: { snapshotter: settings.snapshotter, ...handlerTables(settings) },
        cni: cniFolders(settings),
        ...registryTable(settings, credentials),
      },
      ...snapshotterTable(settings),
    },
  });
}

/**
 * `config.toml` for containerd 2.x: schema 3. 2.x would migrate schema 2, but loses keys on the way (a snapshotter
 * without a runtimes table), and 2.3's schema 4 is refused by 2.0 to 2.2: 3 is what every 2.x reads as written.
 * `bin_dir` is the one spelling that all of 2.x knows; 2.1 calls it deprecated in favour of `bin_dirs`.
 */
export function renderContainerdV3(settings: RuntimeSettings, credentials: RegistryCredentials = {}): string {
  return stringify({
    version: 3,
    plugins: {
      "io.containerd.cri.v1.images": {
        snapshotter: settings.snapshotter,
        pinned_images: { sandbox: settings.sandboxImage },
        ...registryTable(settings, credentials),
      },
      "io.containerd.cri.v1.runtime": {
        ...profiles(settings),
        containerd: handlerTables(settings),
        cni: cniFolders(settings),
      },
      ...snapshotterTable(settings),
    },
  });
}

/**
 * Files besides `config.toml`: a release's unit, and what the handlers' shims, the registries' clients and the next
 * boot read.
 */
export function containerdFiles(settings: RuntimeSettings): OwnedFile[] {
  const version = runtimeArtifacts(containerd, settings).find(({ name }) => name === "containerd")?.version;
  const unit = version === undefined ? [] : [{ path: containerdUnitFile, text: renderContainerdUnit(version) }];
  const shims = settings.handlers.flatMap((name): OwnedFile[] => {
    const { configFile, configText } = requiredProgram(name, settings);
    return configFile === undefined || configText === undefined
      ? []
      : [{ path: configFile, text: configText(isSystemd(settings)) }];
  });
  const modules = handlerModules(settings.handlers);
  const boot = modules.length === 0 ? [] : [{ path: handlerModulesFile, text: renderModulesFile(modules) }];
  return [...unit, ...shims, ...boot, ...registryFiles(registryFolder, settings.registryMirrors)];
}

/** Of containers that name none; both schemas have them at the top of the CRI plugin's table (containerd, docs/cri/config.md). */
function profiles({ seccompProfile, appArmorProfile }: RuntimeSettings) {
  return {
    ...(seccompProfile === "unconfined" ? {} : { unset_seccomp_profile: seccompProfile }),
    ...(appArmorProfile === "unconfined" ? { disable_apparmor: true } : {}),
  };
}

/** The part of the `containerd` table that both schemas have. */
function handlerTables(settings: RuntimeSettings) {
  return {
    default_runtime_name: settings.defaultHandler,
    runtimes: Object.fromEntries(settings.handlers.map((name) => [name, handlerTable(name, settings)])),
  };
}

function handlerTable(name: HandlerName, settings: RuntimeSettings) {
  const { path, containerdRuntime, configFile } = requiredProgram(name, settings);
  if (containerdRuntime === runcShim) {
    // All handlers of this shim share one cgroup tree, so all of them have the same driver.
    const options = { SystemdCgroup: isSystemd(settings) };
    return {
      runtime_type: containerdRuntime,
      options: path === "runc" ? options : { BinaryName: path, ...options },
    };
  }
  if (handlers[name].isolation === "machine") {
    return {
      runtime_type: containerdRuntime,
      // The archive's folder is on nobody's PATH.
      runtime_path: path,
      // A privileged pod gets its own machine's devices and not the host's (Kata, how to use it with containerd).
      privileged_without_host_devices: true,
      pod_annotations: ["io.katacontainers.*"],
      options: { ConfigPath: configFile },
    };
  }
  return {
    runtime_type: containerdRuntime,
    options: { TypeUrl: `${containerdRuntime}.options`, ConfigPath: configFile },
  };
}

/** One line of the script's HANDLERS: name, shim, program, and what its options must say, `-` for nothing. */
function handlerLine(name: HandlerName, settings: RuntimeSettings): string {
  const { path, containerdRuntime, configFile } = requiredProgram(name, settings);
  return [name, containerdRuntime, path, configFile ?? "-"].join(" ");
}

/** A snapshotter's own folder, named after its plugin. */
function snapshotterFolder(snapshotter: SnapshotterName): string {
  return `/var/lib/containerd/io.containerd.snapshotter.v1.${snapshotter}`;
}

function snapshotterTable({ snapshotter }: RuntimeSettings) {
  const { store } = snapshotters[snapshotter];
  if (store?.kind !== "pool") return {};
  return {
    [`io.containerd.snapshotter.v1.${snapshotter}`]: {
      root_path: snapshotterFolder(snapshotter),
      pool_name: store.pool,
      // Of each container's thin device, which takes up what is written to it and no more.
      base_image_size: "8192MB",
      // Gives the blocks of removed images back to the pool, and from a loop device to the root disk.
      discard_blocks: true,
    },
  };
}

/**
 * Logins in `registry.configs` are called deprecated, but "will not be removed until a suitable alternative is
 * available" (containerd, docs/cri/registry.md); `hosts.toml` has no place for them.
 */
function registryTable(settings: RuntimeSettings, credentials: RegistryCredentials) {
  const logins = Object.entries(credentials);
  if (!hasMirrors(settings) && logins.length === 0) return {};
  return {
    registry: {
      ...(hasMirrors(settings) ? { config_path: registryFolder } : {}),
      ...(logins.length === 0
        ? {}
        : {
            configs: Object.fromEntries(
              logins.map(([host, { username, password }]) => [serverOf(host), { auth: { username, password } }]),
            ),
          }),
    },
  };
}

function hasMirrors({ registryMirrors }: RuntimeSettings): boolean {
  return Object.keys(registryMirrors).length > 0;
}

function isSystemd({ cgroupDriver }: RuntimeSettings): boolean {
  return cgroupDriver === "systemd";
}

function cniFolders(settings: RuntimeSettings) {
  return { bin_dir: settings.cniBinDir, conf_dir: settings.cniConfDir };
}
