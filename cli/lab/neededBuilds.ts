import { join } from "node:path";
import { mirrorDirectory } from "../../cloud/daemon/MirrorServer";
import { localImage } from "../../components/cluster/localImage";
import { packagesLack, usesDefaultMirror, type DefaultMirror } from "../../components/config/defaultMirror";
import { artifactArchitectures, mirrorPath, type ArtifactName } from "../../components/node/runtime/artifacts/lock";
import { renderSums } from "../../components/node/runtime/artifacts/sums";
import { handlerNames } from "../../components/node/runtime/handlers";
import type { RuntimeSource } from "../../components/node/runtime/runtimeSettings";
import { runtimeKinds, runtimeOf } from "../../components/node/runtime/runtimes";
import { readMirrorSums, sumsFile } from "../artifacts/built";
import { buildNames, recipes, type BuildName } from "../artifacts/recipes";
import type { Lab } from "./context";
import type { LabSettings } from "../settings/settings";
import { section } from "../yaml";

/**
 * What the lab's nodes install from the mirror that the embedded EC2 serves: those with source mirror, and those that
 * need more than their packages contain, unless another mirror is named. Empty when no node does.
 */
export function neededBuilds({ kind, values }: LabSettings): BuildName[] {
  if (kind !== "embedded") return [];
  const nodes = Object.values(section(values["nodes"])).map((own) => ({ ...values, ...section(own) }));
  const needed: string[] = [values, ...nodes].map(sourceValues).filter(usesDefaultMirror).flatMap(neededReleases);
  if (values["cluster"] === true && sourceValues(values).runtimeMirror === "")
    needed.push(...clusterBuilds, ...imageBuilds(values));
  return buildNames.filter((name) => needed.includes(name));
}

/** What a cluster is made of, of which the distribution has nothing. */
const clusterBuilds: readonly BuildName[] = ["kubernetes", "etcd", "crictl"];

function imageBuilds({ dnsImage }: Readonly<Record<string, unknown>>): readonly ArtifactName[] {
  const image = typeof dnsImage === "string" ? localImage(dnsImage) : undefined;
  return image === undefined ? [] : [image.name];
}

function neededReleases(values: ReturnType<typeof sourceValues>): readonly ArtifactName[] {
  if (values.runtimeSource !== "mirror") return packagesLack(values);
  const runtime = runtimeOf(values.runtime);
  const ofHandlers = values.handlers.flatMap((name) => runtime.handlerReleases(name));
  return ["cni-plugins", ...(runtime.release === undefined ? [] : [runtime.release]), ...ofHandlers];
}

/** These values have not been checked yet; the program reports those that make no sense. */
function sourceValues({
  runtime,
  runtimeSource,
  runtimeMirror,
  handlers: wanted,
  runtimeArtifacts,
}: Readonly<Record<string, unknown>>) {
  return {
    runtime: runtimeKinds.find((kind) => kind === runtime) ?? runtimeKinds[0],
    runtimeSource: (runtimeSource ?? "distro") as RuntimeSource,
    runtimeMirror: typeof runtimeMirror === "string" ? runtimeMirror : "",
    handlers: handlerNames.filter((name) => (Array.isArray(wanted) ? wanted.includes(name) : name === "runc")),
    runtimeArtifacts: (Array.isArray(runtimeArtifacts) ? runtimeArtifacts : []).map((entry) => ({
      name: String(section(entry)["name"]),
    })),
  };
}

/** The variables that name that mirror to the program. @param mirror its URL, which the embedded EC2 knows while it runs */
export function mirrorVariables(
  { cache, settings }: Pick<Lab, "cache" | "settings">,
  mirror: string | undefined,
): Record<string, string> {
  if (mirror === undefined || neededBuilds(settings).length === 0) return {};
  return { HARDWAY_MIRROR: mirror, HARDWAY_MIRROR_SUMS: join(mirrorDirectory(cache), sumsFile) };
}

/** That mirror as it will be once it is built and the embedded EC2 runs: for a first check of the configuration. */
export function expectedMirror({ cache, settings }: Pick<Lab, "cache" | "settings">): DefaultMirror | undefined {
  const builds = neededBuilds(settings);
  if (builds.length === 0) return undefined;
  const files = recipes(builds).flatMap(({ name, version }) =>
    artifactArchitectures.map((arch) => ({ path: mirrorPath(name, version, arch), digest: "0".repeat(64) })),
  );
  const sums = (readMirrorSums(cache) ?? "") + renderSums(files);
  return { url: "http://mirror", sumsFile: join(mirrorDirectory(cache), sumsFile), sums };
}
