import { expect } from "chai";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { askToRunAgain, writeWorkspace } from "../../../cli/engine/workspaceFiles";
import { describeSettings, labStackFile } from "../../../cli/settings/stackFile";
import { readSettings } from "../../../cli/settings/settings";
import { labPaths } from "../../../cli/paths";
import { temporaryFolder } from "../support";

describe("the engine's workspace", () => {
  const folder = temporaryFolder();
  const root = () => join(folder(), "checkout");
  const paths = () => labPaths("two", join(folder(), "state"));
  const stackFile = () => parse(readFileSync(labStackFile(paths()), "utf8")) as unknown;
  beforeEach(() => {
    mkdirSync(root());
    writeFileSync(join(root(), "Pulumi.yaml"), "name: hardway\nruntime: nodejs\nconfig:\n  workers: { default: 2 }\n");
    writeFileSync(join(root(), "Pulumi.dev.yaml"), "config:\n  hardway:workers: 1\n");
  });

  it("is a copy of the project with the checkout as its program", () => {
    writeWorkspace(paths(), root());
    expect(parse(readFileSync(join(paths().workspace, "Pulumi.yaml"), "utf8"))).to.deep.equal({
      name: "hardway",
      runtime: "nodejs",
      config: { workers: { default: 2 } },
      main: root(),
    });
    expect(stackFile()).to.deep.equal({ config: { "hardway:workers": 1 } });
  });

  it("has the checkout's program, which is not what its package.json names", () => {
    writeFileSync(join(root(), "Pulumi.yaml"), "name: hardway\nmain: index.ts\nruntime: nodejs\n");
    writeWorkspace(paths(), root());
    expect(parse(readFileSync(join(paths().workspace, "Pulumi.yaml"), "utf8"))).to.deep.include({
      main: join(root(), "index.ts"),
    });
  });

  it("takes a stack's own file and later changes of it, and keeps the engine's salt", () => {
    writeWorkspace(paths(), root());
    writeFileSync(labStackFile(paths()), "encryptionsalt: v1:abc\nconfig:\n  hardway:workers: 1\n");
    writeFileSync(join(root(), "Pulumi.two.yaml"), "config:\n  hardway:workers: 3\n");
    writeWorkspace(paths(), root());
    expect(stackFile()).to.deep.equal({ encryptionsalt: "v1:abc", config: { "hardway:workers": 3 } });
  });

  it("says where the embedded EC2 really listens, and keeps all else of the stack's own file", () => {
    const own = ["aws:region: us-east-1", "aws:endpoints: [{ ec2: http://127.77.0.1:4566, s3: http://s3 }]"];
    writeFileSync(join(root(), "Pulumi.two.yaml"), `config:\n  hardway:target: aws\n  ${own.join("\n  ")}\n`);
    const url = "http://127.77.0.1:4567";
    writeWorkspace(paths(), root(), url);
    const config = { "hardway:target": "aws", "aws:region": "us-east-1", "aws:endpoints": [{ ec2: url, sts: url }] };
    expect(stackFile()).to.deep.equal({ config });
    expect(readFileSync(join(root(), "Pulumi.two.yaml"), "utf8"), "the checkout's").to.contain(":4566");

    writeWorkspace(paths(), root());
    expect(stackFile(), "without an endpoint").to.deep.equal({
      config: { ...config, "aws:endpoints": [{ ec2: "http://127.77.0.1:4566", s3: "http://s3" }] },
    });
  });

  it("has no credentials that would come before those of the embedded EC2, for its labs alone", () => {
    const credentials = ["accessKey: a", "secretKey: b", "token: c", "profile: d"].map((line) => `  aws:${line}\n`);
    writeFileSync(join(root(), "Pulumi.two.yaml"), `config:\n  aws:region: us-east-1\n${credentials.join("")}`);
    const own = { "aws:accessKey": "a", "aws:secretKey": "b", "aws:token": "c", "aws:profile": "d" };
    writeWorkspace(paths(), root());
    expect(stackFile()).to.deep.equal({ config: { "aws:region": "us-east-1", ...own } });
    const url = "http://127.77.0.1:4567";
    writeWorkspace(paths(), root(), url);
    const config = { "aws:region": "us-east-1", "aws:endpoints": [{ ec2: url, sts: url }] };
    expect(stackFile()).to.deep.equal({ config });
    expect(describeSettings(writeWorkspace(paths(), root(), url), paths())).to.equal(undefined);
    expect(statSync(labStackFile(paths())).mode & 0o777).to.equal(0o600);
  });

  it("has no stack file any more when the checkout has none", () => {
    writeWorkspace(paths(), root());
    rmSync(join(root(), "Pulumi.dev.yaml"));
    writeWorkspace(paths(), root());
    expect(existsSync(labStackFile(paths()))).to.equal(false);
  });

  it("prefers the salt of the checkout's file, with which its secrets are encrypted", () => {
    writeWorkspace(paths(), root());
    writeFileSync(labStackFile(paths()), "encryptionsalt: v1:old\n");
    writeFileSync(join(root(), "Pulumi.two.yaml"), "encryptionsalt: v1:new\n");
    writeWorkspace(paths(), root());
    expect(stackFile()).to.deep.equal({ encryptionsalt: "v1:new" });
  });

  describe("with settings that were made in the workspace", () => {
    const checkout = (...lines: string[]) =>
      writeFileSync(join(root(), "Pulumi.two.yaml"), `config:\n  ${lines.join("\n  ")}\n`);
    const workspace = (...lines: string[]) =>
      writeFileSync(labStackFile(paths()), `config:\n  ${lines.join("\n  ")}\n`);
    const config = () => (stackFile() as { config: unknown }).config;
    const note = () => describeSettings(writeWorkspace(paths(), root()), paths());

    it("keeps them at every write, reads them as the program does, and says which they are", () => {
      checkout("hardway:workers: 2", "hardway:sshPort: 2222");
      expect(note()).to.equal(undefined);
      // As the engine rewrites the file when one of them is set.
      workspace('hardway:workers: "1"', 'hardway:sshPort: "2222"', "hardway:masquerade: none");
      for (const write of ["first", "second"]) {
        expect(note(), write).to.equal(
          `Configuration set for this lab alone, in ${labStackFile(paths())}: hardway:workers, hardway:masquerade`,
        );
        expect(config(), write).to.deep.equal({
          "hardway:workers": "1",
          "hardway:sshPort": 2222,
          "hardway:masquerade": "none",
        });
      }
      expect(readSettings(root(), paths()).values).to.deep.include({ workers: 1, masquerade: "none", sshPort: 2222 });
    });

    it("keeps that a key was removed there", () => {
      checkout("hardway:workers: 2", "hardway:masquerade: none");
      note();
      workspace("hardway:workers: 2");
      expect(note()).to.contain("hardway:masquerade");
      expect(config()).to.deep.equal({ "hardway:workers": 2 });
    });

    it("takes later changes of other keys from the checkout, and lets the checkout count where both were changed", () => {
      checkout("hardway:workers: 2", "hardway:zones: 1", "hardway:sshPort: 22");
      note();
      workspace("hardway:workers: 1", "hardway:zones: 1", "hardway:sshPort: 2222");
      note();
      checkout("hardway:workers: 3", "hardway:zones: 2", "hardway:sshPort: 22");
      expect(note()).to.equal(
        `Configuration set for this lab alone, in ${labStackFile(paths())}: hardway:sshPort; ` +
          "changed in the checkout since, which counts: hardway:workers",
      );
      expect(config()).to.deep.equal({ "hardway:workers": 3, "hardway:zones": 2, "hardway:sshPort": 2222 });
      expect(note()).to.contain("hardway:sshPort").and.not.contain("workers");
    });

    it("merges maps entry by entry, and takes an encrypted value as one", () => {
      checkout("hardway:nodes: { node-0: { runtime: crio }, node-1: { runtime: docker } }", "hardway:a: { secure: x }");
      note();
      workspace(
        "hardway:nodes: { node-0: { runtime: crio, handlers: [crun] }, node-1: { runtime: docker } }",
        "hardway:a: { secure: z }",
      );
      checkout("hardway:nodes: { node-0: { runtime: crio }, node-1: { runtime: mirantis } }", "hardway:a: { b: 1 }");
      note();
      expect(config()).to.deep.equal({
        "hardway:nodes": { "node-0": { runtime: "crio", handlers: ["crun"] }, "node-1": { runtime: "mirantis" } },
        "hardway:a": { b: 1 },
      });
    });

    it("takes where the embedded EC2 listens for nobody's setting", () => {
      checkout("aws:endpoints: [{ ec2: http://127.77.0.1:4566, sts: http://127.77.0.1:4566 }]");
      const url = "http://127.77.0.1:4567";
      writeWorkspace(paths(), root(), url);
      expect(describeSettings(writeWorkspace(paths(), root(), url), paths())).to.equal(undefined);
      expect(note()).to.equal(undefined);
      expect(JSON.stringify(config())).to.contain(":4566").and.not.contain(":4567");
    });

    it("loses none where an earlier version of hardway made the workspace, which has no record of what it wrote", () => {
      checkout("hardway:workers: 2");
      mkdirSync(paths().workspace, { recursive: true });
      workspace("hardway:workers: 1", "hardway:masquerade: none");
      note();
      expect(config()).to.deep.equal({ "hardway:workers": 2, "hardway:masquerade": "none" });
    });

    it("keeps which steps were asked to run again, whoever asked, and calls that nobody's setting", () => {
      checkout("hardway:runAgain: { node-0: 1 }");
      note();
      askToRunAgain(paths(), [{ host: "node-0", step: "cni" }]);
      expect(note()).to.equal(undefined);
      // As somebody asks with plain Pulumi.
      workspace(`hardway:runAgain: '{"node-0":2,"node-0/cni":1}'`);
      askToRunAgain(paths(), [
        { host: "node-0", step: "cni" },
        { host: "node-1", step: "kernel" },
      ]);
      askToRunAgain(paths(), []);
      expect(note()).to.equal(undefined);
      expect(config()).to.deep.equal({ "hardway:runAgain": { "node-0": 2, "node-0/cni": 2, "node-1/kernel": 1 } });
    });
  });
});
