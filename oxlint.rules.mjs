import { existsSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";

/**
 * The rooms of a folder, one list for each floor from the ground up. A file imports, types included, from its own room and
 * from floors below. "*.ts" are the files that lie directly in the folder; some of them have floors of their own.
 */
const floors = {
  ".": [["components"], ["cloud", "plugin", "policy", "providers"], ["cli"], ["bench"]],
  components: [
    ["host.ts", "shownError.ts"],
    ["plan", "remote"],
    ["network", "node"],
    ["labArgs.ts"],
    ["completeLab.ts"],
    ["config", "labPlan.ts", "testing"],
    ["AwsHosts.ts", "hostSteps.ts"],
    ["HardWayLab.ts"],
    ["entry"],
    ["index.ts"],
  ],
  cli: [
    ["progress"],
    ["*.ts"],
    ["diagram", "output", "settings", "ssh"],
    ["toolchain", "verify"],
    ["artifacts", "engine", "learn"],
    ["lab", "preview"],
    ["report"],
    ["commands"],
    ["program"],
  ],
  cloud: [["*.ts"], ["fabric", "images"], ["machines"], ["api"], ["daemon"]],
  "cloud/api": [["core"], ["resources"], ["instances"], ["*.ts"]],
  providers: [["plugin"], ["aws", "command", "language-nodejs"], ["*.ts"]],
};

/** @returns the room of a folder that a file lies in, and its floor; nothing for a file that lies in none */
function placeIn(folder, file) {
  const [room, ...within] = relative(folder, file).split(sep);
  const levels = floors[folder];
  for (const name of within.length === 0 ? [room, "*.ts"] : [room]) {
    const floor = levels.findIndex((rooms) => rooms.includes(name));
    if (floor !== -1) return { room: name, floor };
  }
  return undefined;
}

/** @returns what is wrong with an import of a file by another, both from the project's folder */
export function wrongImport(file, imported) {
  for (const folder of Object.keys(floors)) {
    const [from, to] = [placeIn(folder, file), placeIn(folder, imported)];
    if (from !== undefined && to !== undefined && from.room !== to.room && from.floor <= to.floor)
      return `${join(folder, from.room)} is below ${join(folder, to.room)} or beside it; the floors are in oxlint.rules.mjs.`;
  }
  return undefined;
}

/** The file that a relative import means. */
function resolveImport(file, specifier) {
  const path = join(dirname(file), specifier);
  return [`${path}.ts`, join(path, "index.ts")].find((candidate) => existsSync(candidate)) ?? path;
}

const floorsRule = {
  create(context) {
    const check = ({ source }) => {
      if (typeof source?.value !== "string" || !source.value.startsWith(".")) return;
      const imported = resolveImport(context.physicalFilename, source.value);
      const message = wrongImport(relative(context.cwd, context.physicalFilename), relative(context.cwd, imported));
      if (message !== undefined) context.report({ node: source, message });
    };
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      TSImportType: check,
    };
  },
};

/** A rule that forbids whatever a selector finds. */
const forbidden = (selector, message) => ({
  create: (context) => ({ [selector]: (node) => context.report({ node, message }) }),
});

export default {
  meta: { name: "hardway" },
  rules: {
    floors: floorsRule,
    "no-narrowed-test": forbidden(
      "CallExpression[callee.property.name='only'][callee.object.name=/^(it|describe)$/]",
      "A narrowed test hides the others.",
    ),
    "generate-key-pair": forbidden(
      "CallExpression[callee.property.name='generateKeyPairSync'] > Literal[value='ed25519']",
      "ssh2 makes one such pair in 256 that nobody can read: generateKeyPair() of cloud/machines/identity.ts.",
    ),
  },
};
