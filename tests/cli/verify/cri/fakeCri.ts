import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Server, ServerCredentials, status, type sendUnaryData, type ServerUnaryCall } from "@grpc/grpc-js";
import { criServices } from "../../../../cli/verify/cri/client";
import type { LinuxContainerConfig } from "../../../../cli/verify/cri/messages";

interface Sandbox {
  labels: Record<string, string>;
  stopped: boolean;
  /** Its host ports, e.g. `TCP 61010 to 8080`. */
  ports?: string[];
}

type Handler = (request: never) => object | Promise<object>;

/** A container runtime's CRI on a unix socket that remembers what it has and refuses what it does not know. */
export class FakeCri {
  readonly folder = mkdtempSync(join(tmpdir(), "hardway-fake-cri-"));
  readonly socket = join(this.folder, "cri.sock");
  readonly sandboxes = new Map<string, Sandbox>();
  readonly containers = new Map<string, { sandbox: string; command: string[]; running: boolean }>();
  readonly calls: string[] = [];
  /** Methods that fail, with the message that they fail with. */
  readonly failing = new Map<string, string>();
  images = new Set(["probe:1"]);
  /** What the fake says of itself where containerd would tell its own truth. */
  truth = {
    address: "10.200.0.7",
    handlers: ["runc"],
    conditions: [
      { type: "RuntimeReady", status: true },
      { type: "NetworkReady", status: true },
    ] as object[],
    config: "{}",
    sandboxInfo: { image: "pause:1", pid: 11 } as object,
    containerInfo: { pid: 12, snapshotter: "overlayfs", runtimeType: "io.containerd.runc.v2" } as object,
    containerState: "CONTAINER_RUNNING",
    exec: (cmd: string[]) => ({
      stdout: Buffer.from(`${cmd.slice(2).join(" ")}\n`),
      stderr: Buffer.from(""),
      exitCode: 0,
    }),
    authorities: [] as string[],
  };
  readonly #server = new Server();
  #next = 1;

  async start(): Promise<this> {
    for (const service of [criServices.runtime, criServices.image]) {
      const handlers = Object.keys(service).map((method) => [method, this.#serve(method)] as const);
      this.#server.addService(service, Object.fromEntries(handlers));
    }
    await new Promise<void>((resolve, reject) =>
      this.#server.bindAsync(`unix:${this.socket}`, ServerCredentials.createInsecure(), (error) =>
        error ? reject(error) : resolve(),
      ),
    );
    return this;
  }

  stop(): void {
    this.#server.forceShutdown();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #serve(method: string) {
    return (call: ServerUnaryCall<unknown, object>, done: sendUnaryData<object>) => {
      this.calls.push(method);
      this.truth.authorities.push(call.getHost());
      const handler = this.#handlers[method];
      const message = this.failing.get(method);
      Promise.resolve()
        .then(() => {
          if (message !== undefined) throw new Error(message);
          if (handler === undefined) throw new Error(`unexpected ${method}`);
          return handler(call.request as never);
        })
        .then(
          (response) => done(null, response),
          (error: Error) => done({ code: status.UNKNOWN, details: error.message }),
        );
    };
  }

  #sandbox(id: string): Sandbox {
    const found = this.sandboxes.get(id);
    if (found === undefined) throw new Error(`no sandbox ${id}`);
    return found;
  }

  #container(id: string) {
    const found = this.containers.get(id);
    if (found === undefined) throw new Error(`no container ${id}`);
    return found;
  }

  readonly #handlers: Record<string, Handler> = {
    Version: ({ version }: { version: string }) => ({
      version,
      runtimeName: "containerd",
      runtimeVersion: "1.7.24",
      runtimeApiVersion: "v1",
    }),
    Status: ({ verbose }: { verbose: boolean }) => ({
      status: { conditions: this.truth.conditions },
      info: verbose ? { config: this.truth.config } : {},
    }),
    RunPodSandbox: (request: {
      config: {
        labels: Record<string, string>;
        linux: { cgroupParent: string };
        portMappings: { protocol: string; hostPort: number; containerPort: number }[];
      };
      runtimeHandler: string;
    }) => {
      if (!this.truth.handlers.includes(request.runtimeHandler))
        throw new Error(`no runtime for "${request.runtimeHandler}"`);
      if (request.config.linux.cgroupParent !== "system.slice") throw new Error("expected slice:prefix:name");
      const id = `sandbox-${this.#next++}`;
      const { labels, portMappings } = request.config;
      const ports = portMappings.map((port) => `${port.protocol} ${port.hostPort} to ${port.containerPort}`);
      this.sandboxes.set(id, { labels, stopped: false, ports });
      return { podSandboxId: id };
    },
    PodSandboxStatus: ({ podSandboxId, verbose }: { podSandboxId: string; verbose: boolean }) => ({
      status: {
        id: podSandboxId,
        state: this.#sandbox(podSandboxId).stopped ? "SANDBOX_NOTREADY" : "SANDBOX_READY",
        network: { ip: this.truth.address },
      },
      info: verbose ? { info: JSON.stringify(this.truth.sandboxInfo) } : {},
    }),
    ListPodSandbox: ({ filter }: { filter: { labelSelector: Record<string, string> } }) => ({
      items: [...this.sandboxes]
        .filter(([, { labels }]) => Object.entries(filter.labelSelector).every(([key, value]) => labels[key] === value))
        .map(([id, { labels }]) => ({ id, labels })),
    }),
    StopPodSandbox: ({ podSandboxId }: { podSandboxId: string }) => {
      // CRI-O would wait for them (server/sandbox_stop.go).
      if ([...this.containers.values()].some(({ sandbox, running }) => sandbox === podSandboxId && running))
        throw new Error("containers still run");
      const sandbox = this.sandboxes.get(podSandboxId);
      if (sandbox !== undefined) sandbox.stopped = true;
      return {};
    },
    RemovePodSandbox: ({ podSandboxId }: { podSandboxId: string }) => {
      if (this.sandboxes.get(podSandboxId)?.stopped === false) throw new Error(`sandbox ${podSandboxId} is running`);
      this.sandboxes.delete(podSandboxId);
      for (const [id, { sandbox }] of this.containers) if (sandbox === podSandboxId) this.containers.delete(id);
      return {};
    },
    ImageStatus: ({ image }: { image: { image: string } }) => ({
      image: this.images.has(image.image) ? { id: "sha256:1", repoTags: [image.image] } : null,
    }),
    PullImage: ({ image }: { image: { image: string } }) => {
      if (!image.image.startsWith("registry.example/")) throw new Error(`failed to resolve reference "${image.image}"`);
      this.images.add(image.image);
      return { imageRef: "sha256:2" };
    },
    CreateContainer: ({
      podSandboxId,
      config,
    }: {
      podSandboxId: string;
      config: {
        image: { image: string; userSpecifiedImage: string };
        command: string[];
        logPath: string;
        linux: LinuxContainerConfig | null;
      };
    }) => {
      this.#sandbox(podSandboxId);
      // As CRI-O does (server/container_create.go).
      if (config.image.userSpecifiedImage === "") throw new Error("user specified image not specified");
      // A kubelet would remove a file of the host in its place.
      if (config.logPath === "") throw new Error("log path not specified");
      // cri-dockerd would give it a network of its own (core/container_create.go).
      const namespaces = config.linux?.securityContext?.namespaceOptions;
      if (namespaces?.network !== "POD") throw new Error("not in the network of its pod");
      if (namespaces.pid !== "CONTAINER") throw new Error("sees the processes of its pod");
      if (!this.images.has(config.image.image)) throw new Error(`no image ${config.image.image}`);
      const id = `container-${this.#next++}`;
      this.containers.set(id, { sandbox: podSandboxId, command: config.command, running: false });
      return { containerId: id };
    },
    StartContainer: ({ containerId }: { containerId: string }) => {
      this.#container(containerId).running = true;
      return {};
    },
    ListContainers: ({ filter }: { filter: { podSandboxId: string } }) => ({
      containers: [...this.containers]
        .filter(([, { sandbox }]) => sandbox === filter.podSandboxId)
        .map(([id]) => ({ id })),
    }),
    StopContainer: ({ containerId }: { containerId: string }) => {
      this.#container(containerId).running = false;
      return {};
    },
    ContainerStatus: ({ containerId, verbose }: { containerId: string; verbose: boolean }) => ({
      status: {
        id: containerId,
        state: this.#container(containerId).running ? this.truth.containerState : "CONTAINER_CREATED",
      },
      info: verbose ? { info: JSON.stringify(this.truth.containerInfo) } : {},
    }),
    ExecSync: ({ containerId, cmd }: { containerId: string; cmd: string[] }) => {
      if (!this.#container(containerId).running) throw new Error(`container ${containerId} is not running`);
      return this.truth.exec(cmd);
    },
  };
}
