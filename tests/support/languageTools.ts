import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { makeFolder, withPartFolder } from "../../cli/files";
import { waitForLock } from "../../cli/lock";
import { cacheDirectory } from "../../cli/paths";
import type { PhaseReport } from "../../cli/progress/progress";
import { findGo, goBuild } from "../../cli/toolchain/goTool";

/** The Go module that pins what is built. */
export const languagesModule = join(__dirname, "../languages");

export interface LanguageTools {
  /** Generates SDKs, see tests/languages/sdks. */
  readonly sdks: string;
  /** The engine's plugin for programs in YAML. */
  readonly yamlHost: string;
}

/** What it does need not be seen. */
const report: PhaseReport = {
  text() {},
  counter() {},
  part() {},
  partDone() {},
  result() {},
};

/**
 * The programs with which other languages are tried, built from Go modules once, in the user's cache: in three minutes on two
 * cores where the engine was built here, else in ten.
 */
export async function languageTools(): Promise<LanguageTools> {
  const sources = ["go.mod", "go.sum", "sdks/main.go"].map((name) => readFileSync(join(languagesModule, name)));
  const key = createHash("sha256").update(Buffer.concat(sources)).digest("hex").slice(0, 16);
  const toolchain = join(cacheDirectory(), "toolchain");
  const folder = join(toolchain, `languages-${key}`);
  makeFolder(toolchain);
  const lock = await waitForLock(join(toolchain, ".languages.lock"), "tests", { doing: "building programs", report });
  try {
    if (!existsSync(folder))
      await withPartFolder(toolchain, ".languages.part-", async (part) => {
        await goBuild({
          report,
          go: await findGo(languagesModule, { report }),
          moduleDirectory: languagesModule,
          packages: ["./sdks", "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml"],
          // Go takes a name with a slash at its end for a folder.
          output: `${part}/`,
          linkerFlags: "-s -w",
          what: "the programs that try other languages",
        });
        renameSync(part, folder);
      });
  } finally {
    lock.release();
  }
  return { sdks: join(folder, "sdks"), yamlHost: join(folder, "pulumi-language-yaml") };
}
