const { createHash } = require("node:crypto");
const { statSync } = require("node:fs");
const path = require("node:path");

/** The checkout. */
const root = path.dirname(__dirname);

/**
 * Changes whenever the file does; null when it is not there.
 * @param name relative to the checkout
 * @param before ms since 1970; null too for a file that was written to since
 */
function stamp(name, before = Infinity) {
  const found = statSync(path.join(root, name), { throwIfNoEntry: false });
  return found && found.mtimeMs < before ? `${found.size} ${found.mtimeMs}` : null;
}

/** SHA-256 of a text. */
function checksum(text) {
  return createHash("sha256").update(text).digest("hex");
}

module.exports = { checksum, root, stamp };
