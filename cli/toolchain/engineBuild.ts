import { join } from "node:path";
import { engineVersion } from "./engineVersion";
import { findGo, goBuild, type GoContext } from "./goTool";

interface BuildOptions extends GoContext {
  /** Folder that gets `pulumi`. */
  readonly into: string;
}

/** go.mod and go.sum: they pin every module that goes into the engine by its hash. */
const moduleDirectory = join(__dirname, "engine");

/**
 * Builds the engine from Go modules. About 5 minutes on 2 cores and 1 GB of Go's own caches.
 *
 * @throws Error that says what went wrong.
 */
export async function buildEngine(options: BuildOptions): Promise<void> {
  const go = await findGo(moduleDirectory, options);
  options.report.text(`building Pulumi ${engineVersion} from Go modules, once; this takes some minutes`);
  await goBuild({
    ...options,
    go,
    moduleDirectory,
    packages: ["github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"],
    output: join(options.into, "pulumi"),
    linkerFlags: linkerFlags(),
    what: `Pulumi ${engineVersion}`,
  });
}

/** Without symbols and debug data (115 MB instead of 165), and with the version that the plugins and the state see. */
function linkerFlags(): string {
  return `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${engineVersion}`;
}
