import { expect } from "chai";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { labStackFile, writeWorkspace } from "../../../cli/engine/workspaceFiles";
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

  it("takes a stack's own file and later changes of it, and keeps the engine's salt", () => {
    writeWorkspace(paths(), root());
    writeFileSync(labStackFile(paths()), "encryptionsalt: v1:abc\nconfig:\n  hardway:workers: 1\n  hardway:gone: 1\n");
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
});
