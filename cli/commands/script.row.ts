import { Argument, Option } from "commander";
import type { CommandRow } from "./row";

export const scriptRow: CommandRow = {
  name: "script",
  summary: "Print what a host was sent for a step, or list its steps",
  examples: [
    "./hardway script node-0",
    "./hardway script node-0 kernel | less",
    "./hardway script node-0 kernel | ./hardway ssh node-0 sh",
    "./hardway script node-0 cni --undo",
  ],
  arguments: [
    new Argument("<node>", "name of the host, e.g. node-0"),
    new Argument("[step]", "one of its steps (default: list them)"),
  ],
  options: [new Option("--undo", "the script that takes the step back")],
  load: async () => (await import("./script.js")).script,
};
