import * as pulumi from "@pulumi/pulumi";
import type { HostStepArgs, KnownArgs } from "../node/runStep";
import { artifactLines, artifactsOfVersion } from "../node/runtime/artifacts/hostArtifacts";
import type { ArtifactName } from "../node/runtime/artifacts/lock";
import { sourcesOf } from "../node/runtime/artifacts/sources";
import type { ProgramSource } from "../node/runtime/runtimeArgs";
import { withDefaults } from "../node/runtime/runtimes";
import type { Credentials } from "./credentials";
import { serviceSecrets, type ServiceFiles } from "./services";

/** What every component of a cluster takes that installs programs with keys of their own on a host. */
export interface ClusterStepArgs extends HostStepArgs {
  /**
   * Keys and certificates of the host, PEM, by the names of their files, such as `ca.crt` and `kubelet.key`; `ClusterPki`
   * makes them. Secret, and kept in files that root alone reads.
   */
  readonly credentials: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Where the programs come from; none are packages of the distribution. @default the projects themselves */
  readonly source?: pulumi.Input<ProgramSource>;
}

/** A host of the cluster. */
export interface ClusterHostArgs {
  /** Also the name of its Node. */
  readonly name: pulumi.Input<string>;
  /** IPv4 address on the network that the hosts share. */
  readonly address: pulumi.Input<string>;
}

/** The variable ARTIFACTS for some releases, each in a version of its own; empty for the newest that is known. */
export function releaseLines(
  source: Partial<pulumi.Unwrap<ProgramSource>> | undefined,
  versions: Readonly<Partial<Record<ArtifactName, string>>>,
): string {
  const sources = sourcesOf(withDefaults(source ?? {}));
  return artifactLines(
    Object.entries(versions).flatMap(([name, version]) => artifactsOfVersion(name as ArtifactName, version, sources)),
  );
}

/** The texts of what services read of the credentials, for the script's standard input. */
export function credentialSecrets<Args extends ClusterStepArgs>(
  { credentials, ...visible }: Args,
  services: (args: KnownArgs<Args>) => ServiceFiles,
): pulumi.Output<Record<string, string>> {
  return pulumi
    .all([pulumi.output(visible as unknown), pulumi.output(credentials)])
    .apply(([known, texts]) => serviceSecrets(services(known as KnownArgs<Args>), texts as Credentials));
}
