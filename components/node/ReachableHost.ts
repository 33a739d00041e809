import * as pulumi from "@pulumi/pulumi";
import { dialTimeoutSeconds } from "../remote/RemoteScript";
import { hostDefaults } from "./hostDefaults";
import { runStep, visibleArgs, type StepArgs } from "./runStep";

export interface ReachableHostArgs extends StepArgs {
  /**
   * IPv4 address that must be on one of the host's interfaces; a typing error here would send pods' packets to the
   * wrong place.
   *
   * @default not checked
   */
  readonly address?: pulumi.Input<string>;
  /**
   * How long to wait for SSH, in seconds, counted for a host that refuses connections.
   *
   * @default 180
   */
  readonly sshTimeoutSeconds?: pulumi.Input<number>;
  /**
   * Free space that `/` and `/var` must have, in MiB; an eighth of it on a host that has been prepared before.
   *
   * @default 1024
   */
  readonly minFreeMiB?: pulumi.Input<number>;
}

/** A distribution, by os-release(5). */
export interface OsRelease {
  /** ID, e.g. `debian`. */
  readonly id: string;
  /** VERSION_ID, e.g. `13`. */
  readonly version: string;
}

/** What a host reports about itself. */
export interface HostFacts {
  readonly hostname: string;
  readonly machineId: string;
  readonly kernel: string;
  readonly architecture: string;
  readonly os: OsRelease;
  readonly cgroupVersion: number;
  readonly virtualization: string;
  readonly memoryMiB: number;
}

/**
 * Waits until a host answers on SSH and has finished booting, and checks that it can become a node: a supported
 * distribution with systemd, sudo without a password, free space, its address. Changes nothing on the host.
 *
 * The one place that is patient about connecting: make everything else on the host depend on it, so that a host that
 * is not there is reported once.
 */
export class ReachableHost extends pulumi.ComponentResource {
  /** What the step found. */
  readonly facts: pulumi.Output<HostFacts>;

  constructor(name: string, args: ReachableHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:index:ReachableHost", name, visibleArgs(args), opts);
    this.facts = runStep(
      this,
      name,
      args,
      {
        script: "10-reachable",
        variables: ({ address = "", minFreeMiB = 1024 }) => ({ ADDRESS: address, MIN_FREE_MIB: String(minFreeMiB) }),
        asRoot: false, // whether the user may become root is one of the things to find out
        dialErrorLimit: pulumi
          .output(args.sshTimeoutSeconds)
          .apply((seconds) => dialLimit(seconds ?? hostDefaults.sshTimeoutSeconds)),
      },
      opts,
    );
    this.registerOutputs();
  }
}

/** Attempts that fit into the time: refused ones are 5 s apart once the delay has grown, silent ones take longer. */
function dialLimit(timeoutSeconds: number): number {
  return Math.max(3, Math.ceil(timeoutSeconds / ((5 + dialTimeoutSeconds) / 2)));
}
