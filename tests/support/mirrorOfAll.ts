import { buildNames, recipes } from "../../cli/artifacts/recipes";
import type { DefaultMirror } from "../../components/config/defaultMirror";
import { artifactArchitectures, mirrorPath } from "../../components/node/runtime/artifacts/lock";
import { renderSums } from "../../components/node/runtime/artifacts/sums";

const files = recipes(buildNames).flatMap(({ name, version }) =>
  artifactArchitectures.map((arch) => ({ path: mirrorPath(name, version, arch), digest: "a".repeat(64) })),
);

/** A mirror that has everything that can be built. */
export const mirrorOfAll: DefaultMirror = {
  ...{ url: "http://mirror.example", sumsFile: "/SHA256SUMS" },
  sums: renderSums(files),
};
