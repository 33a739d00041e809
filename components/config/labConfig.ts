import type { types } from "@pulumi/command";
import type { KnownHost } from "../host";
import type { ExistingNetwork } from "../network/existingNetwork";
import type { NodePlacement } from "../plan/network";
import type { NodeRuntime } from "./nodeRuntimes";
import type { RuntimeKey } from "./runtimeSchema";
import type { AwsOnlyKey, ConfigValues } from "./schema";

/** A node that is to be made: its place in the network, and a worker's pod CIDR. */
export type PlacedNode = NodePlacement & { readonly podCidr?: string };

/** Checked settings of target aws. */
export interface AwsSettings extends Pick<
  ConfigValues,
  | "zones"
  | "vpcCidr"
  | "instanceType"
  | "os"
  | "architecture"
  | "rootVolumeGiB"
  | "dataVolumeGiB"
  | "sshPort"
  | "publicAddresses"
  | "routesPerTable"
> {
  readonly nodes: readonly PlacedNode[];
  readonly amiId?: string;
  /** Undefined: the caller's own address. */
  readonly adminCidrs?: readonly string[];
  readonly bastion?: types.input.remote.ProxyConnectionArgs;
  /** Undefined: the program makes one. */
  readonly loginKey?: {
    readonly publicKey: string;
    readonly privateKey: string;
    /** As it was given. */
    readonly privateKeyFile: string;
  };
  readonly existing?: ExistingNetwork;
}

/**
 * A checked configuration: every host has a connection and every worker its pod CIDR. With target aws there are no
 * hosts yet, and `aws` says what to make.
 */
export type LabConfig = Omit<ConfigValues, "hosts" | "inventory" | "nodes" | RuntimeKey | AwsOnlyKey> & {
  readonly hosts: readonly KnownHost[];
  /** By the worker's name. */
  readonly runtimes: Readonly<Record<string, NodeRuntime>>;
  readonly aws?: AwsSettings;
};
