import type { CommandRow } from "./row";

export const certsRow: CommandRow = {
  name: "certs",
  summary: "List the cluster's certificates on all hosts, with the days that are left",
  description:
    "List the cluster's certificates on all hosts, with the days that are left. Exit code 1 when one has ended, has fewer than 30 days left or cannot be read.",
  examples: ["./hardway certs", "./hardway certs --json | jq '.[] | select(.problem)'", "./hardway certs renew --yes"],
  load: async () => (await import("./certs.js")).certs,
  commands: [
    {
      name: "renew",
      summary: "Issue the certificates of all hosts again, and restart the services that read them",
      examples: ["./hardway certs renew", "./hardway certs renew --yes"],
      load: async () => (await import("./certs.js")).renewCerts,
    },
  ],
};
