"use strict";
try {
  module.exports = require("../dist/entry/aws.js");
} catch (error) {
  throw require("./notLoaded.cjs")(error);
}
