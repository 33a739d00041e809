import { fileVariables } from "../ownedFiles";
import { renderAptSources } from "./aptRepository";
import { artifactLines } from "./artifacts/hostArtifacts";
import { runtimeArtifacts } from "./artifacts/settingsArtifacts";
import {
  renderCriDockerdService,
  renderCriDockerdSocket,
  renderDaemonJson,
  renderDockerContainerd,
} from "./dockerFiles";
import { handlers, type HandlerName } from "./handlers";
import { seccompProblems } from "./profileProblems";
import type { Runtime } from "./runtime";
import type { RuntimeSettings, SettingProblem } from "./runtimeSettings";
import type { SnapshotterName } from "./snapshotters";

/** A link to the archive's folder in use, so that the unit stays the same in an upgrade. */
const criDockerdFolder = "/opt/hardway/cri-dockerd/current/cri-dockerd";

/** Docker's own names (docs.docker.com, "Select a storage driver"); it has no devicemapper since Docker 25. */
const storageDriver = (snapshotter: SnapshotterName) => (snapshotter === "overlayfs" ? "overlay2" : snapshotter);

/** Handlers come from packages whatever the source; a plain name is looked for on Docker's PATH. */
const handlerProgram = (name: HandlerName) => handlers[name].distro?.path ?? name;

/** Packages of an engine: those of the distribution, or of a repository of its maker's. */
interface Engine {
  readonly distro?: readonly string[];
  readonly repository: readonly string[];
}

/** Docker Engine with cri-dockerd, which serves the CRI for it. */
export const docker: Runtime = dockerRuntime("docker", ["distro", "repository"], {
  distro: ["docker.io"],
  repository: ["docker-ce", "docker-ce-cli", "containerd.io"],
});

/**
 * A runtime that is Docker in daemon, files and client, with cri-dockerd before it.
 *
 * Handlers are those that run each container by itself. gVisor and Kata need the containers of a pod in one sandbox, of
 * which Docker is not told, and they take over the pod's network when the sandbox starts, while cri-dockerd makes it
 * after that (Mirantis/cri-dockerd 0.4.3, core/sandbox_run.go).
 */
export function dockerRuntime(kind: "docker" | "mirantis", sources: Runtime["sources"], engine: Engine): Runtime {
  return {
    kind,
    criName: "docker",
    services: ["docker.service", "containerd.service", "cri-docker.socket", "cri-docker.service"],
    configFile: "/etc/docker/daemon.json",
    socket: "/run/cri-dockerd.sock",
    handlers: ["runc", "crun"],
    snapshotters: ["overlayfs", "btrfs", "zfs"],
    sources,
    reasons: {
      runsc: "Docker does not tell gVisor which containers are one pod's, nor wait for the pod's network",
      kata: "Docker does not tell Kata which containers are one pod's, nor wait for the pod's network",
      devmapper: "Docker has no devicemapper since version 25",
    },
    companion: "cri-dockerd",
    handlerReleases: () => [],
    script: "32-docker",
    // Docker's btrfs and zfs drivers want its whole folder there (docs.docker.com, storage drivers).
    storeFolder: () => "/var/lib/docker",
    storageDriver,
    handlerProgram,
    problems: dockerProblems,
    variables(settings) {
      const { handlers: wanted, runtimeSource } = settings;
      const driver = storageDriver(settings.snapshotter);
      const programs = wanted.map((name) => ({ name, path: handlerProgram(name) }));
      const artifacts = runtimeArtifacts(this, settings);
      const program = artifacts.length > 0 ? `${criDockerdFolder}/cri-dockerd` : "/usr/bin/cri-dockerd";
      return {
        SOURCE: runtimeSource,
        ENGINE: ((runtimeSource === "distro" ? engine.distro : undefined) ?? engine.repository).join(" "),
        REPOSITORIES: renderAptSources(settings.runtimeRepositories),
        ARTIFACTS: artifactLines(artifacts),
        CRI_DOCKERD: program,
        CONFIG_FILE: this.configFile,
        ...fileVariables([
          {
            path: this.configFile,
            text: renderDaemonJson({
              ...settings,
              storageDriver: driver,
              handlers: Object.fromEntries(
                programs.flatMap(({ name, path }) => (name === "runc" ? [] : [[name, path]])),
              ),
              registryMirrors: settings.registryMirrors["docker.io"] ?? [],
            }),
          },
          {
            path: "/etc/systemd/system/cri-docker.service",
            text: renderCriDockerdService({ ...settings, program }),
          },
          { path: "/etc/systemd/system/cri-docker.socket", text: renderCriDockerdSocket(this.socket) },
        ]),
        CONTAINERD_V2: renderDockerContainerd(2),
        CONTAINERD_V3: renderDockerContainerd(3),
        // Name, shim, program and configuration.
        HANDLERS: programs.map(({ name, path }) => `${name} - ${path} -`).join("\n"),
        PACKAGES: wanted.flatMap((name) => (name === "runc" ? [] : handlers[name].packages)).join(" "),
        DEFAULT_HANDLER: settings.defaultHandler,
        CGROUP_DRIVER: settings.cgroupDriver,
        SNAPSHOTTER: settings.snapshotter,
        STORAGE_DRIVER: driver,
        CNI_BIN_DIR: settings.cniBinDir,
        CNI_CONF_DIR: settings.cniConfDir,
        SOCKET: this.socket,
        IMAGE_ARCHIVES: settings.imageArchives.join("\n"),
      };
    },
  };
}

function dockerProblems({ registryMirrors, seccompProfile, appArmorProfile }: RuntimeSettings): SettingProblem[] {
  const others = Object.keys(registryMirrors).filter((registry) => registry !== "docker.io");
  const ofMirrors = "must be of docker.io alone: Docker has no mirrors of other registries";
  const ofAppArmor =
    "must be runtime/default: Docker confines every container that does not ask to be unconfined itself";
  return [
    ...(others.length > 0 ? [{ setting: "registryMirrors", rule: ofMirrors, got: others } as const] : []),
    ...seccompProblems(seccompProfile, "cri-dockerd"),
    ...(appArmorProfile === "unconfined"
      ? [{ setting: "appArmorProfile", rule: ofAppArmor, got: appArmorProfile } as const]
      : []),
  ];
}
