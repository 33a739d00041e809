import type { CommandRow } from "./row";

export const downRow: CommandRow = {
  name: "down",
  summary: "Undo the lab: its VPC and machines, or what was done on your hosts, and the lab's folder",
  examples: ["./hardway down", "./hardway down --yes"],
  load: async () => (await import("./down.js")).down,
};
