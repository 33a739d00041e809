import * as pulumi from "@pulumi/pulumi";
import { shownError } from "../shownError";
import { HostStep, type HostStepArgs } from "./HostStep";
import type { HandlerName } from "./runtime/handlers";
import type { CgroupDriver, RegistryCredentials, Runtime, RuntimeKind, RuntimeSettings } from "./runtime/runtime";
import { runtimeOf, settingProblems, withDefaults } from "./runtime/runtimes";
import type { SnapshotterName } from "./runtime/snapshotters";

/** The settings' own defaults are in `runtimeDefaults`; `defaultHandler` is the first of `handlers`. */
export interface ContainerRuntimeArgs extends HostStepArgs, Partial<RuntimeSettings> {
  /** @default containerd */
  readonly kind?: RuntimeKind;
  /** Logins by the registry's host; secret, kept in a file that root alone reads. @default none */
  readonly registryCredentials?: pulumi.Input<RegistryCredentials>;
  /**
   * Packages that a later step of this host needs, such as those of `CniConfig`. Where the runtime is installed from
   * packages these are installed with it, since a run of apt takes a small host seconds. The later step's undo still
   * removes them. @default none
   */
  readonly packagesAlong?: readonly string[];
}

export interface RuntimeFacts {
  /** Version that the running daemon reports. */
  readonly version: string;
  /** CRI endpoint, for the kubelet's `containerRuntimeEndpoint`. */
  readonly socket: string;
  /** For the kubelet's `cgroupDriver`. */
  readonly cgroupDriver: CgroupDriver;
  /** 2 for the unified hierarchy. */
  readonly cgroupVersion: 1 | 2;
  /** Version of each handler's program, as it reports itself. */
  readonly handlers: Readonly<Partial<Record<HandlerName, string>>>;
  readonly snapshotter: SnapshotterName;
  /** Schema of containerd's configuration file: 2 for 1.x, 3 for 2.x. */
  readonly configVersion?: number;
  /** Version of cri-dockerd; Docker and Mirantis only. */
  readonly criDockerd?: string;
  /** Where the programs came from. */
  readonly source: RuntimeSettings["runtimeSource"];
}

/**
 * Installs a container runtime, writes its configuration whole, and checks how the daemon read it. The service is
 * restarted only when its configuration changed, and running containers outlive that. Deleting it removes what it
 * installed and puts an earlier configuration back; changing `kind` does so before it installs the new runtime.
 *
 * Fails before anything is made when the runtime cannot do what is asked of it, and with the last lines of the
 * service's journal when the daemon does not start; the old configuration is then in place again.
 */
export class ContainerRuntime extends HostStep<RuntimeFacts> {
  /** CRI endpoint on the host, for the kubelet's `containerRuntimeEndpoint`. */
  readonly socket: pulumi.Output<string>;

  constructor(name: string, args: ContainerRuntimeArgs, opts?: pulumi.ComponentResourceOptions) {
    const runtime = runtimeOf(args.kind ?? "containerd");
    const settings = withDefaults(args);
    refuse(name, runtime, settings, args.registryCredentials !== undefined);
    super(
      "ContainerRuntime",
      name,
      {
        connection: args.connection,
        runAgain: args.runAgain,
        script: runtime.script,
        undoScript: `${runtime.script}.undo`,
        // Another runtime is installed only after this one is gone, with its pods and programs.
        identity: runtime.kind,
        variables: { ...runtime.variables(settings), ALONG: (args.packagesAlong ?? []).join(" ") },
        ...(args.registryCredentials === undefined
          ? {}
          : {
              secrets: pulumi
                .output(args.registryCredentials)
                .apply((credentials) => runtime.secrets?.(settings, credentials) ?? {}),
            }),
        timeoutSeconds: 900, // packages come over the network
      },
      opts,
    );
    this.socket = pulumi.output(runtime.socket);
  }
}

/** @throws pulumi.RunError with everything that the runtime cannot do. */
function refuse(name: string, runtime: Runtime, settings: RuntimeSettings, hasCredentials: boolean): void {
  const problems = settingProblems(runtime, settings, hasCredentials);
  if (problems.length === 0) return;
  const lines = problems.map(
    ({ setting, rule, got }) => `  - ${setting} ${rule}${got === undefined ? "" : `; got ${JSON.stringify(got)}`}`,
  );
  throw shownError([`ContainerRuntime ${name} cannot be made:`, ...lines].join("\n"));
}
