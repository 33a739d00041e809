"use strict";
try {
  module.exports = require("../dist/entry/testing.js");
} catch (error) {
  throw require("./notLoaded.cjs")(error);
}
