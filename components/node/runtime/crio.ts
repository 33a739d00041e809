import { renderAptSources } from "./aptRepository";
import { archiveLines, archiveProblems, archivesOr, versionProblem } from "./archive";
import {
  crioExpectations,
  renderContainersAuth,
  renderCrioConf,
  renderCrioUnit,
  renderImagePolicy,
  renderRegistriesConf,
  type CrioConfig,
  type CrioHandler,
} from "./crioFiles";
import { handlers, hostNeeds, type HandlerName } from "./handlers/handler";
import { repositorySettingProblems } from "./repositorySettings";
import {
  fileVariables,
  type OwnedFile,
  type RegistryCredentials,
  type Runtime,
  type RuntimeSettings,
  type SettingProblem,
} from "./runtime";
import type { SnapshotterName } from "./snapshotters/snapshotter";

/** A link to the archive's folder in use, so that the unit stays the same in an upgrade. */
const archiveFolder = "/opt/hardway/crio/current";
const policyFile = "/etc/crio/policy.json";
const authFile = "/etc/crio/auth.json";

/** containers/storage's names (containers-storage.conf(5)); it has no devmapper. */
const storageDriver = (snapshotter: SnapshotterName) => (snapshotter === "overlayfs" ? "overlay" : snapshotter);

/** CRI-O (seed document 003). No distribution of Debian's family packages it. */
export const crio: Runtime = {
  kind: "crio",
  criName: "cri-o",
  services: ["crio.service"],
  configFile: "/etc/crio/crio.conf.d/99-hardway.conf",
  socket: "/var/run/crio/crio.sock",
  handlers: ["runc", "crun", "runsc", "kata"],
  snapshotters: ["overlayfs", "btrfs", "zfs"],
  sources: ["release", "mirror", "repository"],
  reasons: { devmapper: "containers/storage has no such driver" },
  programSettings: ["runtimeArchives", "runtimeRepositories"],
  script: "31-crio",
  // containers/storage keeps all of a btrfs or zfs store below its root (containers-storage.conf(5)).
  storeFolder: () => "/var/lib/containers/storage",
  storageDriver,
  handlerProgram: (name, settings) => handler(name, settings).path,
  problems(settings) {
    const problems: SettingProblem[] = [...repositorySettingProblems(settings)];
    if (!isPackaged(settings) && settings.runtimeArchives.length === 0) {
      const unknown = versionProblem("cri-o", settings.runtimeVersion);
      if (unknown !== undefined)
        problems.push({ setting: "runtimeVersion", rule: `is not known: ${unknown}`, got: settings.runtimeVersion });
    }
    if (settings.imageArchives.length > 0) {
      const rule = "must be empty with runtime crio, which has no import; give it a registry or a mirror";
      problems.push({ setting: "imageArchives", rule, got: settings.imageArchives });
    }
    for (const problem of archiveProblems(settings.runtimeArchives)) {
      problems.push({ setting: "runtimeArchives", ...problem });
    }
    return problems;
  },
  variables(settings) {
    return {
      SOURCE: settings.runtimeSource,
      ARCHIVES: isPackaged(settings)
        ? ""
        : archiveLines(archivesOr(settings.runtimeArchives, "cri-o", settings.runtimeVersion, settings.runtimeMirror)),
      REPOSITORIES: renderAptSources(settings.runtimeRepositories),
      ...configVariables(settings, {}),
      CONFIG_FILE: this.configFile,
      PROGRAM: isPackaged(settings) ? "crio" : `${archiveFolder}/bin/crio`,
      HANDLERS: settings.handlers.map((name) => handlerLine(handler(name, settings))).join("\n"),
      // The archive and the package bring their own runc and crun.
      PACKAGES: settings.handlers.includes("runsc") ? handlers.runsc.packages.join(" ") : "",
      ...hostNeeds(settings.handlers),
      CGROUP_DRIVER: settings.cgroupDriver,
      SNAPSHOTTER: settings.snapshotter,
      CNI_BIN_DIR: settings.cniBinDir,
      CNI_CONF_DIR: settings.cniConfDir,
      SOCKET: this.socket,
    };
  },
  secrets: configVariables,
};

function configVariables(settings: RuntimeSettings, credentials: RegistryCredentials): Record<string, string> {
  const config = crioConfig(settings, Object.keys(credentials).length > 0);
  const files: OwnedFile[] = [
    { path: crio.configFile, text: renderCrioConf(config) },
    { path: policyFile, text: renderImagePolicy() },
    {
      path: "/etc/containers/registries.conf.d/99-hardway.conf",
      text: renderRegistriesConf(settings.registryMirrors),
    },
    ...(config.authFile === undefined
      ? []
      : [{ path: config.authFile, mode: "0600", text: renderContainersAuth(credentials) } as const]),
    ...(isPackaged(settings)
      ? []
      : [{ path: "/etc/systemd/system/crio.service", text: renderCrioUnit(`${archiveFolder}/bin/crio`) }]),
  ];
  return { ...fileVariables(files), EXPECTED: crioExpectations(config) };
}

/** What CRI-O's configuration says for these settings. */
export function crioConfig(settings: RuntimeSettings, hasCredentials = false): CrioConfig {
  return {
    cgroupDriver: settings.cgroupDriver,
    storageDriver: storageDriver(settings.snapshotter),
    handlers: settings.handlers.map((name) => handler(name, settings)),
    defaultHandler: settings.defaultHandler,
    monitorPath: `${helperFolder(settings)}/conmon`,
    // The package puts it on the PATH.
    ...(isPackaged(settings) ? {} : { pinnsPath: `${archiveFolder}/bin/pinns` }),
    sandboxImage: settings.sandboxImage,
    signaturePolicy: policyFile,
    ...(hasCredentials ? { authFile } : {}),
    cniBinDir: settings.cniBinDir,
    cniConfDir: settings.cniConfDir,
  };
}

function isPackaged({ runtimeSource }: RuntimeSettings): boolean {
  return runtimeSource === "repository";
}

/** Where conmon, runc and crun are (cri-o/packaging, cri-o.spec and bundle/install). */
function helperFolder(settings: RuntimeSettings): string {
  return isPackaged(settings) ? "/usr/libexec/crio" : `${archiveFolder}/bin`;
}

/** A line of the script's HANDLERS: name, shim, program and configuration, `-` for nothing. */
function handlerLine({ name, path, configPath }: CrioHandler): string {
  return `${name} - ${path} ${configPath ?? "-"}`;
}

function handler(name: HandlerName, settings: RuntimeSettings): CrioHandler {
  switch (name) {
    case "runc":
    case "crun":
      return { name, path: `${helperFolder(settings)}/${name}`, root: `/run/${name}`, type: "oci" };
    case "runsc":
      // As an OCI runtime: gVisor knows CRI-O's annotations of pods (runsc, specutils/cri.go).
      return { name, path: "/usr/bin/runsc", root: "/run/runsc", type: "oci" };
    case "kata": {
      const { path, configFile } = handlers.kata.release;
      return {
        name,
        path,
        root: "/run/vc",
        type: "vm",
        ...(configFile === undefined ? {} : { configPath: configFile }),
      };
    }
  }
}
