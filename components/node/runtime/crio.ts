import { fileVariables, type OwnedFile } from "../ownedFiles";
import { renderAptSources } from "./aptRepository";
import { artifactLines } from "./artifacts/hostArtifacts";
import { runtimeArtifacts } from "./artifacts/settingsArtifacts";
import { isPackaged } from "./artifacts/sources";
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
import { handlers, hostNeeds, type HandlerName } from "./handlers";
import { seccompProblems } from "./profileProblems";
import type { Runtime } from "./runtime";
import type { RegistryCredentials, RuntimeSettings } from "./runtimeSettings";
import type { SnapshotterName } from "./snapshotters";

/** The programs of the archive in use, by a link, so that the unit stays the same in an upgrade. */
const archiveFolder = "/opt/hardway/cri-o/current/cri-o/bin";
/** Where cri-o's package has conmon, runc and crun (cri-o/packaging, cri-o.spec). */
const packageFolder = "/usr/libexec/crio";
const policyFile = "/etc/crio/policy.json";
const authFile = "/etc/crio/auth.json";

/** containers/storage's names (containers-storage.conf(5)); it has no devmapper. */
const storageDriver = (snapshotter: SnapshotterName) => (snapshotter === "overlayfs" ? "overlay" : snapshotter);

/** CRI-O. No distribution of Debian's family packages it. */
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
  release: "cri-o",
  // runc and crun are in its archive and package, and runsc is called without a shim.
  handlerReleases: (name) => (name === "runc" || name === "crun" ? [] : handlers[name].releases.slice(0, 1)),
  script: "31-crio",
  // containers/storage keeps all of a btrfs or zfs store below its root (containers-storage.conf(5)).
  storeFolder: () => "/var/lib/containers/storage",
  storageDriver,
  handlerProgram: (name, settings) => handler(name, settings).path ?? name,
  problems: ({ seccompProfile }) => seccompProblems(seccompProfile, "CRI-O"),
  variables(settings) {
    return {
      SOURCE: settings.runtimeSource,
      ARTIFACTS: artifactLines(runtimeArtifacts(this, settings)),
      REPOSITORIES: renderAptSources(settings.runtimeRepositories),
      ...configVariables(settings, {}),
      CONFIG_FILE: this.configFile,
      PROGRAM: isPackaged(settings) ? "crio" : `${archiveFolder}/crio`,
      HANDLERS: settings.handlers.map((name) => handlerLine(handler(name, settings))).join("\n"),
      ...hostNeeds(settings.handlers),
      CGROUP_DRIVER: settings.cgroupDriver,
      SNAPSHOTTER: settings.snapshotter,
      CNI_BIN_DIR: settings.cniBinDir,
      CNI_CONF_DIR: settings.cniConfDir,
      SOCKET: this.socket,
      IMAGE_ARCHIVES: settings.imageArchives.join("\n"),
      IMAGE_STORE: `[${crioConfig(settings).storageDriver}@/var/lib/containers/storage+/run/containers/storage]`,
      IMAGE_POLICY: policyFile,
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
      : [{ path: "/etc/systemd/system/crio.service", text: renderCrioUnit(archiveFolder) }]),
  ];
  return { ...fileVariables(files), EXPECTED: crioExpectations(config) };
}

/** What CRI-O's configuration says for these settings. */
export function crioConfig(settings: RuntimeSettings, hasCredentials = false): CrioConfig {
  return {
    ...settings,
    storageDriver: storageDriver(settings.snapshotter),
    handlers: settings.handlers.map((name) => handler(name, settings)),
    ...(isPackaged(settings) ? { monitorPath: `${packageFolder}/conmon` } : {}),
    signaturePolicy: policyFile,
    ...(hasCredentials ? { authFile } : {}),
  };
}

/** A line of the script's HANDLERS: name, shim, program and configuration, `-` for nothing. */
function handlerLine({ name, path = name, configPath }: CrioHandler): string {
  return `${name} - ${path} ${configPath ?? "-"}`;
}

function handler(name: HandlerName, settings: RuntimeSettings): CrioHandler {
  switch (name) {
    case "runc":
    case "crun":
      return {
        name,
        ...(isPackaged(settings) ? { path: `${packageFolder}/${name}` } : {}),
        root: `/run/${name}`,
        type: "oci",
      };
    case "runsc":
      // As an OCI runtime: gVisor knows CRI-O's annotations of pods (runsc, specutils/cri.go).
      return { name, path: handlers.runsc.release.path, root: "/run/runsc", type: "oci" };
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
