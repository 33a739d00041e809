import { cniDefaults } from "../cniFiles";
import { containerd } from "./containerd";
import { crio } from "./crio";
import { docker } from "./docker";
import { mirantis } from "./mirantis";
import { repositoryProblems } from "./aptRepository";
import { addedProblems, artifactProblems } from "./artifacts/settingsArtifacts";
import { isPackaged } from "./artifacts/sources";
import { handlerProgram } from "./handlerPrograms";
import { handlers as known } from "./handlers";
import type { Runtime } from "./runtime";
import type { RuntimeKind, RuntimeSettings, SettingProblem } from "./runtimeSettings";

/** Every runtime that there is, the default one first. */
const all = [containerd, crio, docker, mirantis] as const satisfies readonly [Runtime, ...Runtime[]];

export const runtimeKinds = all.map(({ kind }) => kind) as [RuntimeKind, ...RuntimeKind[]];

/** @throws RangeError when there is no such runtime. */
export function runtimeOf(kind: RuntimeKind): Runtime {
  const found = all.find((runtime) => runtime.kind === kind);
  if (found === undefined) throw new RangeError(`there is no runtime ${kind}; there are ${runtimeKinds.join(", ")}`);
  return found;
}

/** What a node gets by default. */
export const runtimeDefaults: RuntimeSettings = {
  runtimeSource: "distro",
  runtimeVersion: "",
  runtimeMirror: "",
  runtimeMirrorSums: "",
  runtimeArtifacts: [],
  runtimeRepositories: [],
  handlers: ["runc"],
  defaultHandler: "runc",
  snapshotter: "overlayfs",
  cgroupDriver: "systemd",
  sandboxImage: "registry.k8s.io/pause:3.9",
  imageArchives: [],
  registryMirrors: {},
  seccompProfile: "unconfined",
  appArmorProfile: "runtime/default",
  cniBinDir: cniDefaults.binDir,
  cniConfDir: cniDefaults.confDir,
};

/**
 * What was given, and the defaults for the rest; the default handler is the first of the handlers. Other properties are
 * left out.
 */
export function withDefaults(given: Partial<RuntimeSettings>): RuntimeSettings {
  const own = Object.keys(runtimeDefaults).flatMap((key) => {
    const value = given[key as keyof RuntimeSettings];
    return value === undefined ? [] : [[key, value] as const];
  });
  const defaultHandler = given.defaultHandler ?? given.handlers?.[0] ?? runtimeDefaults.defaultHandler;
  return { ...runtimeDefaults, ...(Object.fromEntries(own) as Partial<RuntimeSettings>), defaultHandler };
}

/**
 * Everything that a runtime cannot do of what it is asked to.
 *
 * @param hasCredentials whether there are logins for registries
 */
export function settingProblems(runtime: Runtime, settings: RuntimeSettings, hasCredentials = false): SettingProblem[] {
  const { handlers, defaultHandler, runtimeSource, runtimeVersion, snapshotter } = settings;
  const { runtimeMirror, runtimeMirrorSums, runtimeRepositories } = settings;
  const problems: SettingProblem[] = [];
  const add = (setting: SettingProblem["setting"], rule: string, got?: unknown) =>
    problems.push({ setting, rule, ...(got === undefined ? {} : { got }) });
  const oneOf = (choices: readonly string[], reason?: string) =>
    `must be ${choices.length > 1 ? "one of " : ""}${choices.join(", ")} with runtime ${runtime.kind}${reason === undefined ? "" : `: ${reason}`}`;

  if (!runtime.sources.includes(runtimeSource)) add("runtimeSource", oneOf(runtime.sources), runtimeSource);
  if (runtimeSource === "mirror" && runtimeMirror === "") {
    add("runtimeMirror", 'is missing: source "mirror" needs its base URL');
  }
  if (runtimeSource === "release" && runtimeMirror !== "") {
    add(
      "runtimeMirror",
      'must not be set with source "release", which takes everything from the projects',
      runtimeMirror,
    );
  }
  if (runtimeSource !== "mirror" && runtimeMirror === "" && runtimeMirrorSums !== "") {
    add("runtimeMirrorSums", "is of no use without runtimeMirror");
  }
  if (isPackaged(settings) && runtimeVersion !== "") {
    const decides = runtimeSource === "distro" ? "distribution" : "repository";
    add("runtimeVersion", `must not be set with source "${runtimeSource}": the ${decides} decides`, runtimeVersion);
  }
  problems.push(...runtimeRepositories.flatMap(repositoryProblems));
  if (runtimeSource === "repository" && runtimeRepositories.length === 0) {
    add("runtimeRepositories", 'is missing: source "repository" needs one');
  }
  if (runtimeSource !== "repository" && runtimeRepositories.length > 0) {
    add("runtimeRepositories", 'is for source "repository"', runtimeSource);
  }
  problems.push(...settings.runtimeArtifacts.flatMap(addedProblems));
  for (const handler of handlers) {
    if (!runtime.handlers.includes(handler)) {
      add("handlers", oneOf(runtime.handlers, runtime.reasons?.[handler]), handler);
    } else if (handlerProgram(handler, settings) === undefined) {
      add(
        "handlers",
        `cannot have ${handler} with source "${runtimeSource}": ${known[handler].noPackage ?? "no package brings it"}. Name a mirror that has it as ` +
          'runtimeMirror, or use source "release" or "mirror"',
      );
    }
  }
  if (!handlers.includes(defaultHandler)) {
    add("defaultHandler", `must be one of handlers (${handlers.join(", ")})`, defaultHandler);
  }
  if (!runtime.snapshotters.includes(snapshotter)) {
    add("snapshotter", oneOf(runtime.snapshotters, runtime.reasons?.[snapshotter]), snapshotter);
  }
  if (hasCredentials && runtime.secrets === undefined) {
    const rule = `must not be set with runtime ${runtime.kind}, which takes logins from the kubelet alone`;
    add("registryCredentials", rule);
  }
  return [...problems, ...artifactProblems(runtime, settings), ...(runtime.problems?.(settings) ?? [])];
}
