import { join } from "node:path";
import { mirrorDirectory } from "../../cloud/daemon/mirror";
import type { DefaultMirror } from "../../components/config/mirror";
import { sumsFile } from "../artifacts/mirror";
import type { Context } from "../context";
import { fromCloud, openCloud } from "./cloud";
import type { LabSettings } from "./settings";

/** Whether nodes of the lab install from the mirror that the embedded EC2 serves: source mirror, and no other one is named. */
export function usesOwnMirror({ kind, values }: LabSettings): boolean {
  if (kind !== "embedded" || isNamed(values)) return false;
  const nodes = Object.values(asRecord(values["nodes"])).map(asRecord);
  return [values, ...nodes.filter((node) => !isNamed(node))].some((own) => own["runtimeSource"] === "mirror");
}

/** What tells the program of that mirror. The embedded EC2 has to run. */
export async function mirrorVariables(
  context: Pick<Context, "state" | "cache">,
  settings: LabSettings,
): Promise<Record<string, string>> {
  if (!usesOwnMirror(settings)) return {};
  const mirror = (await fromCloud(openCloud(context).status()))?.mirror;
  return mirror === undefined
    ? {}
    : { HARDWAY_MIRROR: mirror, HARDWAY_MIRROR_SUMS: join(mirrorDirectory(context.cache), sumsFile) };
}

/** That mirror before the embedded EC2 runs, for a first look at the configuration. */
export function expectedMirror({ cache }: Pick<Context, "cache">, settings: LabSettings): DefaultMirror | undefined {
  return usesOwnMirror(settings)
    ? { url: "http://mirror", sumsFile: join(mirrorDirectory(cache), sumsFile) }
    : undefined;
}

function isNamed(values: Readonly<Record<string, unknown>>): boolean {
  return typeof values["runtimeMirror"] === "string" && values["runtimeMirror"] !== "";
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
