import { Option } from "commander";
import type { CommandRow } from "./row";

export const upRow: CommandRow = {
  name: "up",
  summary: "Make the machines, build the lab on them, and verify it",
  examples: [
    "./hardway up",
    "./hardway up --lab two",
    "./hardway up --skip-verify",
    "./hardway up --replace node-0",
    "./hardway up --json > lab.json",
  ],
  options: [
    new Option("--skip-verify", "leave the verification out"),
    new Option("--replace <node...>", "remove these machines with their disks, and make new ones"),
  ],
  load: async () => (await import("./up.js")).up,
};
