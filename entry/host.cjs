"use strict";
try {
  module.exports = require("../dist/entry/host.js");
} catch (error) {
  throw require("./notLoaded.cjs")(error);
}
