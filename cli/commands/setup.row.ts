import { Option } from "commander";
import type { CommandRow } from "./row";

export const setupRow: CommandRow = {
  name: "setup",
  summary: "Get the tools that the lab needs, without making one",
  examples: ["./hardway setup", "./hardway setup --print-engine"],
  options: [
    new Option("--dev", "also what the project's own tests need"),
    new Option("--print-engine", "print the folder of the Pulumi engine on stdout"),
  ],
  load: async () => (await import("./setup.js")).setup,
};
