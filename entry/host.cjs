"use strict";
try {
  module.exports = require("../dist/entry/host.js");
} catch (error) {
  throw require("./notBuilt.cjs")(error);
}
