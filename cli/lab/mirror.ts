import { join } from "node:path";
import { mirrorDirectory } from "../../cloud/daemon/mirror";
import type { DefaultMirror } from "../../components/config/mirror";
import type { HandlerName } from "../../components/node/runtime/handlers/handler";
import type { RuntimeKind } from "../../components/node/runtime/runtime";
import { builtArtifacts, notBuilt, readMirrorSums, sumsFile } from "../artifacts/mirror";
import { buildNames, recipes, type BuildName } from "../artifacts/recipes";
import type { Context } from "../context";
import { fromCloud, openCloud } from "./cloud";
import type { LabSettings } from "./settings";

/** What a node installs from a mirror for its runtime, besides the CNI plugins and containerd's handlers. */
const runtimeBuilds: Readonly<Record<RuntimeKind, readonly BuildName[]>> = {
  containerd: ["containerd"],
  crio: ["cri-o"],
  docker: ["cri-dockerd"],
  mirantis: ["cri-dockerd"],
};
/** What containerd's handlers come from. */
const handlerBuilds: Readonly<Partial<Record<HandlerName, BuildName>>> = { runc: "runc", runsc: "runsc" };

/**
 * What the lab's nodes install from the mirror that the embedded EC2 serves: those with source mirror, when no other one is
 * named. Nothing, when none does.
 */
export function neededBuilds({ kind, values }: LabSettings): BuildName[] {
  if (kind !== "embedded" || isNamed(values)) return [];
  const nodes = Object.values(asRecord(values["nodes"])).map((own) => ({ ...values, ...asRecord(own) }));
  const needed = [values, ...nodes]
    .filter((own) => own["runtimeSource"] === "mirror" && !isNamed(own))
    .flatMap(buildsOf);
  return buildNames.filter((name) => needed.includes(name));
}

/** Values that there are not are left to the program, which says so. */
function buildsOf({ runtime = "containerd", handlers = ["runc"] }: Readonly<Record<string, unknown>>): BuildName[] {
  const ofRuntime = runtimeBuilds[runtime as RuntimeKind] ?? [];
  const ofHandlers = runtime === "containerd" && Array.isArray(handlers) ? handlers : [];
  return ["cni-plugins", ...ofRuntime, ...ofHandlers.flatMap((name) => handlerBuilds[name as HandlerName] ?? [])];
}

/** Whether the mirror has what the lab needs of it, so that the configuration can be checked against it. */
export function isMirrorReady({ cache }: Pick<Context, "cache">, settings: LabSettings): boolean {
  const built = builtArtifacts(mirrorDirectory(cache), readMirrorSums(cache) ?? "");
  return notBuilt(recipes(neededBuilds(settings)), built).length === 0;
}

/** What tells the program of that mirror. The embedded EC2 has to run. */
export async function mirrorVariables(
  context: Pick<Context, "state" | "cache">,
  settings: LabSettings,
): Promise<Record<string, string>> {
  if (neededBuilds(settings).length === 0) return {};
  const mirror = (await fromCloud(openCloud(context).status()))?.mirror;
  return mirror === undefined
    ? {}
    : { HARDWAY_MIRROR: mirror, HARDWAY_MIRROR_SUMS: join(mirrorDirectory(context.cache), sumsFile) };
}

/** That mirror before the embedded EC2 runs, for a first look at the configuration. */
export function expectedMirror({ cache }: Pick<Context, "cache">, settings: LabSettings): DefaultMirror | undefined {
  return neededBuilds(settings).length > 0
    ? { url: "http://mirror", sumsFile: join(mirrorDirectory(cache), sumsFile) }
    : undefined;
}

function isNamed(values: Readonly<Record<string, unknown>>): boolean {
  return typeof values["runtimeMirror"] === "string" && values["runtimeMirror"] !== "";
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
