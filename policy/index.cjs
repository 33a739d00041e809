"use strict";
require("../loader/typescript.cjs");
require("./pack.ts");
