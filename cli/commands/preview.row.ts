import type { CommandRow } from "./row";

export const previewRow: CommandRow = {
  name: "preview",
  summary: "Show what up would change, without machines or logins",
  examples: ["./hardway preview", "./hardway preview --json"],
  load: async () => (await import("./preview.js")).preview,
};
