import type { CommandRow } from "./row";

export const envRow: CommandRow = {
  name: "env",
  summary: "Print export lines with which plain pulumi works on the lab",
  examples: ['eval "$(./hardway env)" && pulumi preview', 'eval "$(./hardway env --lab two)"'],
  load: async () => (await import("./env.js")).env,
};
