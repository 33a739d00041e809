"use strict";
try {
  module.exports = require("../dist/index.js");
} catch (error) {
  throw require("./notLoaded.cjs")(error);
}
