import { expect } from "chai";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkBeforeMachines, readSettings } from "../../../cli/lab/settings";
import { repositoryRoot } from "../../../cli/paths";
import { failureOf, temporaryFolder } from "../support";

describe("settings", () => {
  const root = temporaryFolder();
  const project = `name: hardway
runtime: nodejs
config:
  workers: { type: integer, default: 2 }
  machineCores: { type: integer, default: 1 }
  hosts: { type: array, items: { type: object }, default: [] }
  inventory: { type: string, default: "" }
  hardway:clusterCidr: { type: string, default: 10.200.0.0/16 }
  aws:region: { value: eu-central-1 }
`;
  const write = (name: string, content: string) => writeFileSync(join(root(), name), content);
  beforeEach(() => write("Pulumi.yaml", project));

  it("are the project's defaults and over them the stack's values", () => {
    write(
      "Pulumi.two.yaml",
      'encryptionsalt: v1:x\nconfig:\n  hardway:workers: "3"\n  other:workers: 9\n  hardway:sandboxImage: a:1\n',
    );
    const settings = readSettings(root(), "two");
    expect(settings.values).to.deep.equal({
      workers: 3,
      machineCores: 1,
      hosts: [],
      inventory: "",
      clusterCidr: "10.200.0.0/16",
      sandboxImage: "a:1",
    });
    expect(settings).to.deep.include({
      bringYourOwn: false,
      hasSecrets: false,
      stackFile: join(root(), "Pulumi.two.yaml"),
    });
  });

  it("of a lab without a stack file are those of dev", () => {
    write("Pulumi.dev.yaml", "config:\n  hardway:workers: 1\n");
    expect(readSettings(root(), "two").values).to.include({ workers: 1 });
  });

  it("need no stack file at all", () => {
    expect(readSettings(root(), "two").values).to.include({ workers: 2 });
  });

  for (const line of [
    "hardway:inventory: hosts.yaml",
    "hardway:hosts: [{ name: a }]",
    'hardway:hosts: \'[{"name":"a"}]\'',
  ]) {
    it(`tell own hosts by ${line}`, () => {
      write("Pulumi.dev.yaml", `config:\n  ${line}\n`);
      expect(readSettings(root(), "dev").bringYourOwn).to.equal(true);
    });
  }

  it("tell that a value is encrypted, however deep", () => {
    write("Pulumi.dev.yaml", "config:\n  hardway:hosts:\n    - name: a\n      ssh: { password: { secure: AAAA } }\n");
    expect(readSettings(root(), "dev").hasSecrets).to.equal(true);
  });

  it("name the file that cannot be read", async () => {
    write("Pulumi.dev.yaml", "config: [\n");
    const error = await failureOf(() => readSettings(root(), "dev"));
    expect(error.message).to.contain(join(root(), "Pulumi.dev.yaml"));
    expect(error).to.have.property("exitCode", 78);
  });

  it("are checked whole before there are machines", async () => {
    write("Pulumi.dev.yaml", "config:\n  hardway:workers: 50\n  hardway:machineMemoryMiB: 64\n  hardway:wokers: 1\n");
    const error = await failureOf(() => checkBeforeMachines(readSettings(root(), "dev"), root()));
    expect(error.name).to.equal("ConfigError");
    expect(error.message)
      .to.match(/hardway:workers .*got 50/)
      .and.match(/hardway:machineMemoryMiB .*got 64/)
      .and.contain('did you mean "workers"?');
  });

  it("of this checkout pass", () => {
    expect(checkBeforeMachines(readSettings(repositoryRoot, "dev"), repositoryRoot)).to.deep.include({
      workers: 2,
      machineMemoryMiB: 1024,
      machineCores: 1,
    });
  });
});
