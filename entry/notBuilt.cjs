"use strict";
const { existsSync } = require("node:fs");
const path = require("node:path");

/**
 * What to throw when the package could not be loaded. A package that npm took from git is built by its install script, which
 * `--ignore-scripts` leaves out.
 */
module.exports = (error) =>
  existsSync(path.join(__dirname, "..", "dist"))
    ? error
    : new Error(
        `hardway is not built: ${path.dirname(__dirname)} has no folder "dist". Install it from the npm registry or from a tarball ` +
          'of "npm pack"; or, from git, without "--ignore-scripts", so that npm builds it.',
      );
