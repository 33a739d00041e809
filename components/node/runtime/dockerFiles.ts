import { stringify } from "smol-toml";
import { renderJson } from "../ownedFiles";
import type { RuntimeSettings } from "./runtimeSettings";
import { renderUnit, unitCommand, unitComment } from "./systemdUnit";

/** What `daemon.json` says. */
export interface DockerConfig extends Pick<RuntimeSettings, "cgroupDriver" | "defaultHandler"> {
  /** A storage driver of Docker's own, e.g. `overlay2`. */
  readonly storageDriver: string;
  /** Programs of handlers by name; Docker knows runc by itself and refuses it here. */
  readonly handlers: Readonly<Record<string, string>>;
  /** Addresses of mirrors of Docker Hub. */
  readonly registryMirrors: readonly string[];
}

/** `/etc/docker/daemon.json` (dockerd(8)). */
export function renderDaemonJson(config: DockerConfig): string {
  const runtimes = Object.entries(config.handlers).map(([name, path]) => [name, { path }] as const);
  return renderJson({
    // Docker has no key for the cgroup driver, only this option of its executor.
    "exec-opts": [`native.cgroupdriver=${config.cgroupDriver}`],
    "storage-driver": config.storageDriver,
    // From Docker 29 on a fresh host would have the containerd image store, which has no storage driver of that name.
    features: { "containerd-snapshotter": false },
    ...(runtimes.length > 0 && { runtimes: Object.fromEntries(runtimes) }),
    "default-runtime": config.defaultHandler,
    ...(config.registryMirrors.length > 0 && { "registry-mirrors": config.registryMirrors }),
    // cri-dockerd has logs for the kubelet in this format only, and leaves it to Docker to rotate them (its #61, #337).
    "log-driver": "json-file",
    "log-opts": { "max-size": "50m", "max-file": "3" },
    // Containers go on while the daemon is restarted for a change of this file.
    "live-restore": true,
    // Pods have their network from CNI; Docker's own would be a second owner of the node's firewall.
    bridge: "none",
    iptables: false,
    ip6tables: false,
    "ip-masq": false,
    "ip-forward": false,
  });
}

/**
 * `config.toml` of the containerd that works for Docker. Its own CRI would be a second one on the node, and Debian's
 * package has it on. The names are those of 1.x and of 2.x, where its parts are plugins of their own.
 */
export function renderDockerContainerd(schema: 2 | 3): string {
  const parts = schema === 2 ? [] : ["io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime"];
  return stringify({ version: schema, disabled_plugins: ["io.containerd.grpc.v1.cri", ...parts] });
}

/** cri-dockerd's command line; it has no configuration file. */
export interface CriDockerdConfig extends Pick<RuntimeSettings, "sandboxImage" | "cniBinDir" | "cniConfDir"> {
  readonly program: string;
}

/**
 * `cri-docker.service`, with the settings of upstream's packages (Mirantis/cri-dockerd 0.4.3, packaging/systemd). It
 * has no option for the cgroup driver: it takes over Docker's.
 */
export function renderCriDockerdService(config: CriDockerdConfig): string {
  return renderUnit(
    {
      Unit: {
        Description: "CRI Interface for Docker Application Container Engine",
        Documentation: "https://docs.mirantis.com",
        After: "network-online.target firewalld.service docker.service",
        Wants: "network-online.target",
        Requires: "cri-docker.socket docker.service",
        StartLimitBurst: "3",
        StartLimitIntervalSec: "60",
      },
      Service: {
        Type: "notify",
        ExecStart: unitCommand([
          config.program,
          "--container-runtime-endpoint=fd://",
          "--network-plugin=cni",
          `--cni-conf-dir=${config.cniConfDir}`,
          `--cni-bin-dir=${config.cniBinDir}`,
          `--pod-infra-container-image=${config.sandboxImage}`,
        ]),
        ExecReload: "/bin/kill -s HUP $MAINPID",
        TimeoutSec: "0",
        RestartSec: "2",
        Restart: "always",
        LimitNOFILE: "infinity",
        LimitNPROC: "infinity",
        LimitCORE: "infinity",
        TasksMax: "infinity",
        Delegate: "yes",
        KillMode: "process",
      },
      Install: { WantedBy: "multi-user.target" },
    },
    unitComment,
  );
}

/** `cri-docker.socket`: the CRI endpoint, for root only, as the kubelet is. */
export function renderCriDockerdSocket(socket: string): string {
  return renderUnit(
    {
      Unit: {
        Description: "CRI Docker Socket for the API",
        PartOf: "cri-docker.service",
      },
      Socket: {
        ListenStream: socket,
        SocketMode: "0660",
        SocketUser: "root",
        SocketGroup: "root",
      },
      Install: { WantedBy: "sockets.target" },
    },
    unitComment,
  );
}
