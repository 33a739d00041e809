import { expect } from "chai";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { version as awsVersion } from "@pulumi/aws/package.json";
import { version as commandVersion } from "@pulumi/command/package.json";
import type { LabKind, PluginChoice } from "../../../cli/settings/settings";
import { inspectPlugins } from "../../../cli/toolchain/inspect";
import { labPaths } from "../../../cli/paths";
import { choosePlugins } from "../../../cli/settings/plugins";
import { installPlugins } from "../../../providers/install";
import { temporaryFolder } from "../support";

const command = `resource-command-v${commandVersion}`;
const aws = `resource-aws-v${awsVersion}`;
const table: [kind: LabKind, installed: string[], choice: PluginChoice][] = [
  ["embedded", [], "bundled"],
  ["embedded", [command, aws], "bundled"],
  ["hosts", [], "bundled"],
  ["hosts", [command], "official"],
  ["hosts", ["resource-command-v0.0.1"], "bundled"],
  ["aws", [], "bundled"],
  ["aws", [command], "bundled"],
  ["aws", [aws], "bundled"],
  ["aws", [command, aws], "official"],
];

describe("plugins", () => {
  const home = temporaryFolder();
  const install = (pulumiHome: string, names: string[]) =>
    names.forEach((name) => mkdirSync(join(pulumiHome, "plugins", name), { recursive: true }));

  for (const [kind, installed, choice] of table) {
    it(`of a lab of kind ${kind} are the ${choice} ones where Pulumi has ${installed.join(" and ") || "none"}`, () => {
      install(join(home(), ".pulumi"), installed);
      expect(choosePlugins({ kind, env: { HOME: home() } })).to.equal(choice);
    });
  }

  it("are looked for in PULUMI_HOME where that is set", () => {
    install(join(home(), "elsewhere"), [command]);
    const env = { HOME: home(), PULUMI_HOME: join(home(), "elsewhere") };
    expect(choosePlugins({ kind: "hosts", env })).to.equal("official");
    expect(choosePlugins({ kind: "hosts", env: { ...env, PULUMI_HOME: "" } })).to.equal("bundled");
  });

  it("are not taken for official where `hardway env` of another lab names the folder of its bundled ones", async () => {
    const { pulumiHome } = labPaths("other", home());
    await installPlugins({ pulumiHome });
    const env = { HOME: home(), PULUMI_HOME: pulumiHome };
    for (const kind of ["hosts", "aws"] as const) expect(choosePlugins({ kind, env })).to.equal("bundled");
    install(join(home(), ".pulumi"), [command]);
    expect(choosePlugins({ kind: "hosts", env })).to.equal("official");
  });

  it("are named by the doctor, each with its version", () => {
    const row = (plugins: PluginChoice, kind: LabKind) => {
      const { wanted, found } = inspectPlugins(plugins, kind);
      return { wanted, found };
    };
    expect(row("bundled", "embedded")).to.deep.equal({
      wanted: "command, aws, nodejs",
      found: "in place of command 1.2.1, aws 7.48.0",
    });
    expect(row("bundled", "hosts")).to.deep.equal({ wanted: "command, nodejs", found: "in place of command 1.2.1" });
    expect(row("official", "aws")).to.deep.equal({ wanted: "command 1.2.1, aws 7.48.0", found: undefined });
  });

  it("are those that were asked for, for every kind", () => {
    const kinds: LabKind[] = ["embedded", "aws", "hosts"];
    for (const asked of ["official", "bundled"] as const)
      for (const kind of kinds) expect(choosePlugins({ asked, kind, env: { HOME: home() } })).to.equal(asked);
  });
});
