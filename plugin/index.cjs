"use strict";
// What a Node.js language host loads of a folder with a PulumiPlugin.yaml. It exports nothing: of a module that exports
// components, the host makes the schema itself, without secrets and defaults.
try {
  require("../loader/typescript.cjs");
} catch (error) {
  if (error.code === "MODULE_NOT_FOUND") error.message += "\nRun npm install in the folder with PulumiPlugin.yaml.";
  throw error;
}
require("./main.ts");
