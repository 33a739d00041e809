import type { HandlerName } from "../handlers/handler";
import { isReleased, releasesOf } from "../handlers/programs";
import type { RuntimeSettings, SettingProblem } from "../runtime";
import { whyUnknown, type Artifact } from "./artifact";
import { artifactsOfVersion } from "./hostArtifacts";
import type { ArtifactName } from "./lock";
import { isOffered, isPackaged, sourcesOf, type SourceSettings } from "./sources";

/** The releases that a runtime needs where it does not come as packages. */
export interface ReleaseSet {
  readonly daemon: ArtifactName;
  /** What it needs for a handler; the first one decides the version. */
  ofHandler(handler: HandlerName): readonly ArtifactName[];
}

export const containerdReleases: ReleaseSet = { daemon: "containerd", ofHandler: (handler) => releasesOf[handler] };

/** CRI-O has runc and crun from its archive or package, and calls runsc without a shim. */
export const crioReleases: ReleaseSet = {
  daemon: "cri-o",
  ofHandler: (handler) => (handler === "runc" || handler === "crun" ? [] : releasesOf[handler].slice(0, 1)),
};

/** What is downloaded for a runtime and its handlers, for every architecture. @throws UnknownArtifactError */
export function runtimeArtifacts(set: ReleaseSet, settings: RuntimeSettings): Artifact[] {
  return [
    ...daemonArtifacts(set, settings),
    ...settings.handlers.flatMap((handler) => handlerArtifacts(set, handler, settings)),
  ];
}

/**
 * cri-dockerd, which no distribution has: from the mirror or the user's own artifacts where they are named, else from
 * its project; with source repository it is a package, unless they are named. @throws UnknownArtifactError
 */
export function criDockerdArtifacts(settings: RuntimeSettings): Artifact[] {
  return settings.runtimeSource === "repository" && !isOffered(["cri-dockerd"], settings)
    ? []
    : artifactsOfVersion("cri-dockerd", "", sourcesOf(settings));
}

/** The CNI plugins; nothing where they come as a package. @throws UnknownArtifactError */
export function cniArtifacts(settings: SourceSettings): Artifact[] {
  return isPackaged(settings) ? [] : artifactsOfVersion("cni-plugins", "", sourcesOf(settings));
}

/** What has no checksum of what the settings ask for. */
export function artifactProblems(set: ReleaseSet, settings: RuntimeSettings): SettingProblem[] {
  const version = settings.runtimeVersion;
  return [
    ...unknownProblems("runtimeVersion", () => daemonArtifacts(set, settings), version || undefined),
    ...settings.handlers.flatMap((handler) =>
      unknownProblems("handlers", () => handlerArtifacts(set, handler, settings), handler),
    ),
    ...unknownProblems("runtimeSource", () => cniArtifacts(settings), settings.runtimeSource),
  ];
}

/** That what an action asks for cannot be had, or nothing. */
export function unknownProblems(
  setting: SettingProblem["setting"],
  action: () => unknown,
  got?: unknown,
): SettingProblem[] {
  const why = whyUnknown(action);
  return why === undefined ? [] : [{ setting, rule: `cannot be had: ${why}`, ...(got === undefined ? {} : { got }) }];
}

function daemonArtifacts({ daemon }: ReleaseSet, settings: RuntimeSettings): Artifact[] {
  return isPackaged(settings) ? [] : artifactsOfVersion(daemon, settings.runtimeVersion, sourcesOf(settings));
}

function handlerArtifacts(set: ReleaseSet, handler: HandlerName, settings: RuntimeSettings): Artifact[] {
  const [first, ...others] = isReleased(handler, settings) ? set.ofHandler(handler) : [];
  if (first === undefined) return [];
  const sources = sourcesOf(settings);
  const found = artifactsOfVersion(first, "", sources);
  const version = found[0]!.version;
  return [...found, ...others.flatMap((name) => artifactsOfVersion(name, version, sources))];
}
