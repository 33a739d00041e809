import * as pulumi from "@pulumi/pulumi";
import { shownError } from "../shownError";
import { isKnown } from "../remote/isKnown";
import { hostDefaults } from "./hostDefaults";
import { runStep, visibleArgs, type HostStepArgs, type KnownArgs } from "./runStep";
import type { Runtime } from "./runtime/runtime";
import type {
  CgroupDriver,
  RegistryLoginArgs,
  RuntimeKind,
  RuntimeSettings,
  RuntimeSource,
} from "./runtime/runtimeSettings";
import type { RuntimeSettingArgs } from "./runtime/runtimeArgs";
import { runtimeOf, settingProblems, withDefaults } from "./runtime/runtimes";
import type { SnapshotterName } from "./runtime/snapshotters";

export interface ContainerRuntimeArgs extends HostStepArgs, RuntimeSettingArgs {
  /** Plain, since it decides which scripts there are to run and to undo. @default containerd */
  readonly kind?: RuntimeKind;
  /** Logins by the registry's host; secret, kept in a file that root alone reads. @default none */
  readonly registryCredentials?: pulumi.Input<Record<string, pulumi.Input<RegistryLoginArgs>>>;
  /**
   * Packages that a later step of this host needs, such as those of `CniConfig`. Where the runtime is installed from
   * packages these are installed with it, since a run of apt takes a small host seconds. The later step's undo still
   * removes them. @default none
   */
  readonly packagesAlong?: pulumi.Input<pulumi.Input<string>[]>;
}

export interface RuntimeFacts {
  /** Version that the running daemon reports. */
  readonly version: string;
  /** CRI endpoint, for the kubelet's `containerRuntimeEndpoint`. */
  readonly socket: string;
  /** For the kubelet's `cgroupDriver`. */
  readonly cgroupDriver: CgroupDriver;
  /** 2 for the unified hierarchy. */
  readonly cgroupVersion: number;
  /** Version of each handler's program, as it reports itself. */
  readonly handlers: Readonly<Record<string, string>>;
  readonly snapshotter: SnapshotterName;
  /** Schema of containerd's configuration file: 2 for 1.x, 3 for 2.x. */
  readonly configVersion?: number;
  /** Version of cri-dockerd; Docker and Mirantis only. */
  readonly criDockerd?: string;
  /** Where the programs came from. */
  readonly source: RuntimeSource;
}

/**
 * Installs a container runtime, writes its configuration whole, and checks how the daemon read it. The service is
 * restarted only when its configuration changed, and running containers outlive that. Deleting it removes what it
 * installed and puts an earlier configuration back; changing `kind` does so before it installs the new runtime.
 *
 * Fails before anything is made when the runtime cannot do what is asked of it, and with the last lines of the
 * service's journal when the daemon does not start; the old configuration is then in place again.
 */
export class ContainerRuntime extends pulumi.ComponentResource {
  /** What the step found and did. */
  readonly facts: pulumi.Output<RuntimeFacts>;
  /** CRI endpoint on the host, for the kubelet's `containerRuntimeEndpoint`. */
  readonly socket: pulumi.Output<string>;

  constructor(name: string, args: ContainerRuntimeArgs, opts?: pulumi.ComponentResourceOptions) {
    const { kind = hostDefaults.runtime, registryCredentials } = args;
    const runtime = runtimeOf(kind);
    const checked = (given: Partial<RuntimeSettings>) => {
      const settings = withDefaults(given);
      refuse(name, runtime, settings, registryCredentials !== undefined);
      return settings;
    };
    // Before anything is made, where that is possible.
    const given = visibleArgs(args);
    const settings = isKnown(given) ? checked(given as KnownArgs<ContainerRuntimeArgs>) : undefined;
    super("hardway:index:ContainerRuntime", name, given, opts);
    this.facts = runStep(
      this,
      name,
      args,
      {
        script: runtime.script,
        undoScript: `${runtime.script}.undo`,
        // Another runtime is installed only after this one is gone, with its pods and programs.
        identity: runtime.kind,
        variables: (known) => ({
          ...runtime.variables(settings ?? checked(known)),
          ALONG: (known.packagesAlong ?? []).join(" "),
        }),
        ...(registryCredentials === undefined
          ? {}
          : {
              secrets: pulumi
                .all([pulumi.output(given), registryCredentials])
                .apply(([known, credentials]) => runtime.secrets?.(withDefaults(known), credentials) ?? {}),
            }),
        timeoutSeconds: 900, // packages come over the network
      },
      opts,
    );
    this.socket = pulumi.output(runtime.socket);
    this.registerOutputs();
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
