import type { RuntimeSettings } from "../runtimeSettings";
import type { ArtifactSources } from "./artifact";
import type { ArtifactName } from "./lock";

/** What says where programs come from. */
export type SourceSettings = Pick<
  RuntimeSettings,
  "runtimeSource" | "runtimeMirror" | "runtimeMirrorSums" | "runtimeArtifacts"
>;

/** Whether the runtime itself comes as packages. */
export function isPackaged({ runtimeSource }: Pick<SourceSettings, "runtimeSource">): boolean {
  return runtimeSource === "distro" || runtimeSource === "repository";
}

/** Whether somebody besides the project itself has been named for one of these releases. */
export function isOffered(names: readonly ArtifactName[], settings: SourceSettings): boolean {
  return settings.runtimeMirror !== "" || settings.runtimeArtifacts.some(({ name }) => names.includes(name));
}

export function sourcesOf({ runtimeMirror, runtimeMirrorSums, runtimeArtifacts }: SourceSettings): ArtifactSources {
  return {
    added: runtimeArtifacts,
    ...(runtimeMirror !== "" && {
      mirror: runtimeMirror,
      ...(runtimeMirrorSums !== "" && { sums: runtimeMirrorSums }),
    }),
  };
}
