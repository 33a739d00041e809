"use strict";
try {
  module.exports = require("../dist/entry/aws.js");
} catch (error) {
  throw require("./notBuilt.cjs")(error);
}
