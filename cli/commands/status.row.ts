import type { CommandRow } from "./row";

export const statusRow: CommandRow = {
  name: "status",
  summary: "Show the lab's machines and its last run",
  examples: ["./hardway status", "./hardway status --json"],
  load: async () => (await import("./status.js")).status,
};
