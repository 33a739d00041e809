import { expect } from "chai";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkedConfig, readSettings, type AwsSettings, type LabKind } from "../../../cli/lab/settings";
import { labPaths, repositoryRoot } from "../../../cli/paths";
import { failureOf, temporaryFolder } from "../support";

const loopback = "http://127.77.0.1:4566";
const kinds: [what: string, config: string[], kind: LabKind, aws: AwsSettings][] = [
  [
    "an endpoint on this computer",
    [`aws:endpoints: [{ ec2: "${loopback}", sts: "${loopback}" }]`],
    "embedded",
    { endpoint: loopback },
  ],
  [
    "an endpoint as pulumi config set writes it",
    [`aws:endpoints: '[{"ec2":"${loopback}"}]'`, "aws:region: us-east-1"],
    "embedded",
    { endpoint: loopback, region: "us-east-1" },
  ],
  [
    "endpoints one by one",
    [`aws:endpoints: [{ sts: "${loopback}" }, { ec2: "http://localhost:5000" }]`],
    "embedded",
    { endpoint: "http://localhost:5000" },
  ],
  ["no endpoints", ["aws:region: eu-west-1", "aws:profile: work"], "aws", { region: "eu-west-1", profile: "work" }],
  ["no AWS keys at all", [], "aws", {}],
  [
    "an endpoint elsewhere",
    ["aws:endpoints: [{ ec2: https://ec2.example.com }]"],
    "aws",
    { endpoint: "https://ec2.example.com" },
  ],
  ["an endpoint of another service", [`aws:endpoints: [{ s3: "${loopback}" }]`], "aws", {}],
  ["endpoints that are no list", [`aws:endpoints: "${loopback}"`], "aws", {}],
  [
    "keys, the secret one encrypted",
    ["aws:accessKey: AKIA", "aws:secretKey: { secure: AAAA }"],
    "aws",
    { accessKey: "AKIA" },
  ],
];

describe("settings", () => {
  const root = temporaryFolder();
  const project = `name: hardway
runtime: nodejs
config:
  target: { type: string, default: hosts }
  workers: { type: integer, default: 2 }
  podCidrPrefix: { type: integer, default: 24 }
  hosts: { type: array, items: { type: object }, default: [] }
  inventory: { type: string, default: "" }
  hardway:clusterCidr: { type: string, default: 10.200.0.0/16 }
  aws:region: { value: eu-central-1 }
`;
  const write = (name: string, content: string) => writeFileSync(join(root(), name), content);
  const stack = (...lines: string[]) => write("Pulumi.dev.yaml", `config:\n  ${lines.join("\n  ")}\n`);
  beforeEach(() => write("Pulumi.yaml", project));

  it("are the project's defaults and over them the stack's values", () => {
    write(
      "Pulumi.two.yaml",
      'encryptionsalt: v1:x\nconfig:\n  hardway:workers: "3"\n  other:workers: 9\n  hardway:sandboxImage: a:1\n',
    );
    const settings = readSettings(root(), labPaths("two", root()));
    expect(settings.values).to.deep.equal({
      target: "hosts",
      workers: 3,
      podCidrPrefix: 24,
      hosts: [],
      inventory: "",
      clusterCidr: "10.200.0.0/16",
      sandboxImage: "a:1",
    });
    expect(settings).to.deep.include({ kind: "hosts", hasSecrets: false, stackFile: join(root(), "Pulumi.two.yaml") });
  });

  it("of a lab without a stack file are those of dev", () => {
    stack("hardway:workers: 1");
    expect(readSettings(root(), labPaths("two", root())).values).to.include({ workers: 1 });
  });

  it("need no stack file at all", () => {
    expect(readSettings(root(), labPaths("two", root())).values).to.include({ workers: 2 });
  });

  for (const [what, config, kind, aws] of kinds) {
    it(`with target aws and ${what} are those of a lab of kind ${kind}`, () => {
      stack("hardway:target: aws", ...config);
      expect(readSettings(root(), labPaths("dev", root()))).to.deep.include({ kind, aws });
    });
  }

  it("with target hosts are of that kind, whatever AWS is told", () => {
    stack("hardway:target: hosts", `aws:endpoints: [{ ec2: "${loopback}" }]`);
    expect(readSettings(root(), labPaths("dev", root())).kind).to.equal("hosts");
  });

  it("tell that a value is encrypted, however deep", () => {
    stack("hardway:hosts:", "  - name: a", "    ssh: { password: { secure: AAAA } }");
    expect(readSettings(root(), labPaths("dev", root())).hasSecrets).to.equal(true);
  });

  it("tell of no encrypted value of others, which the program does not read", () => {
    stack("aws:secretKey: { secure: AAAA }");
    expect(readSettings(root(), labPaths("dev", root())).hasSecrets).to.equal(false);
  });

  it("name the file that cannot be read", async () => {
    write("Pulumi.dev.yaml", "config: [\n");
    const error = await failureOf(() => readSettings(root(), labPaths("dev", root())));
    expect(error.message).to.contain(join(root(), "Pulumi.dev.yaml"));
    expect(error).to.have.property("exitCode", 78);
  });

  it("are checked whole", async () => {
    stack("hardway:target: aws", "hardway:workers: 60", "hardway:rootVolumeGiB: 1", "hardway:wokers: 1");
    const error = await failureOf(() => checkedConfig(readSettings(root(), labPaths("dev", root())), root()));
    expect(error.name).to.equal("ConfigError");
    expect(error.message)
      .to.match(/hardway:workers .*got 60/)
      .and.match(/hardway:rootVolumeGiB /)
      .and.contain('did you mean "workers"?');
  });

  const shipped: [stack: string, kind: LabKind][] = [
    ["dev", "embedded"],
    ["two-zones", "embedded"],
    ["aws", "aws"],
    ["hosts", "hosts"],
    ["a-lab-without-a-file", "embedded"],
  ];
  for (const [name, kind] of shipped) {
    it(`of this checkout's ${name} are of kind ${kind}`, () => {
      const settings = readSettings(repositoryRoot, labPaths(name, root()));
      expect(settings.kind).to.equal(kind);
      if (kind !== "hosts")
        expect(checkedConfig(settings, repositoryRoot)).to.deep.include({ target: "aws", hosts: [] });
    });
  }
});

describe("an inventory of the user's", () => {
  const root = temporaryFolder();
  const inventory = `hosts:
  - { name: server, role: controller, address: 10.240.0.10, ssh: { host: h, password: x } }
  - { name: node-0, role: worker, address: 10.240.0.80, ssh: { host: h, password: x } }
`;
  const names = () =>
    checkedConfig(readSettings(root(), labPaths("dev", root())), root()).hosts.map(({ name }) => name);
  let before: string | undefined;
  beforeEach(() => {
    before = process.env["HARDWAY_INVENTORY"];
    writeFileSync(
      join(root(), "Pulumi.yaml"),
      'name: hardway\nconfig:\n  target: { default: hosts }\n  inventory: { default: "" }\n  hosts: { default: [] }\n',
    );
    writeFileSync(join(root(), "mine.yaml"), inventory);
  });
  afterEach(() => {
    delete process.env["HARDWAY_INVENTORY"];
    if (before !== undefined) process.env["HARDWAY_INVENTORY"] = before;
  });

  it("is taken from HARDWAY_INVENTORY where the configuration names no hosts", () => {
    process.env["HARDWAY_INVENTORY"] = join(root(), "mine.yaml");
    expect(names()).to.deep.equal(["server", "node-0"]);
  });

  it("is rather the one that the configuration names", () => {
    process.env["HARDWAY_INVENTORY"] = join(root(), "gone.yaml");
    writeFileSync(join(root(), "Pulumi.dev.yaml"), "config:\n  hardway:inventory: mine.yaml\n");
    expect(names()).to.deep.equal(["server", "node-0"]);
  });
});
