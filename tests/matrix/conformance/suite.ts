import { chmodSync, copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { kubernetesRecipe } from "../../../cli/artifacts/clusterRecipes";
import { cacheDirectory } from "../../../cli/paths";
import { findGo, goBuild } from "../../../cli/toolchain/goTool";
import { mirrorDirectory } from "../../../cloud/daemon/MirrorServer";
import { hostArchitecture } from "../../../cloud/packages";
import { run } from "../../../cloud/run";
import { mirrorPath } from "../../../components/node/runtime/artifacts/lock";
import { localRegistry } from "../../../components/node/runtime/localRegistry";
import { builtOnce, quietly } from "../../support/builtOnce";
import { imageNames, type ImageNames } from "./selection";

/** What pins the suite, and says where images come from. */
export const sources = ["go.mod", "go.sum", "registries.json"].map((name) => join(__dirname, name));
const module = "k8s.io/kubernetes";

/** Kubernetes' own tests, and the program of their images. */
export interface Suite {
  readonly e2e: string;
  readonly agnhost: string;
}

/** Builds them from the Go module once, in the user's cache: in five minutes on two cores where Kubernetes was built here. */
export async function buildSuite(): Promise<Suite> {
  const { version, programs } = kubernetesRecipe("kubectl");
  const { linkerFlags } = programs[0]!;
  const pins = sources.map((file) => readFileSync(file));
  const folder = await builtOnce("conformance", [...pins, linkerFlags], async (part) => {
    const common = {
      ...{ report: quietly, go: await findGo(__dirname, { report: quietly }), moduleDirectory: __dirname },
      ...{ linkerFlags, env: { CGO_ENABLED: "0" } },
    };
    await goBuild({
      ...{ ...common, packages: [`${module}/test/e2e`], test: true },
      ...{ output: join(part, "e2e.test"), what: `the tests of Kubernetes ${version}` },
    });
    await goBuild({
      ...{ ...common, packages: [`${module}/test/images/agnhost`] },
      ...{ output: join(part, "agnhost"), what: `agnhost of Kubernetes ${version}` },
    });
  });
  return { e2e: join(folder, "e2e.test"), agnhost: join(folder, "agnhost") };
}

/** Its images have names of the local registry. */
export const env = { KUBE_TEST_REPO_LIST: join(__dirname, "registries.json") };

/** The images that the tests ask for. */
export async function wantedImages({ e2e }: Suite): Promise<ImageNames> {
  return imageNames(await run(e2e, ["--list-images"], { env, timeoutMs: 120_000 }), localRegistry);
}

/** The names of all tests that the suite itself counts among the conformance tests. */
export async function conformanceTests({ e2e }: Suite): Promise<string[]> {
  const listed = await run(e2e, ["--list-conformance-tests"], { timeoutMs: 120_000 });
  return (parse(listed) as readonly { readonly codename: string }[]).map(({ codename }) => codename);
}

/** A copy of the kubectl that was built for the lab, which the tests call. */
export function kubectlIn(folder: string): string {
  const { name, version } = kubernetesRecipe("kubectl");
  const file = join(folder, "kubectl");
  copyFileSync(join(mirrorDirectory(cacheDirectory()), mirrorPath(name, version, hostArchitecture().debian)), file);
  chmodSync(file, 0o755);
  return file;
}
