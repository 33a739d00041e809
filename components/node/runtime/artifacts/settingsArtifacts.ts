import type { HandlerName } from "../handlers/handler";
import type { RuntimeSettings, SettingProblem } from "../runtime";
import { whyUnknown, type Artifact, type ArtifactSources } from "./artifact";
import { artifactsOfVersion } from "./hostArtifacts";
import type { ArtifactName } from "./lock";

/** What says where release files come from. */
export type SourceSettings = Pick<
  RuntimeSettings,
  "runtimeSource" | "runtimeMirror" | "runtimeMirrorSums" | "runtimeArtifacts"
>;

/** The releases that bring a handler's programs; those of one handler have one version. */
const releasesOf: Readonly<Record<HandlerName, readonly [ArtifactName, ...ArtifactName[]]>> = {
  runc: ["runc"],
  crun: ["crun"],
  runsc: ["runsc", "containerd-shim-runsc-v1"],
  kata: ["kata"],
};

/** What is installed for containerd and its handlers, for every architecture; nothing with source distro. @throws UnknownArtifactError */
export function containerdArtifacts(settings: RuntimeSettings): Artifact[] {
  if (settings.runtimeSource === "distro") return [];
  return [
    ...artifactsOfVersion("containerd", settings.runtimeVersion, sourcesOf(settings)),
    ...settings.handlers.flatMap((handler) => handlerArtifacts(handler, settings)),
  ];
}

/** The CNI plugins; nothing with source distro. @throws UnknownArtifactError */
export function cniArtifacts(settings: SourceSettings): Artifact[] {
  return settings.runtimeSource === "distro" ? [] : artifactsOfVersion("cni-plugins", "", sourcesOf(settings));
}

/** What has no checksum of what the settings ask for. */
export function artifactProblems(settings: RuntimeSettings): SettingProblem[] {
  if (settings.runtimeSource === "distro") return [];
  const attempt = (setting: SettingProblem["setting"], action: () => unknown, got?: unknown): SettingProblem[] => {
    const why = whyUnknown(action);
    return why === undefined ? [] : [{ setting, rule: `cannot be had: ${why}`, ...(got === undefined ? {} : { got }) }];
  };
  const version = settings.runtimeVersion;
  return [
    ...attempt(
      "runtimeVersion",
      () => artifactsOfVersion("containerd", version, sourcesOf(settings)),
      version || undefined,
    ),
    ...settings.handlers.flatMap((handler) => attempt("handlers", () => handlerArtifacts(handler, settings), handler)),
    ...attempt("runtimeSource", () => cniArtifacts(settings), settings.runtimeSource),
  ];
}

function handlerArtifacts(handler: HandlerName, settings: RuntimeSettings): Artifact[] {
  const [first, ...others] = releasesOf[handler];
  const sources = sourcesOf(settings);
  const found = artifactsOfVersion(first, "", sources);
  const version = found[0]!.version;
  return [...found, ...others.flatMap((name) => artifactsOfVersion(name, version, sources))];
}

function sourcesOf({
  runtimeSource,
  runtimeMirror,
  runtimeMirrorSums,
  runtimeArtifacts,
}: SourceSettings): ArtifactSources {
  return {
    added: runtimeArtifacts,
    ...(runtimeSource === "mirror" && {
      mirror: runtimeMirror,
      ...(runtimeMirrorSums !== "" && { sums: runtimeMirrorSums }),
    }),
  };
}
