import type { CommandRow } from "./row";

export const verifyRow: CommandRow = {
  name: "verify",
  summary: "Check on the hosts that everything is as planned",
  examples: ["./hardway verify", "./hardway verify --json | jq '.[] | select(.ok | not)'"],
  load: async () => (await import("./verify.js")).verify,
};
