"use strict";
const { existsSync } = require("node:fs");
const path = require("node:path");

/** What to throw when the package could not be loaded. */
module.exports = (error) => {
  // A package that npm took from git is built by its install script, which "--ignore-scripts" leaves out.
  if (!existsSync(path.join(__dirname, "..", "dist")))
    return new Error(
      `hardway is not built: ${path.dirname(__dirname)} has no folder "dist". Install it from the npm registry or from a tarball ` +
        'of "npm pack"; or, from git, without "--ignore-scripts", so that npm builds it.',
    );
  // npm does not install it by itself, because the components for hosts go without.
  if (error.code === "MODULE_NOT_FOUND" && error.message.includes("'@pulumi/aws"))
    return new Error(
      'hardway and hardway/aws need @pulumi/aws, which is not installed. Install it with "npm install @pulumi/aws", or import ' +
        "the components for hosts from hardway/host.",
      { cause: error },
    );
  return error;
};
