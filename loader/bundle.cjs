/** Prints a program and all modules of ours that it uses as one piece of JavaScript. The first line says what it was made from. */
const { readFileSync } = require("node:fs");
const path = require("node:path");
const esbuild = require("esbuild");
const { dependencies, devDependencies } = require("../package.json");
const { checksum, root, stamp } = require("./stamp.cjs");

/** Packages that Node.js before 20.19 cannot require, because they are ECMAScript modules; they become part of the bundle. */
const esModules = ["log-update"];

/** Changes with every installation of packages. */
const installed = "node_modules/.package-lock.json";

async function main(file) {
  const started = Date.now();
  const { metafile, outputFiles } = await esbuild.build({
    entryPoints: [file],
    absWorkingDir: root,
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    charset: "utf8",
    logLevel: "silent",
    // Names of classes and functions are shown to people.
    keepNames: true,
    // Packages stay outside: what a program and Pulumi's SDK both use must be there once.
    external: Object.keys({ ...dependencies, ...devDependencies })
      .filter((name) => !esModules.includes(name))
      .flatMap((name) => [name, `${name}/*`]),
    plugins: [{ name: "folders", setup: (build) => build.onLoad({ filter: /\.ts$/ }, withFolder) }],
  });
  const own = Object.keys(metafile.inputs).filter((name) => !name.startsWith("node_modules/"));
  const sources = [...own, "loader/bundle.cjs", "package.json", installed];
  // What was written to meanwhile may have been read before.
  const stamps = sources.map((name) => [name, stamp(name, started)]);
  const [{ text }] = outputFiles;
  const header = { root, sha256: checksum(text), sources: Object.fromEntries(stamps) };
  process.stdout.write(`// ${JSON.stringify(header)}\n${text}`);
}

/** Modules read the files next to them, also from within a bundle. */
function withFolder({ path: file }) {
  const text = readFileSync(file, "utf8");
  const folder = `const __dirname = ${JSON.stringify(path.dirname(file))};`;
  return { loader: "ts", contents: text.includes("__dirname") ? folder + text : text };
}

main(process.argv[2]).catch(({ message }) => {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
});
