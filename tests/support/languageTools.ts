import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findGo, goBuild } from "../../cli/toolchain/goTool";
import { builtOnce, quietly } from "./builtOnce";

/** The Go module that pins what is built. */
export const languagesModule = join(__dirname, "../languages");

export interface LanguageTools {
  /** Generates SDKs, see tests/languages/sdks. */
  readonly sdks: string;
  /** The engine's plugin for programs in YAML. */
  readonly yamlHost: string;
}

/**
 * The programs with which other languages are tried, built from Go modules once, in the user's cache: in three minutes on two
 * cores where the engine was built here, else in ten.
 */
export async function languageTools(): Promise<LanguageTools> {
  const sources = ["go.mod", "go.sum", "sdks/main.go"].map((name) => readFileSync(join(languagesModule, name)));
  const folder = await builtOnce("languages", sources, async (part) =>
    goBuild({
      report: quietly,
      go: await findGo(languagesModule, { report: quietly }),
      moduleDirectory: languagesModule,
      packages: ["./sdks", "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml"],
      // Go takes a name with a slash at its end for a folder.
      output: `${part}/`,
      linkerFlags: "-s -w",
      what: "the programs that try other languages",
    }),
  );
  return { sdks: join(folder, "sdks"), yamlHost: join(folder, "pulumi-language-yaml") };
}
