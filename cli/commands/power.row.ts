import type { CommandRow } from "./row";

export const stopRow: CommandRow = {
  name: "stop",
  summary: "Shut the machines down; their disks stay",
  examples: ["./hardway stop"],
  load: async () => (await import("./power.js")).stopMachines,
};

export const startRow: CommandRow = {
  name: "start",
  summary: "Boot the machines that are not running",
  examples: ["./hardway start", "./hardway stop && ./hardway start && ./hardway verify"],
  load: async () => (await import("./power.js")).startMachines,
};
