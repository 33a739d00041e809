import * as pulumi from "@pulumi/pulumi";
import { runStep, visibleArgs, type HostStepArgs, type KnownArgs } from "../node/runStep";
import { artifactLines, artifactsOfVersion } from "../node/runtime/artifacts/hostArtifacts";
import type { ArtifactName } from "../node/runtime/artifacts/lock";
import { sourcesOf } from "../node/runtime/artifacts/sources";
import type { ProgramSource } from "../node/runtime/runtimeArgs";
import { withDefaults } from "../node/runtime/runtimes";
import { serviceSecrets, serviceVariables, type ServiceFiles } from "./services";

/** What every component of a cluster takes whose services read keys or certificates. */
export interface CredentialStepArgs extends HostStepArgs {
  /**
   * Keys and certificates of the host, PEM, by the names of their files, such as `ca.crt` and `kubelet.key`; `ClusterPki`
   * makes them. Secret; keys are kept in files that root alone reads.
   */
  readonly credentials: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/** What every component of a cluster takes that installs programs with keys of their own on a host. */
export interface ClusterStepArgs extends CredentialStepArgs {
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

/** What a program of the cluster says of itself. */
export interface ProgramFacts {
  readonly version: string;
}

/** Releases with the version of each; empty for the newest that is known. */
type Versions = Readonly<Partial<Record<ArtifactName, string>>>;

/** The services that a component is there for, and the script that installs them; see `scripts/node/lib-services.sh`. */
interface ServicesStep<Args extends CredentialStepArgs> {
  /** With `.undo` at its end it is the one that takes them away. */
  readonly script: string;
  readonly services: (args: KnownArgs<Args>) => ServiceFiles;
  readonly releases: (args: KnownArgs<Args>) => Versions;
  /** The script's own values. */
  readonly variables: (args: KnownArgs<Args>) => Record<string, string>;
  /** @default 900: programs come over the network */
  readonly timeoutSeconds?: number;
}

/** Runs the script of a component that installs services. Its facts are what the script found and did. */
export function runServices<Args extends CredentialStepArgs & Partial<Pick<ClusterStepArgs, "source">>>(
  component: pulumi.ComponentResource,
  name: string,
  args: Args,
  { script, services, releases, variables, timeoutSeconds = 900 }: ServicesStep<Args>,
  opts: pulumi.ComponentResourceOptions | undefined,
): pulumi.Output<ProgramFacts> {
  const known = pulumi.output(visibleArgs(args)) as pulumi.Output<KnownArgs<Args>>;
  return runStep(
    component,
    name,
    args,
    {
      script,
      undoScript: `${script}.undo`,
      variables: (visible: KnownArgs<Args>) => ({
        ...serviceVariables(services(visible)),
        ARTIFACTS: releaseLines(visible.source, releases(visible)),
        ...variables(visible),
      }),
      secrets: pulumi
        .all([known, args.credentials])
        .apply(([visible, credentials]) => serviceSecrets(services(visible as KnownArgs<Args>), credentials)),
      timeoutSeconds,
    },
    opts,
  );
}

/** The variable ARTIFACTS for some releases. */
function releaseLines(source: Partial<pulumi.Unwrap<ProgramSource>> | undefined, versions: Versions): string {
  const sources = sourcesOf(withDefaults(source ?? {}));
  return artifactLines(
    Object.entries(versions).flatMap(([name, version]) => artifactsOfVersion(name as ArtifactName, version, sources)),
  );
}
