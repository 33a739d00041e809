import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { preview } from "../../../cli/commands/preview";
import type { GlobalOptions } from "../../../cli/lab/context";
import { labPaths, repositoryRoot } from "../../../cli/paths";
import type { LabPreview } from "../../../cli/preview/labPreview";
import { baseFile, labStackFile } from "../../../cli/settings/stackFile";
import { policyLines } from "../../../cli/preview/policyReview";
import { rules } from "../../../policy/rules";
import { expectGolden } from "../../support/golden";
import { keyFiles } from "../../support/keyFiles";
import { runCommand } from "../inProcess";
import { temporaryFolder } from "../support";

const options: GlobalOptions = { lab: "hosts", color: false };

describe("preview --policy", function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  const keys = keyFiles();

  /** Previews a lab of two hosts that are never logged in to, from a state folder as of a fresh clone. */
  function previewed(ssh: object, masquerade: string, json: boolean) {
    const host = (name: string, role: string, last: number) => ({
      ...{ name, role, address: `10.240.0.${last}` },
      ssh: { host: `192.0.2.${last}`, user: "admin", privateKeyFile: join(keys.folder, "key"), ...ssh },
    });
    const hosts = [host("server", "controller", 10), host("node-0", "worker", 80)];
    const paths = labPaths(options.lab, folder());
    mkdirSync(paths.workspace, { recursive: true });
    copyFileSync(join(repositoryRoot, "Pulumi.hosts.yaml"), baseFile(paths));
    const config = { "hardway:target": "hosts", "hardway:hosts": hosts, "hardway:masquerade": masquerade };
    writeFileSync(labStackFile(paths), JSON.stringify({ config }));
    return runCommand(folder(), () => preview({ ...options, json }, { policy: true }));
  }

  it("says in one line that all rules hold", async () => {
    const { code, stdout, error } = await previewed({ hostKey: keys.publicKey }, "outsideCluster", false);
    expect(error).to.equal("");
    expect(code).to.equal(0);
    expect(stdout.trimEnd().split("\n").at(-1)).to.equal(`Policies: ${rules.length} rules checked, all hold.`);
    expect(stdout).to.contain("8 steps on hosts");
  });

  it("ends with exit code 1 where a mandatory one is broken, and says by what, why and what to do", async () => {
    const { code, stdout, error } = await previewed({}, "bridge", true);
    expect(error).to.equal("");
    expect(code).to.equal(1);
    const { policies, hosts } = JSON.parse(stdout) as LabPreview;
    expect(hosts).to.have.length(2);
    expect(policies?.checked).to.have.members(rules.map(({ name }) => name));
    expect(policies?.broken.map(({ rule, level }) => [rule, level])).to.deep.equal([
      ["pinned-host-keys", "mandatory"],
      ["pods-keep-their-address", "advisory"],
    ]);
    const [keys, masquerade] = policies?.broken ?? [];
    const rule = rules.find(({ name }) => name === keys?.rule);
    expect(keys).to.include({ reason: rule?.reason, remedy: rule?.remedy });
    expect(keys?.findings.map(({ found, resources }) => [found, resources.map(({ step }) => step)])).to.deep.equal([
      ["The connection to 192.0.2.10 has no hostKey.", ["reachable", "kernel", "routes"]],
      ["The connection to 192.0.2.80 has no hostKey.", ["reachable", "kernel", "runtime", "cni", "routes"]],
    ]);
    const type = "hardway:index:CniConfig";
    expect(masquerade?.findings).to.deep.equal([
      { found: 'masquerade is "bridge".', resources: [{ name: "lab-cni-node-0", type, step: "cni", host: "node-0" }] },
    ]);
    expectGolden("preview/policies.txt", `${policyLines(policies ?? expect.fail()).join("\n")}\n`);
  });
});
