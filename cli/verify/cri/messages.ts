/** The messages of cri.proto as @grpc/proto-loader decodes them (camel case, enums as names, defaults filled in). */

/** A port of the host that leads to a port of the pod. */
export interface PortMapping {
  readonly protocol: "TCP";
  readonly containerPort: number;
  readonly hostPort: number;
}

export interface PodSandboxConfig {
  readonly metadata: { readonly name: string; readonly uid: string; readonly namespace: string };
  readonly hostname: string;
  readonly logDirectory: string;
  readonly portMappings: readonly PortMapping[];
  readonly labels: Readonly<Record<string, string>>;
  readonly linux: { readonly cgroupParent: string };
}

/** What makes a container part of its pod, and its capabilities beyond the runtime's default. */
export interface LinuxContainerConfig {
  readonly securityContext: {
    readonly capabilities: { readonly addCapabilities: readonly string[] };
    readonly namespaceOptions: Readonly<Record<"network" | "pid" | "ipc", "POD" | "CONTAINER">>;
  };
}

interface PodSandbox {
  readonly id: string;
  readonly state: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface StatusResponse {
  readonly status: { readonly conditions: readonly RuntimeCondition[] } | null;
  /** Runtime-specific information by name, each a JSON text. */
  readonly info: Readonly<Record<string, string>>;
}

interface RuntimeCondition {
  readonly type: string;
  readonly status: boolean;
  readonly reason: string;
  readonly message: string;
}

export interface VersionResponse {
  readonly runtimeName: string;
  readonly runtimeVersion: string;
  readonly runtimeApiVersion: string;
}

interface ListedContainer {
  readonly id: string;
  readonly state: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Requests and responses by method; the only ones that cri.proto knows. */
export interface CriMethods {
  Version: [{ version: string }, VersionResponse];
  Status: [{ verbose: boolean }, StatusResponse];
  RunPodSandbox: [{ config: PodSandboxConfig; runtimeHandler: string }, { podSandboxId: string }];
  StopPodSandbox: [{ podSandboxId: string }, object];
  RemovePodSandbox: [{ podSandboxId: string }, object];
  PodSandboxStatus: [
    { podSandboxId: string; verbose: boolean },
    {
      status: {
        state: string;
        /** In nanoseconds since 1970, as exactly as a number can be. */
        createdAt: number;
        network: { ip: string } | null;
      } | null;
      info: Readonly<Record<string, string>>;
    },
  ];
  ListPodSandbox: [{ filter: { labelSelector: Record<string, string> } }, { items: readonly PodSandbox[] }];
  CreateContainer: [
    {
      podSandboxId: string;
      config: {
        metadata: { name: string };
        image: { image: string; userSpecifiedImage: string };
        command: readonly string[];
        labels: Readonly<Record<string, string>>;
        /** Inside the sandbox's `logDirectory`. */
        logPath: string;
        linux: LinuxContainerConfig;
      };
      sandboxConfig: PodSandboxConfig;
    },
    { containerId: string },
  ];
  StartContainer: [{ containerId: string }, object];
  /** `timeout`: seconds after which it is killed. */
  StopContainer: [{ containerId: string; timeout: number }, object];
  ListContainers: [{ filter: { podSandboxId: string } }, { containers: readonly ListedContainer[] }];
  ContainerStatus: [
    { containerId: string; verbose: boolean },
    {
      status: { state: string; exitCode: number; reason: string; message: string } | null;
      info: Readonly<Record<string, string>>;
    },
  ];
  ExecSync: [
    { containerId: string; cmd: readonly string[]; timeout: number },
    { stdout: Buffer; stderr: Buffer; exitCode: number },
  ];
  ImageStatus: [{ image: { image: string } }, { image: { id: string; pinned: boolean } | null }];
  PullImage: [{ image: { image: string } }, { imageRef: string }];
}
