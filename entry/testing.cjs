"use strict";
try {
  module.exports = require("../dist/entry/testing.js");
} catch (error) {
  throw require("./notBuilt.cjs")(error);
}
