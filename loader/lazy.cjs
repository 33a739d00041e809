/**
 * Pulumi's SDK loads a TypeScript compiler and npm's solver of dependencies at every start, for functions that become part of the
 * state. Nothing here has such, and to load the two takes twice as long as all the rest, so they wait until they are used first.
 */
const Module = require("node:module");
const path = require("node:path");

const names = ["typescript", "@npmcli/arborist"];
const sdk = path.join("node_modules", "@pulumi", "pulumi") + path.sep;
const load = Module._load;

Module._load = function (name, parent, isMain) {
  if (!names.includes(name) || !parent?.filename?.includes(sdk)) return load.call(Module, name, parent, isMain);
  const used = () => load.call(Module, name, parent, isMain);
  // What TypeScript has made of an import takes an ECMAScript module as it is, and would copy all that another one has.
  return new Proxy({}, { get: (_, key) => key === "__esModule" || used()[key], has: (_, key) => key in used() });
};
