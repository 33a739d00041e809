import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { format, resolveConfig } from "prettier";
import { controllerCertificates, workerCertificates } from "../../components/cluster/certificates";
import { clusterDefaults } from "../../components/cluster/clusterDefaults";
import { expectFile, expectGolden } from "../support/golden";
import { renderCertificateMap, talks } from "./certificateMap";

const hosts = {
  controller: controllerCertificates({ name: "server", address: "10.240.0.10" }, clusterDefaults),
  worker: workerCertificates({ name: "node-0", address: "10.240.0.80" }),
};

const certificates = Object.values(hosts).flat();

describe("docs/cluster.md", () => {
  it("shows in its picture every certificate, for what it is made for", () => {
    const used = (usage: "client" | "server") =>
      certificates.filter(({ usages }) => usages.includes(usage)).map(({ name }) => name);
    const named = (names: readonly string[]) => [...new Set(names.filter((name) => name !== "their own"))].sort();
    // etcd's server certificate is a client's too, for etcd's own gateway, which talks to itself.
    expect(named([...talks.map(({ shows }) => shows), "etcd-server"])).to.deep.equal(used("client").sort());
    expect(named(talks.map(({ answers }) => answers))).to.deep.equal(used("server").sort());
  });

  it("has the certificates that are made; UPDATE_GOLDEN=1 writes it anew", async () => {
    const file = join(__dirname, "../../docs/cluster.md");
    const rows = Object.entries(hosts).flatMap(([role, list]) =>
      list.map(
        ({ name, authority, commonName, organization = "", usages }) =>
          `| ${role} | \`${name}\` | ${authority} | ${commonName} | ${organization} | ${usages.join(", ")} |`,
      ),
    );
    const table = ["| On each | Certificate | Signed by | User | Group | As |", "|-|-|-|-|-|-|", ...rows].join("\n");
    const picture = renderCertificateMap(certificates);
    expectGolden("diagram/certificates.mmd", `${picture}\n`);
    const made = readFileSync(file, "utf8").replace(
      /(<!-- certificates -->\n).*(<!-- end -->)/s,
      (_all, begin: string, end: string) => `${begin}\n\`\`\`mermaid\n${picture}\n\`\`\`\n\n${table}\n\n${end}`,
    );
    expectFile(file, await format(made, { ...(await resolveConfig(file)), filepath: file }));
  });
});
