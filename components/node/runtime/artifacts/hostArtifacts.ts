import { artifact, UnknownArtifactError, type Artifact, type ArtifactSources } from "./artifact";
import { artifactArchitectures, type ArtifactName } from "./lock";

/**
 * The files of one version for every architecture that has it: which of them a host needs is known only there.
 *
 * @throws UnknownArtifactError when no architecture has it.
 */
export function artifactsOfVersion(name: ArtifactName, version: string, sources: ArtifactSources = {}): Artifact[] {
  const errors: UnknownArtifactError[] = [];
  const found = artifactArchitectures.flatMap((arch) => {
    try {
      return [artifact(name, version, arch, sources)];
    } catch (error) {
      if (!(error instanceof UnknownArtifactError)) throw error;
      errors.push(error);
      return [];
    }
  });
  const [first] = found;
  if (first === undefined) throw errors[0]!;
  return found.filter((entry) => entry.version === first.version);
}

/**
 * The variable ARTIFACTS of a node script: one `ARCHITECTURE NAME VERSION FORM DIGEST URL` a line, read by
 * `install_artifact` of `scripts/node/lib-artifacts.sh`. A form `binary` has the program's name after a colon.
 */
export function artifactLines(artifacts: readonly Artifact[]): string {
  return artifacts
    .map(({ arch, name, version, form, program, digest, url }) =>
      [arch, name, version, program === undefined ? form : `${form}:${program}`, digest, url].join(" "),
    )
    .join("\n");
}
