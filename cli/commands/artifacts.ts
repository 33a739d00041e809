import { resolve } from "node:path";
import { mirrorDirectory } from "../../cloud/daemon/MirrorServer";
import { hostArchitecture } from "../../cloud/packages";
import { knownArtifacts, type Artifact } from "../../components/node/runtime/artifacts/artifact";
import { artifactArchitectures, artifactNames } from "../../components/node/runtime/artifacts/lock";
import { buildMirror, copyMirror } from "../artifacts/build";
import { builtArtifacts, notBuilt, readMirrorSums, type BuiltArtifact } from "../artifacts/built";
import type { ReleaseRecipe } from "../artifacts/recipe";
import { buildNames, recipes, type BuildName } from "../artifacts/recipes";
import { Context, type GlobalOptions } from "../lab/context";
import { plainTable, renderTable } from "../output/table";

/** Makes these files of the mirror, and copies all of it to `output`. */
export async function build(
  options: GlobalOptions,
  names: readonly BuildName[],
  { output }: { output?: string },
): Promise<number> {
  const context = new Context(options);
  const { progress, cache, interrupt } = context;
  const built = await progress.phase("Artifacts", async (report) => {
    const made = await buildMirror({ cache, recipes: recipes(names), report, signal: interrupt.signal });
    if (output !== undefined) copyMirror(cache, resolve(output));
    return made;
  });
  const mirror = output === undefined ? mirrorDirectory(cache) : resolve(output);
  return context.finish({ mirror, built }, () => `The mirror is in ${mirror}; its checksums are in SHA256SUMS there.`);
}

/** What was built, what could be, and what the lock file knows. Changes nothing. */
export function listArtifacts(options: GlobalOptions): Promise<number> {
  const context = new Context(options);
  const mirror = mirrorDirectory(context.cache);
  const built = builtArtifacts(mirror, readMirrorSums(context.cache) ?? "");
  const locked = artifactNames.flatMap((name) => artifactArchitectures.flatMap((arch) => knownArtifacts(name, arch)));
  const buildable = buildNames.flatMap((build) =>
    notBuilt(recipes([build]), built).map(({ name, version }) => ({ name, version, build })),
  );
  return Promise.resolve(
    context.finish({ mirror, built, buildable, locked }, () => render(context, built, buildable, locked)),
  );
}

function render(
  { colors }: Context,
  built: readonly BuiltArtifact[],
  buildable: readonly (Pick<ReleaseRecipe, "name" | "version"> & { readonly build: BuildName })[],
  locked: readonly Artifact[],
): string {
  const table = plainTable(["NAME", "VERSION", "FOR", "SOURCE", "WHERE"], colors);
  for (const { name, version, arch, file } of built) table.push([name, version, arch, "built here", file]);
  for (const { name, version, build } of buildable)
    table.push([name, version, hostArchitecture().debian, "can be built", `./hardway artifacts build ${build}`]);
  // Both architectures have the same versions.
  for (const { name, version, url } of locked.filter(({ arch }) => arch === artifactArchitectures[0]))
    table.push([name, version, artifactArchitectures.join(", "), "lock file", new URL(url).host]);
  return renderTable(table);
}
