import { Argument, Option } from "commander";
import type { CommandRow } from "./row";

export const repairRow: CommandRow = {
  name: "repair",
  summary: "Mend hosts that somebody or something changed: run the steps again whose checks fail",
  examples: ["./hardway repair", "./hardway repair node-0", "./hardway repair --preview"],
  arguments: [new Argument("[node...]", "hosts whose steps may run again (default: all)")],
  options: [new Option("--preview", "only say what would run")],
  load: async () => (await import("./repair.js")).repair,
};
