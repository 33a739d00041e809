import { expect } from "chai";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { preview } from "../../../cli/commands/preview";
import { up } from "../../../cli/commands/up";
import { Context, type GlobalOptions } from "../../../cli/lab/context";
import { agreeToAws } from "../../../cli/lab/agreement";
import { labStackFile } from "../../../cli/settings/stackFile";
import type { LabSettings } from "../../../cli/settings/settings";
import { labPaths } from "../../../cli/paths";
import { runCommand, type Outcome } from "../inProcess";
import { temporaryFolder } from "../support";

const options: GlobalOptions = { lab: "dev", color: false };

describe("before anything is made", () => {
  const folder = temporaryFolder();
  const run = (action: () => Promise<number>) => runCommand(folder(), action);
  const commands: [string, () => Promise<number>][] = [
    ["up", () => up(options, {})],
    ["preview", () => preview(options, {})],
  ];

  /** Sets keys for lab dev alone, as `pulumi config set` does. */
  function set(config: Record<string, unknown>): void {
    const paths = labPaths("dev", folder());
    mkdirSync(paths.workspace, { recursive: true });
    writeFileSync(labStackFile(paths), JSON.stringify({ config }));
  }

  for (const [name, command] of commands) {
    it(`${name} lists every problem of the configuration, beside what is encrypted in it`, async () => {
      set({
        "hardway:workers": 60,
        "hardway:rootVolumeGiB": 1,
        "hardway:registryCredentials": { "docker.io": { username: "me", password: { secure: "v1:AAAA" } } },
      });
      const { code, error } = await run(command);
      expect(code, error).to.equal(78);
      expect(error).to.match(/^The lab's configuration has 2 problems:\n.*workers.*\n.*rootVolumeGiB/);
      expect(existsSync(join(folder(), "cloud"))).to.equal(false);
      expect(readdirSync(labPaths("dev", folder()).directory)).to.deep.equal(["workspace"]);
    });

    it(`${name} lists them before a mirror is built`, async () => {
      set({ "hardway:runtimeSource": "mirror", "hardway:workers": 60 });
      const { code, error } = await run(command);
      expect(code, error).to.equal(78);
      expect(error).to.contain("hardway:workers");
    });
  }

  it("up asks whether to make a lab on AWS, and is refused where there is nobody to ask", async () => {
    const { code, error } = await run(() => up({ ...options, lab: "aws", json: true }, {}));
    expect(code).to.equal(64);
    expect(error).to.equal(
      'Make lab "aws" on AWS (region us-east-1)? Its machines cost money until it is removed. ' +
        "There is no terminal to ask on; say so with --yes.",
    );
    expect(readdirSync(folder())).to.deep.equal([]);
  });

  describe("on AWS, up", () => {
    const settings = (aws: LabSettings["aws"], kind: LabSettings["kind"] = "aws") =>
      ({ kind, aws, values: {}, strayKeys: [], hasSecrets: false }) satisfies LabSettings;
    const agree = (given: LabSettings, yes = false): Promise<Outcome> =>
      run(async () => {
        const context = new Context({ ...options, json: true, yes });
        await agreeToAws(Object.create(context, { settings: { value: given } }) as Context);
        return 0;
      });
    const home = { region: "eu-west-1", profile: "home" };

    it("remembers that it was told yes", async () => {
      expect((await agree(settings(home), true)).code).to.equal(0);
      expect((await agree(settings(home))).code).to.equal(0);
    });

    for (const other of [{ ...home, profile: "work" }, { region: "eu-west-1" }, { ...home, region: "eu-west-2" }])
      it(`asks again for ${JSON.stringify(other)}`, async () => {
        await agree(settings(home), true);
        expect((await agree(settings(other))).code).to.equal(64);
      });

    it("names an endpoint that is neither on this computer nor AWS's own", async () => {
      const { code, error } = await agree(settings({ endpoint: "http://127.0.0.1.example.com" }));
      expect(code).to.equal(64);
      expect(error).to.contain("not this computer: http://127.0.0.1.example.com");
    });

    for (const kind of ["embedded", "hosts"] as const)
      it(`asks nothing of a lab of kind ${kind}`, async () => {
        expect((await agree(settings({}, kind))).code).to.equal(0);
        expect(readdirSync(folder())).to.deep.equal([]);
      });
  });
});
