import { containerd } from "./containerd";
import { crio } from "./crio";
import { docker } from "./docker";
import { mirantis } from "./mirantis";
import { addedProblems } from "./artifacts/artifact";
import { isPackaged } from "./artifacts/sources";
import { handlers as known } from "./handlers/handler";
import { handlerProgram } from "./handlers/programs";
import { repositorySettingProblems } from "./repositorySettings";
import type { Runtime, RuntimeKind, RuntimeSettings, SettingProblem } from "./runtime";

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
  cniBinDir: "/opt/cni/bin",
  cniConfDir: "/etc/cni/net.d",
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
  const { handlers, defaultHandler, runtimeSource, runtimeVersion, runtimeMirror, runtimeMirrorSums, snapshotter } =
    settings;
  const problems: SettingProblem[] = [];
  const oneOf = (choices: readonly string[], reason?: string) =>
    `must be ${choices.length > 1 ? "one of " : ""}${choices.join(", ")} with runtime ${runtime.kind}${reason === undefined ? "" : `: ${reason}`}`;
  if (!runtime.sources.includes(runtimeSource)) {
    problems.push({ setting: "runtimeSource", rule: oneOf(runtime.sources), got: runtimeSource });
  }
  if (runtimeSource === "mirror" && runtimeMirror === "") {
    problems.push({ setting: "runtimeMirror", rule: 'is missing: source "mirror" needs its base URL' });
  }
  if (runtimeSource === "release" && runtimeMirror !== "") {
    const rule = 'must not be set with source "release", which takes everything from the projects';
    problems.push({ setting: "runtimeMirror", rule, got: runtimeMirror });
  }
  if (runtimeSource !== "mirror" && runtimeMirror === "" && runtimeMirrorSums !== "") {
    problems.push({ setting: "runtimeMirrorSums", rule: "is of no use without runtimeMirror" });
  }
  if (isPackaged(settings) && runtimeVersion !== "") {
    const decides = runtimeSource === "distro" ? "distribution" : "repository";
    const rule = `must not be set with source "${runtimeSource}": the ${decides} decides`;
    problems.push({ setting: "runtimeVersion", rule, got: runtimeVersion });
  }
  problems.push(...repositorySettingProblems(settings));
  problems.push(
    ...addedProblems(settings.runtimeArtifacts).map((problem) => ({
      setting: "runtimeArtifacts" as const,
      ...problem,
    })),
  );
  for (const handler of handlers) {
    if (!runtime.handlers.includes(handler)) {
      problems.push({ setting: "handlers", rule: oneOf(runtime.handlers, runtime.reasons?.[handler]), got: handler });
    } else if (handlerProgram(handler, settings) === undefined) {
      const rule =
        `cannot have ${handler} with source "${runtimeSource}": ${known[handler].noPackage ?? "no package brings it"}. Name a mirror that has it as ` +
        'runtimeMirror, or use source "release" or "mirror"';
      problems.push({ setting: "handlers", rule });
    }
  }
  if (!handlers.includes(defaultHandler)) {
    problems.push({
      setting: "defaultHandler",
      rule: `must be one of handlers (${handlers.join(", ")})`,
      got: defaultHandler,
    });
  }
  if (!runtime.snapshotters.includes(snapshotter)) {
    problems.push({
      setting: "snapshotter",
      rule: oneOf(runtime.snapshotters, runtime.reasons?.[snapshotter]),
      got: snapshotter,
    });
  }
  if (hasCredentials && runtime.secrets === undefined) {
    const rule = `must not be set with runtime ${runtime.kind}, which takes logins from the kubelet alone`;
    problems.push({ setting: "registryCredentials", rule });
  }
  return [...problems, ...runtime.problems(settings)];
}
