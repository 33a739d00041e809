/**
 * `node --require loader/typescript.cjs FILE.ts` runs a program of this checkout: the CLI, a plugin, the daemon, or index.ts.
 *
 * It is run as one piece of JavaScript with all of our modules in it, which is made once and kept in .bundles: to compile and find
 * them one by one, and to look whether each file of each package is TypeScript, takes a second of CPU time at every start.
 */
const { execFileSync } = require("node:child_process");
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const path = require("node:path");
const { checksum, root, stamp } = require("./stamp.cjs");
require("./lazy.cjs");

require.extensions[".ts"] = (module, file) => {
  // Pulumi's SDK takes a stack for each of its promises, and has each line of it looked up in its own sources: a third of the CPU
  // time of a preview. A bundle has nothing to be looked up.
  delete Error.prepareStackTrace;
  // The place as the name, so that the lines that an error tells are those of a file that can be read.
  module._compile(kept(file) ?? made(file), placeOf(file));
};

/** The file that keeps the bundle of a program. */
function placeOf(file) {
  return path.join(root, ".bundles", `${path.relative(root, file).replaceAll(path.sep, "-")}.js`);
}

/**
 * The program's bundle; undefined when there is none, when it is not whole, when it was made at another place, whose paths are in it,
 * and when one of the files that it was made from has changed.
 */
function kept(file) {
  try {
    const bundle = readFileSync(placeOf(file), "utf8");
    const end = bundle.indexOf("\n");
    const made = JSON.parse(bundle.slice("// ".length, end));
    const isSame =
      made.root === root &&
      Object.entries(made.sources).every(([name, known]) => stamp(name) === known) &&
      made.sha256 === checksum(bundle.slice(end + 1));
    return isSame ? bundle : undefined;
  } catch {
    return undefined;
  }
}

/** A process of its own makes it, because Node wants a module at once and the bundler takes its time. */
function made(file) {
  const bundle = execFileSync(process.execPath, [path.join(__dirname, "bundle.cjs"), file], {
    encoding: "utf8",
    maxBuffer: Infinity,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const place = placeOf(file);
  const temporary = `${place}.${process.pid}`;
  try {
    mkdirSync(path.dirname(place), { recursive: true });
    writeFileSync(temporary, bundle);
    renameSync(temporary, place);
  } catch {
    // In a checkout that cannot be written to, every start makes it anew.
  }
  return bundle;
}
