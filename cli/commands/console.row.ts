import { Argument } from "commander";
import type { CommandRow } from "./row";

export const consoleRow: CommandRow = {
  name: "console",
  summary: "Attach to a machine's serial console; Ctrl-] leaves",
  examples: ["./hardway console node-0"],
  arguments: [new Argument("<node>", "name of the machine, e.g. node-0")],
  load: async () => (await import("./console.js")).console,
};
