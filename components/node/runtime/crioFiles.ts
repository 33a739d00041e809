import { stringify, type TomlTable } from "smol-toml";
import { renderJson } from "../ownedFiles";
import type { RegistryCredentials, RuntimeSettings } from "./runtimeSettings";
import { localRegistry } from "./localRegistry";
import { renderUnit, unitCommand, unitComment } from "./systemdUnit";

/** A handler in CRI-O's terms (crio.conf(5), "CRIO.RUNTIME.RUNTIMES TABLE"). */
export interface CrioHandler {
  readonly name: string;
  /** Program that runs containers: an OCI runtime, or the shim of a virtual machine. @default the name, on the PATH */
  readonly path?: string;
  /** Where the program keeps its state. */
  readonly root: string;
  /** `vm` for a shim such as Kata's, else `oci`. */
  readonly type: "oci" | "vm";
  /** The shim's own configuration; type vm only. */
  readonly configPath?: string;
}

const systemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What CRI-O's configuration says. */
export interface CrioConfig extends Pick<
  RuntimeSettings,
  "cgroupDriver" | "defaultHandler" | "sandboxImage" | "appArmorProfile" | "cniBinDir" | "cniConfDir"
> {
  /** Driver of containers/storage (containers-storage.conf(5)). */
  readonly storageDriver: string;
  readonly handlers: readonly CrioHandler[];
  /** conmon, which watches over each container. @default the one on the PATH */
  readonly monitorPath?: string;
  readonly signaturePolicy: string;
  /** Logins to registries (containers-auth.json(5)). */
  readonly authFile?: string;
}

/**
 * The drop-in for `/etc/crio/crio.conf.d`. A later drop-in replaces a handler's table as a whole, so each is complete
 * (CRI-O decodes into a map). Programs without a path are looked for on the daemon's PATH, as CRI-O does with the
 * handler crun, which it has by itself (CRI-O 1.34, pkg/config: ValidateRuntimePath, ValidateConmonPath,
 * ValidatePinnsPath).
 */
function crioTables(config: CrioConfig): TomlTable {
  return {
    crio: {
      storage_driver: config.storageDriver,
      runtime: {
        cgroup_manager: config.cgroupDriver,
        default_runtime: config.defaultHandler,
        ...(config.appArmorProfile === "unconfined" ? { apparmor_profile: config.appArmorProfile } : {}),
        // gVisor puts containers into the sandbox of the infra container, which CRI-O otherwise leaves out.
        drop_infra_ctr: !config.handlers.some(({ name }) => name === "runsc"),
        runtimes: Object.fromEntries(config.handlers.map((handler) => [handler.name, handlerTable(handler, config)])),
      },
      image: {
        pause_image: config.sandboxImage,
        // They are in no registry, so the kubelet is not to remove them for want of space.
        pinned_images: [`${localRegistry}/*`],
        signature_policy: config.signaturePolicy,
        ...(config.authFile === undefined ? {} : { global_auth_file: config.authFile }),
      },
      network: { network_dir: config.cniConfDir, plugin_dirs: [config.cniBinDir] },
    },
  };
}

function handlerTable(handler: CrioHandler, { cgroupDriver, monitorPath }: CrioConfig): TomlTable {
  const common = {
    ...(handler.path === undefined ? {} : { runtime_path: handler.path }),
    runtime_root: handler.root,
    runtime_type: handler.type,
  };
  if (handler.type === "vm")
    return {
      ...common,
      ...(handler.configPath === undefined ? {} : { runtime_config_path: handler.configPath }),
      privileged_without_host_devices: true,
    };
  return {
    ...common,
    ...(monitorPath === undefined ? {} : { monitor_path: monitorPath }),
    // Of systemd a slice, of cgroupfs only the pod's own cgroup or none (CRI-O's TranslateMonitorFields).
    monitor_cgroup: cgroupDriver === "systemd" ? "system.slice" : "pod",
    monitor_env: [`PATH=${systemPath}`],
  };
}

/** The drop-in's text. */
export function renderCrioConf(config: CrioConfig): string {
  return stringify(crioTables(config));
}

/**
 * What `crio status config` must say for the drop-in to be in effect, one `TABLE|KEY=VALUE` a line, with values as
 * CRI-O prints them: CRI-O drops a key that it does not know, and a handler that it finds fault with, without an error.
 * The pinned images are left out, since CRI-O adds its pause image to them.
 */
export function crioExpectations(config: CrioConfig): string {
  return expectations([], crioTables(config))
    .filter((line) => !line.startsWith("crio.image|pinned_images="))
    .join("\n");
}

function expectations(path: readonly string[], table: TomlTable): string[] {
  return Object.entries(table).flatMap(([key, value]) => {
    if (typeof value === "object" && !Array.isArray(value)) return expectations([...path, key], value as TomlTable);
    const text = Array.isArray(value)
      ? `[${value.map((item) => JSON.stringify(item)).join(", ")}]`
      : JSON.stringify(value);
    return [`${path.join(".")}|${key}=${text}`];
  });
}

/** `policy.json` (containers-policy.json(5)): CRI-O pulls nothing without one; this one asks for no signatures. */
export function renderImagePolicy(): string {
  return renderJson({ default: [{ type: "insecureAcceptAnything" }] });
}

/**
 * The drop-in for `/etc/containers/registries.conf.d` (containers-registries.conf(5)). Names without a registry mean
 * Docker Hub, as with the other runtimes. A mirror is a name without a scheme there; one of plain HTTP is `insecure`.
 *
 * @param mirrors URLs to ask before the registry itself, in order, by the registry's host
 */
export function renderRegistriesConf(mirrors: Readonly<Record<string, readonly string[]>>): string {
  const registries = Object.entries(mirrors).map(([registry, urls]) => ({
    location: registry,
    mirror: urls.map((url) => ({
      location: url.replace(/^https?:\/\//, "").replace(/\/+$/, ""),
      ...(url.startsWith("http://") && { insecure: true }),
    })),
  }));
  return stringify({
    "unqualified-search-registries": ["docker.io"],
    ...(registries.length > 0 && { registry: registries }),
  });
}

/** Logins to registries (containers-auth.json(5)). Secret. */
export function renderContainersAuth(credentials: RegistryCredentials): string {
  const auths = Object.entries(credentials).map(([host, { username, password }]) => [
    host,
    { auth: Buffer.from(`${username}:${password}`).toString("base64") },
  ]);
  return renderJson({ auths: Object.fromEntries(auths) as unknown });
}

/**
 * `crio.service` for CRI-O from an archive, with the settings of upstream's packages (cri-o/packaging, crio.service).
 *
 * @param folder the archive's programs, which go before the host's own: an archive may have its own conmon, runc and
 *   crun
 */
export function renderCrioUnit(folder: string): string {
  return renderUnit(
    {
      Unit: {
        Description: "Container Runtime Interface for OCI (CRI-O)",
        Documentation: "https://github.com/cri-o/cri-o",
        Wants: "network-online.target",
        Before: "kubelet.service",
        After: "network-online.target",
      },
      Service: {
        Type: "notify",
        Environment: `PATH=${folder}:${systemPath}`,
        ExecStart: unitCommand([`${folder}/crio`]),
        ExecReload: "/bin/kill -s HUP $MAINPID",
        TasksMax: "infinity",
        LimitNOFILE: "1048576",
        LimitNPROC: "1048576",
        LimitCORE: "infinity",
        OOMScoreAdjust: "-999",
        TimeoutStartSec: "0",
        Restart: "on-failure",
        RestartSec: "10",
      },
      Install: {
        WantedBy: "multi-user.target",
        Alias: "cri-o.service",
      },
    },
    unitComment,
  );
}
