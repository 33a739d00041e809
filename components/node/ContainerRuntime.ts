import type { types } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../remote/childOptions";
import { RemoteScript } from "../remote/RemoteScript";
import { runtimes, type RuntimeKind } from "./runtime/runtime";

export interface ContainerRuntimeArgs {
  readonly connection: pulumi.Input<types.input.remote.ConnectionArgs>;
  /** @default containerd */
  readonly kind?: RuntimeKind;
  /** Where image layers are kept (seed document 004, "Storage via Snapshotters"). @default overlayfs */
  readonly snapshotter?: "overlayfs";
  /** Must be the kubelet's too (seed document 003). @default systemd */
  readonly cgroupDriver?: "systemd" | "cgroupfs";
  /** Image that holds a pod's namespaces open. @default registry.k8s.io/pause:3.9 (seed document 004) */
  readonly sandboxImage?: string;
  /** Image archives on the host, as absolute paths, that are imported so that no registry is needed. @default none */
  readonly imageArchives?: readonly string[];
  /** @default /opt/cni/bin */
  readonly cniBinDir?: string;
  /** @default /etc/cni/net.d */
  readonly cniConfDir?: string;
}

export interface RuntimeFacts {
  /** Version that the running daemon reports. */
  readonly version: string;
  /** Version of runc. */
  readonly runc: string;
  /** Schema of the configuration file: 2 for containerd 1.x, 3 for 2.x. */
  readonly configVersion: number;
  /** Where the programs came from. */
  readonly source: "distro";
}

/**
 * Installs a container runtime from the distribution's packages, writes its configuration whole, and checks what the
 * daemon made of it. The service is restarted only when its configuration changed, and running containers outlive
 * that. Deleting it removes the packages that it installed and puts an earlier configuration back.
 *
 * Fails with the last lines of the service's journal when the daemon does not start; the old configuration is then
 * in place again.
 */
export class ContainerRuntime extends pulumi.ComponentResource {
  readonly facts: pulumi.Output<RuntimeFacts>;
  /** CRI endpoint on the host, for the kubelet's `containerRuntimeEndpoint`. */
  readonly socket: pulumi.Output<string>;

  constructor(name: string, args: ContainerRuntimeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:index:ContainerRuntime", name, {}, opts);
    const runtime = runtimes[args.kind ?? "containerd"];
    const install = new RemoteScript(
      name,
      {
        connection: args.connection,
        script: runtime.script,
        undoScript: `${runtime.script}.undo`,
        variables: {
          ...runtime.variables({
            snapshotter: args.snapshotter ?? "overlayfs",
            cgroupDriver: args.cgroupDriver ?? "systemd",
            sandboxImage: args.sandboxImage ?? "registry.k8s.io/pause:3.9",
            cniBinDir: args.cniBinDir ?? "/opt/cni/bin",
            cniConfDir: args.cniConfDir ?? "/etc/cni/net.d",
          }),
          IMAGE_ARCHIVES: (args.imageArchives ?? []).join("\n"),
        },
        timeoutSeconds: 900, // packages come over the network
      },
      childOptions(this, opts),
    );
    this.facts = install.facts<RuntimeFacts>();
    this.socket = pulumi.output(runtime.socket);
    this.registerOutputs({ facts: this.facts, socket: this.socket });
  }
}
