import { createHash } from "node:crypto";
import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { makeFolder, withPartFolder } from "../../cli/files";
import { waitForLock } from "../../cli/lock";
import { cacheDirectory } from "../../cli/paths";
import type { PhaseReport } from "../../cli/progress/progress";

/** What a build does need not be seen. */
export const quietly: PhaseReport = {
  text() {},
  counter() {},
  part() {},
  partDone() {},
  result() {},
};

/**
 * A folder of the user's cache with what tests build once from the same sources.
 *
 * @param sources everything that decides what is built
 * @param build fills the folder, which counts only when it is complete
 */
export async function builtOnce(
  name: string,
  sources: readonly (string | Buffer)[],
  build: (folder: string) => Promise<void>,
): Promise<string> {
  const hash = createHash("sha256");
  for (const source of sources) hash.update(source);
  const toolchain = join(cacheDirectory(), "toolchain");
  const folder = join(toolchain, `${name}-${hash.digest("hex").slice(0, 16)}`);
  makeFolder(toolchain);
  const lock = await waitForLock(join(toolchain, `.${name}.lock`), "tests", {
    ...{ doing: "building programs", report: quietly },
  });
  try {
    if (!existsSync(folder))
      await withPartFolder(toolchain, `.${name}.part-`, async (part) => {
        await build(part);
        renameSync(part, folder);
      });
  } finally {
    lock.release();
  }
  return folder;
}
