import { isOffered, isPackaged, type SourceSettings } from "./artifacts/sources";
import { handlers, type HandlerName, type HandlerProgram } from "./handlers";

/**
 * Whether the handler comes from a release: as the runtime does, or because no package brings it and somebody offers
 * it.
 */
export function isReleased(name: HandlerName, settings: SourceSettings): boolean {
  const { distro, releases } = handlers[name];
  return !isPackaged(settings) || (distro === undefined && isOffered(releases, settings));
}

/** How the handler's program is called with these settings; undefined where it is not to be had. */
export function handlerProgram(name: HandlerName, settings: SourceSettings): HandlerProgram | undefined {
  return isReleased(name, settings) ? handlers[name].release : handlers[name].distro;
}

/** @throws RangeError when it is not to be had, which `settingProblems` says before. */
export function requiredProgram(name: HandlerName, settings: SourceSettings): HandlerProgram {
  const program = handlerProgram(name, settings);
  if (program === undefined)
    throw new RangeError(`handler ${name} is not to be had from source ${settings.runtimeSource}`);
  return program;
}

/** Packages of the handlers that come as such. */
export function handlerPackages(names: readonly HandlerName[], settings: SourceSettings): readonly string[] {
  return names.flatMap((name) => (isReleased(name, settings) ? [] : handlers[name].packages));
}
