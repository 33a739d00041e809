import { expect } from "chai";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { PackedPackage } from "../package/packed";
import { TestState } from "../support/hardwayCli";
import { hostSnapshot, type MachineConnection } from "./hostSnapshot";

/** A machine on the embedded EC2, as a platform team's own program makes it. */
const machineProgram = `
import * as ec2 from "@pulumi/aws/ec2";
import { SshKeyPair } from "hardway";
import { LabInstance, LabNetwork } from "hardway/aws";

const network = new LabNetwork("machine", { adminCidrs: ["127.0.0.0/8"], sshPort: 2222 });
const login = new SshKeyPair("login");
const { keyName } = new ec2.KeyPair("login", { publicKey: login.publicKey });
const machine = new LabInstance(
  "machine",
  {
    hostname: "machine",
    subnetId: network.subnets[0]!.id,
    address: "10.240.0.80",
    instanceType: "t2.micro",
    securityGroupIds: [network.securityGroupId],
    sshPort: 2222,
    loginKey: { keyName, privateKey: login.privateKey },
  },
  { dependsOn: [...network.access] },
);
export const connection = machine.host.connection;
`;

/** Two of the steps, on that machine. */
const stepsProgram = `
import * as pulumi from "@pulumi/pulumi";
import { ContainerRuntime, KernelPrep, ReachableHost } from "hardway/host";

const connection = new pulumi.StackReference("organization/machine/try").requireOutput("connection");
const reachable = new ReachableHost("machine", { connection });
const kernel = new KernelPrep("machine", { connection }, { dependsOn: reachable });
const runtime = new ContainerRuntime("machine", { connection }, { dependsOn: kernel });
export const socket = runtime.socket;
`;

describe("a program of somebody's with the npm package", () => {
  let state: TestState;
  let packed: PackedPackage;
  let connection: MachineConnection;
  let untouched: string[];

  before(() => {
    state = new TestState("consumer");
    packed = new PackedPackage();
  });
  after(async () => {
    packed?.remove();
    await state.remove();
    expect(state.processes()).to.deep.equal([]);
  });

  /** A folder with a program and its packages, as npm and Pulumi's templates make them. */
  async function project(name: string, program: string, config: object, pulumiVersion: string): Promise<string> {
    const folder = join(state.directory, name);
    mkdirSync(folder);
    const files = {
      "Pulumi.yaml": stringify({ name, runtime: "nodejs" }),
      "Pulumi.try.yaml": stringify({ config }),
      "package.json": JSON.stringify({ name, main: "index.ts" }),
      "tsconfig.json": JSON.stringify({
        compilerOptions: { strict: true, target: "es2022", module: "node16", moduleResolution: "node16" },
      }),
      "index.ts": program,
    };
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
    const packages = [packed.tarball, `@pulumi/pulumi@${pulumiVersion}`, "@pulumi/command", "@pulumi/aws"];
    const types = ["typescript@5", "@types/node@20"];
    await succeed(folder, `npm install --no-audit --no-fund --ignore-scripts ${[...packages, ...types].join(" ")}`);
    // With two, the outputs of one are no outputs to the other.
    const sdks = await succeed(folder, "find node_modules -path '*/@pulumi/pulumi/package.json'");
    expect(sdks).to.equal("node_modules/@pulumi/pulumi/package.json\n");
    await succeed(folder, "pulumi stack init try --secrets-provider passphrase");
    return folder;
  }

  /** Runs a script in a shell in which `eval "$(./hardway env)"` was done, without the lab's own stack. */
  async function succeed(folder: string, script: string): Promise<string> {
    const { code, stdout, stderr } = await state.shell(
      `unset PULUMI_STACK PULUMI_OPTION_CONFIG_FILE\n${script}`,
      folder,
    );
    expect(code, `${script}: ${stdout}${stderr}`).to.equal(0);
    return stdout;
  }

  const up = "pulumi up --stack try --yes --skip-preview --non-interactive --json";
  /** What an `up` did, by the kind of change; the engine's events are a line each. */
  async function changes(folder: string): Promise<unknown> {
    const events = (await succeed(folder, up)).split("\n").filter((line) => line.includes('"summaryEvent"'));
    expect(events).to.have.length(1);
    return (JSON.parse(events[0]!) as { summaryEvent: { resourceChanges: object } }).summaryEvent.resourceChanges;
  }

  it("makes a machine, with the oldest SDK that the package takes", async () => {
    const { status } = await state.cloud.ensure();
    const endpoints = [{ ec2: status.url, sts: status.url }];
    const folder = await project(
      "machine",
      machineProgram,
      { "aws:region": "us-east-1", "aws:endpoints": endpoints },
      "3.142.0",
    );
    await succeed(folder, up);
    const json = await succeed(folder, "pulumi stack output --stack try --show-secrets --json");
    ({ connection } = JSON.parse(json) as { connection: MachineConnection });
    untouched = await hostSnapshot(connection);
  });

  it("does steps on it under Pulumi's own loader, with the newest SDK, and changes nothing the second time", async () => {
    const folder = await project("steps", stepsProgram, {}, "latest");
    expect(await changes(folder)).to.deep.include({ create: 7 });
    expect(await changes(folder)).to.deep.equal({ same: 7 });
    expect(await hostSnapshot(connection)).to.not.deep.equal(untouched);
  });

  it("leaves the machine as it was", async () => {
    const folder = join(state.directory, "steps");
    await succeed(folder, "pulumi destroy --stack try --yes --skip-preview --non-interactive");
    expect(await hostSnapshot(connection)).to.deep.equal(untouched);
    await succeed(
      join(state.directory, "machine"),
      "pulumi destroy --stack try --yes --skip-preview --non-interactive",
    );
  });

  it("can take the package from git, where npm builds it, and says so where it may not", async () => {
    const clone = await state.copyCheckout();
    const git = "git -c user.name=test -c user.email=test@example.invalid";
    await succeed(clone, `rm -rf node_modules; git init -q . && ${git} add -A && ${git} commit -qm test`);
    for (const [name, option] of [
      ["built", ""],
      ["unbuilt", "--ignore-scripts"],
    ] as const) {
      const folder = join(state.directory, name);
      mkdirSync(folder);
      writeFileSync(join(folder, "package.json"), "{}");
      await succeed(
        folder,
        `npm install --no-audit --no-fund ${option} git+file://${clone} @pulumi/pulumi @pulumi/command`,
      );
      const { code, stdout, stderr } = await state.run(
        process.execPath,
        ["-p", 'typeof require("hardway/host").KernelPrep'],
        folder,
      );
      if (name === "built") expect([code, stdout], stderr).to.deep.equal([0, "function\n"]);
      else expect(stderr).to.contain("hardway is not built");
    }
  });
});
