import { runToEnd } from "../../cloud/run";
import { check, findGo, goBuild, moduleSource, type GoContext } from "../toolchain/goTool";
import { which } from "../toolchain/which";
import type { ReleaseRecipe } from "./recipe";

/**
 * Builds a recipe's programs.
 *
 * @param output folder that gets them
 * @param what what is built, for progress, e.g. `runc 1.5.2`
 * @throws Error that says what went wrong, UserError where a tool is missing
 */
export async function compile(recipe: ReleaseRecipe, output: string, what: string, context: GoContext): Promise<void> {
  const { module, moduleDirectory: pins } = recipe;
  const go = await findGo(pins, context);
  const moduleDirectory = recipe.ownModule ? await moduleSource({ go, pins, module, ...context }) : pins;
  for (const { module: own, packages, cgo, tags, flags = [], linkerFlags, program = "" } of recipe.programs) {
    await goBuild({
      ...{ ...context, go, moduleDirectory, linkerFlags, what },
      // Go takes a name with a slash at its end for a folder.
      output: `${output}/${program}`,
      packages: packages.map((name) => [own ?? module, name].filter(Boolean).join("/")),
      flags: ["-mod=readonly", ...flags, ...(tags.length > 0 ? ["-tags", tags.join(",")] : [])],
      env: { CGO_ENABLED: cgo ? "1" : "0" },
    });
  }
  for (const { program, sources, flags } of recipe.cPrograms ?? []) {
    context.report.text(`building ${program} of ${what}`);
    const gcc = which("gcc", context.path);
    if (gcc === undefined) throw new Error("gcc is not installed");
    const args = [...flags, "-o", `${output}/${program}`, ...sources];
    check(
      await runToEnd(gcc, args, { cwd: moduleDirectory, signal: context.signal, timeoutMs: 60_000 }),
      "compiling",
      context.signal,
    );
  }
}
