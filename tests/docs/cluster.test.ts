import { readFileSync } from "node:fs";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { controllerCertificates, workerCertificates } from "../../components/cluster/certificates";
import { clusterDefaults } from "../../components/cluster/clusterDefaults";
import { expectFile } from "../support/golden";

const hosts = {
  controller: controllerCertificates({ name: "server", address: "10.240.0.10" }, clusterDefaults),
  worker: workerCertificates({ name: "node-0", address: "10.240.0.80" }),
};

describe("docs/cluster.md", () => {
  it("has the certificates that are made; UPDATE_GOLDEN=1 writes it anew", async () => {
    const file = join(__dirname, "../../docs/cluster.md");
    const rows = Object.entries(hosts).flatMap(([role, list]) =>
      list.map(
        ({ name, authority, commonName, organization = "", usages }) =>
          `| ${role} | \`${name}\` | ${authority} | ${commonName} | ${organization} | ${usages.join(", ")} |`,
      ),
    );
    const table = ["| On each | Certificate | Signed by | User | Group | As |", "|-|-|-|-|-|-|", ...rows].join("\n");
    const made = readFileSync(file, "utf8").replace(
      /(<!-- certificates -->\n).*(<!-- end -->)/s,
      (_all, begin: string, end: string) => `${begin}\n${table}\n\n${end}`,
    );
    expectFile(file, await format(made, { ...(await resolveConfig(file)), filepath: file }));
  });
});
