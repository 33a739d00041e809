import { execFileSync } from "node:child_process";
import { expect } from "chai";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkedConfig, readSettings, type AwsPluginSettings, type LabKind } from "../../../cli/settings/settings";
import { baseFile, labStackFile } from "../../../cli/settings/stackFile";
import { labPaths, repositoryRoot } from "../../../cli/paths";
import { configProblems } from "../../support/configProblems";
import { failureOf, temporaryFolder } from "../support";

const loopback = "http://127.77.0.1:4566";
const kinds: [what: string, config: string[], kind: LabKind, aws: AwsPluginSettings][] = [
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

  it("are read as the engine reads them", () => {
    write(
      "Pulumi.yaml",
      project + "  runtimeVersion: { type: string, default: '' }\n  extraSysctls: { type: object, default: {} }\n",
    );
    write(
      "Pulumi.two.yaml",
      `config:
  hardway:runtimeVersion: "2.2"
  hardway:workers: 3
  hardway:hosts:
  hardway:inventory: ~
  hardway:podCidrPrefix: "25"
  hardway:extraSysctls: '{"vm.max_map_count":262144}'
`,
    );
    const { values } = readSettings(root(), labPaths("two", root()));
    // What "pulumi config --json" says of this file: "2.2", 3, and "" for the two that have no value.
    expect(values).to.deep.include({
      runtimeVersion: "2.2",
      workers: 3,
      inventory: "",
      hosts: [],
      podCidrPrefix: 25,
      extraSysctls: { "vm.max_map_count": 262144 },
    });
    write("Pulumi.two.yaml", "config:\n  hardway:runtimeVersion: 2.2\n");
    expect(readSettings(root(), labPaths("two", root())).values).to.include({ runtimeVersion: "2.2" });
  });

  it("tell of keys that nobody reads", () => {
    stack("hardwy:workers: 1", "hardway:__proto__: 1", "hardway:wokers: 1", "command:x: 1", "aws:region: us-east-1");
    const settings = readSettings(root(), labPaths("dev", root()));
    expect(configProblems(() => checkedConfig({ ...settings, values: { ...settings.values } }, root()))).to.deep.equal([
      "hardway:__proto__ is not a known key",
      'hardway:wokers is not a known key (did you mean "workers"?)',
      `hardwy:workers is no key of this program (did you mean "hardway:workers"?)`,
    ]);
  });

  it("say nothing about a locked key whose passphrase is encrypted", () => {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "word", "-f", join(root(), "locked")]);
    const host = (passphrase: string) => [
      "hardway:target: hosts",
      "hardway:hosts:",
      "  - { name: a, role: worker, address: 10.240.0.80, ssh: { host: h, privateKeyFile: locked, privateKeyPassword: " +
        `${passphrase} } }`,
    ];
    stack(...host("{ secure: AAAA }"));
    const check = () => checkedConfig(readSettings(root(), labPaths("dev", root())), root());
    expect(check()).to.equal(undefined);
    stack(...host("wrong"));
    expect(configProblems(check)).to.have.length(1);
  });

  it("name a file whose values refer to themselves", async () => {
    write("Pulumi.dev.yaml", "config: &c\n  hardway:nodes: *c\n");
    const error = await failureOf(() => readSettings(root(), labPaths("dev", root())));
    expect(error.message).to.equal(
      `${join(root(), "Pulumi.dev.yaml")} cannot be read: a value holds an alias of itself`,
    );
    expect(error).to.have.property("exitCode", 78);
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

  const refused: [what: string, content: string, said: string][] = [
    ["nothing", "", "is empty"],
    ["a remark alone", "# config: later\n", "is empty"],
    ["a list", "- config\n", "holds a list"],
    ["a number", "7\n", "holds a number"],
    ["a text", "config\n", "holds a text"],
    ["a program", "\u007fELF\u0002\u0001\u0001\u0000\u0000", ""],
    ["two documents", "config: {}\n---\nconfig: {}\n", "cannot be read"],
    ["no configuration", "config:\n", 'has nothing as "config"'],
    ["a list as configuration", "config: [hardway:workers]\n", 'has a list as "config"'],
    ["a text as configuration", "config: hardway\n", 'has a text as "config"'],
    ["a misspelt section", "confg: { hardway:target: hosts }\n", 'has a key "confg"'],
    [
      "a key of nobody",
      "config: { target: hosts }\n",
      'has a key "target" in "config"; say whose it is, e.g. hardway:target',
    ],
    ["itself", "config: &c { hardway:nodes: *c }\n", "cannot be read"],
    ["a target that is encrypted", "config: { hardway:target: { secure: AAAA } }\n", "has hardway:target encrypted"],
    ...[`"${loopback}"`, `{ ec2: "${loopback}" }`, "7", "null", "{ secure: AAAA }"].map(
      (value): [string, string, string] => [
        `${value} as endpoints`,
        `config: { aws:endpoints: ${value} }\n`,
        "has aws:endpoints in a form",
      ],
    ),
    ["a text among the endpoints", `config: { aws:endpoints: ["${loopback}"] }\n`, "has a text in aws:endpoints"],
    ["an endpoint that is no URL", "config: { aws:endpoints: [{ ec2: 127.77.0.1:4566 }] }\n", "has no URL as ec2 in"],
    ["an empty endpoint", 'config: { aws:endpoints: [{ ec2: "" }] }\n', "has no URL as ec2 in"],
    ["an endpoint with many parts", `config: { aws:endpoints: [{ ec2: [${loopback}] }] }\n`, "has no URL as ec2 in"],
  ];
  for (const [what, content, said] of refused) {
    it(`are none, and not those of a lab on AWS, where the stack file holds ${what}`, async () => {
      write("Pulumi.dev.yaml", content);
      const error = await failureOf(() => readSettings(root(), labPaths("dev", root())));
      expect(error).to.have.property("exitCode", 78);
      expect(error.message).to.contain(join(root(), "Pulumi.dev.yaml")).and.contain(said);
    });
  }

  it("are none where endpoints were set in the lab's workspace in a form that cannot be read", async () => {
    stack(`aws:endpoints: [{ ec2: "${loopback}" }]`);
    const paths = labPaths("dev", root());
    mkdirSync(paths.workspace, { recursive: true });
    writeFileSync(baseFile(paths), `config: { aws:endpoints: [{ ec2: "${loopback}" }] }\n`);
    writeFileSync(labStackFile(paths), `config: { aws:endpoints: "${loopback}" }\n`);
    const error = await failureOf(() => readSettings(root(), paths));
    expect(error).to.have.property("exitCode", 78);
    expect(error.message).to.contain(labStackFile(paths)).and.contain("aws:endpoints");
  });

  /** A lab of the embedded EC2 with its two files in the workspace, whatever became of one of them. */
  function workspace(lab: string | undefined, record: string | undefined) {
    stack("hardway:target: aws", "hardway:workers: 3", `aws:endpoints: [{ ec2: "${loopback}" }]`);
    const paths = labPaths("dev", root());
    mkdirSync(paths.workspace, { recursive: true });
    if (lab !== undefined) writeFileSync(labStackFile(paths), lab);
    if (record !== undefined) writeFileSync(baseFile(paths), record);
    return { paths, read: () => readSettings(root(), paths) };
  }
  const whole = `config: { hardway:target: aws, hardway:workers: 3, aws:endpoints: [{ ec2: "${loopback}" }] }\n`;

  it("are those of the checkout where the workspace's stack file was lost, and not those of a lab on AWS", () => {
    const { kind, values } = workspace(undefined, whole).read();
    expect([kind, values["workers"]]).to.deep.equal(["embedded", 3]);
  });

  for (const text of ["", "\0\0\0", "- config\n", "7\n", "config:\n", "config: [a]\n", "config: [\n"]) {
    it(`are none where the workspace's stack file holds ${JSON.stringify(text)}, with what to do`, async () => {
      const { paths, read } = workspace(text, whole);
      const error = await failureOf(read);
      expect(error).to.have.property("exitCode", 78);
      expect(error.message).to.match(/ put it back, or remove it, and the checkout's settings count\.$/);
      expect(error.message).to.contain(labStackFile(paths));
    });

    it(`are those of the workspace where the record of the checkout's holds ${JSON.stringify(text)}`, () => {
      const { kind, values } = workspace(whole.replace("}]", "}], hardway:podCidrPrefix: 25"), text).read();
      expect([kind, values["workers"], values["podCidrPrefix"]]).to.deep.equal(["embedded", 3, 25]);
    });
  }

  const hosts = (...lines: string[]) => ["hardway:hosts:", "  - name: a", ...lines.map((line) => `    ${line}`)];
  const check = () => checkedConfig(readSettings(root(), labPaths("dev", root())), root());
  const secrets: [what: string, config: string[], problems: string[]][] = [
    [
      "a password",
      [
        ...hosts("role: worker", "address: 10.240.0.300", "ssh: { host: h, password: { secure: AA } }"),
        "hardway:wokers: 1",
      ],
      ["hardway:hosts[0].address", "hardway:wokers"],
    ],
    [
      "a key",
      hosts(
        "role: worker",
        "address: 10.240.0.80",
        "podCidr: 10.250.0.0/24",
        "ssh: { host: h, privateKey: { secure: AA } }",
      ),
      ["hardway:hosts[0].podCidr"],
    ],
    ["all hosts", ["hardway:hosts: { secure: AA }", "hardway:podCidrPrefix: 4"], ["hardway:podCidrPrefix"]],
    [
      "logins",
      ["hardway:target: aws", "hardway:registryCredentials: { secure: AA }", "hardway:workers: 60"],
      ["hardway:workers"],
    ],
  ];
  for (const [what, config, problems] of secrets) {
    it(`are checked as far as they can be read where ${what} is encrypted`, async () => {
      stack(...config);
      const { message } = await failureOf(check);
      const found = message.split("\n").slice(1);
      expect(found).to.have.length(problems.length, message);
      for (const [index, problem] of problems.entries()) expect(found[index]).to.contain(problem);
      expect(message).not.to.contain("(encrypted)");
    });
  }

  it("are left to the program where nothing but what is encrypted could be wrong", () => {
    stack("hardway:hosts: { secure: AA }");
    expect(check()).to.equal(undefined);
    stack(
      "hardway:target: aws",
      "hardway:registryCredentials:",
      "  docker.io: { username: me, password: { secure: AA } }",
    );
    expect(check()).to.have.deep.nested.property("aws.workers", 2);
  });

  it("tell of logins that are not encrypted before anything is made", async () => {
    stack("hardway:target: aws", "hardway:registryCredentials: { docker.io: { username: me, password: open } }");
    const { message } = await failureOf(check);
    expect(message).to.contain("hardway:registryCredentials must be secret").and.not.contain("open");
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
        expect(checkedConfig(settings, repositoryRoot)).to.deep.include({ hosts: [] }).and.have.property("aws");
    });
  }
});

describe("an inventory of the user's", () => {
  const root = temporaryFolder();
  const inventory = `hosts:
  - { name: server, role: controller, address: 10.240.0.10, ssh: { host: h, agentSocketPath: /x } }
  - { name: node-0, role: worker, address: 10.240.0.80, ssh: { host: h, agentSocketPath: /x } }
`;
  const names = () =>
    checkedConfig(readSettings(root(), labPaths("dev", root())), root())!.hosts.map(({ name }) => name);
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
