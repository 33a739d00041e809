import js from "@eslint/js";
import prettier from "eslint-config-prettier";
import { createNodeResolver, importX } from "eslint-plugin-import-x";
import tseslint from "typescript-eslint";

/**
 * The rooms of a folder, one list for each floor from the ground up. A file imports, types included, from its own room and
 * from floors below. "*.ts" are the files that lie directly in the folder; some of them have floors of their own.
 */
const floors = {
  ".": [["components"], ["cloud", "plugin", "policy", "providers"], ["cli"], ["bench"]],
  "./components": [
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
  "./cli": [
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
  "./cloud": [["*.ts"], ["fabric", "images"], ["machines"], ["api"], ["daemon"]],
  "./cloud/api": [["core"], ["resources"], ["instances"], ["*.ts"]],
  "./providers": [["plugin"], ["aws", "command", "language-nodejs"], ["*.ts"]],
};

/** What no room may import: other rooms on its floor, and all above. */
const zones = Object.entries(floors).flatMap(([folder, levels]) =>
  levels.flatMap((floor, level) =>
    floor.flatMap((room) =>
      levels
        .slice(level)
        .flat()
        .filter((other) => other !== room)
        .map((other) => ({
          target: glob(folder, room),
          from: glob(folder, other),
          message: `${folder}/${room} is below ${folder}/${other} or beside it; the floors are in eslint.config.mjs.`,
        })),
    ),
  ),
);

function glob(folder, room) {
  return room.endsWith(".ts") ? `${folder}/${room}` : `${folder}/${room}/**/*`;
}

export default tseslint.config(
  { ignores: ["node_modules/", ".bundles/", "dist/"] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: {
          allowDefaultProject: [
            "eslint.config.mjs",
            "entry/*.cjs",
            "loader/*.cjs",
            "plugin/index.cjs",
            "policy/*.cjs",
            "tests/support/reporter.cjs",
          ],
        },
        tsconfigRootDir: import.meta.dirname ?? ".",
      },
    },
    plugins: { "import-x": importX },
    settings: { "import-x/resolver-next": [createNodeResolver({ extensions: [".ts", ".json"] })] },
    rules: {
      "import-x/no-restricted-paths": ["error", { zones }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "no-restricted-syntax": [
        "error",
        {
          selector: "CallExpression[callee.property.name='only'][callee.object.name=/^(it|describe)$/]",
          message: "A narrowed test hides the others.",
        },
        {
          selector: "CallExpression[callee.property.name='generateKeyPairSync'] > Literal[value='ed25519']",
          message:
            "ssh2 makes one such pair in 256 that nobody can read: generateKeyPair() of cloud/machines/identity.ts.",
        },
      ],
    },
  },
  {
    files: ["tests/**/*.ts"],
    // chai's property assertions (expect(x).to.be.true) are expressions.
    rules: { "@typescript-eslint/no-unused-expressions": "off" },
  },
  { files: ["**/*.mjs", "**/*.cjs"], ...tseslint.configs.disableTypeChecked },
  {
    files: ["**/*.cjs"],
    languageOptions: {
      globals: {
        require: "readonly",
        module: "writable",
        console: "readonly",
        process: "readonly",
        __dirname: "readonly",
      },
    },
  },
  { files: ["**/*.cjs"], rules: { "@typescript-eslint/no-require-imports": "off" } },
  prettier,
);
