import type { CommandRow } from "./row";

export const doctorRow: CommandRow = {
  name: "doctor",
  summary: "Show what is needed, what was found and where from; changes nothing",
  examples: ["./hardway doctor", "./hardway doctor --json"],
  load: async () => (await import("./doctor.js")).doctor,
};
