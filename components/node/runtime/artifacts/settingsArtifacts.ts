import { isReleased } from "../handlerPrograms";
import type { HandlerName } from "../handlers";
import type { Runtime } from "../runtime";
import type { RuntimeSettings, SettingProblem } from "../runtimeSettings";
import { UnknownArtifactError, type AddedArtifact, type Artifact } from "./artifact";
import { artifactsOfVersion } from "./hostArtifacts";
import { isOffered, isPackaged, sourcesOf, type SourceSettings } from "./sources";
import { sha256Digest } from "./sums";

/** What is downloaded for a runtime and its handlers, for every architecture. @throws UnknownArtifactError */
export function runtimeArtifacts(runtime: Runtime, settings: RuntimeSettings): Artifact[] {
  return [
    ...daemonArtifacts(runtime, settings),
    ...companionArtifacts(runtime, settings),
    ...settings.handlers.flatMap((handler) => handlerArtifacts(runtime, handler, settings)),
  ];
}

/** The CNI plugins; nothing where they come as a package. @throws UnknownArtifactError */
export function cniArtifacts(settings: SourceSettings): Artifact[] {
  return isPackaged(settings) ? [] : artifactsOfVersion("cni-plugins", "", sourcesOf(settings));
}

/** What has no checksum of what the settings ask for. */
export function artifactProblems(runtime: Runtime, settings: RuntimeSettings): SettingProblem[] {
  const { runtimeVersion, runtimeSource, handlers } = settings;
  return [
    ...unknownProblems("runtimeVersion", () => daemonArtifacts(runtime, settings), runtimeVersion || undefined),
    ...unknownProblems("runtimeMirror", () => companionArtifacts(runtime, settings)),
    ...handlers.flatMap((handler) =>
      unknownProblems("handlers", () => handlerArtifacts(runtime, handler, settings), handler),
    ),
    // The CNI plugins come as the runtime does.
    ...(runtime.release === undefined
      ? []
      : unknownProblems("runtimeSource", () => cniArtifacts(settings), runtimeSource)),
  ];
}

/** What is wrong with a file that was named. */
export function addedProblems({ url, sha256 }: AddedArtifact): SettingProblem[] {
  const setting = "runtimeArtifacts";
  return [
    ...(/^https?:\/\/\S+$/.test(url)
      ? []
      : [{ setting, rule: "must have addresses that begin with https:// or http://", got: url } as const]),
    ...(sha256Digest.test(sha256)
      ? []
      : [{ setting, rule: `must have the SHA-256 of ${url}, 64 digits of 0-9 and a-f`, got: sha256 } as const]),
  ];
}

/** That what an action asks for cannot be had, or nothing. */
function unknownProblems(setting: SettingProblem["setting"], action: () => unknown, got?: unknown): SettingProblem[] {
  try {
    action();
    return [];
  } catch (error) {
    if (!(error instanceof UnknownArtifactError)) throw error;
    return [{ setting, rule: `cannot be had: ${error.message}`, ...(got === undefined ? {} : { got }) }];
  }
}

function daemonArtifacts({ release }: Runtime, settings: RuntimeSettings): Artifact[] {
  return release === undefined || isPackaged(settings)
    ? []
    : artifactsOfVersion(release, settings.runtimeVersion, sourcesOf(settings));
}

/** A repository has the companion as a package, unless somebody else is named for it. */
function companionArtifacts({ companion }: Runtime, settings: RuntimeSettings): Artifact[] {
  return companion === undefined || (settings.runtimeSource === "repository" && !isOffered([companion], settings))
    ? []
    : artifactsOfVersion(companion, "", sourcesOf(settings));
}

function handlerArtifacts(runtime: Runtime, handler: HandlerName, settings: RuntimeSettings): Artifact[] {
  const [first, ...others] = isReleased(handler, settings) ? runtime.handlerReleases(handler) : [];
  if (first === undefined) return [];
  const sources = sourcesOf(settings);
  const found = artifactsOfVersion(first, "", sources);
  const version = found[0]!.version;
  return [...found, ...others.flatMap((name) => artifactsOfVersion(name, version, sources))];
}
