import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LabStack } from "../../../cli/engine/labStack";
import { Ec2Api, type AccessKey } from "../../../cloud/api/Ec2Api";
import { FakeDriver } from "../../cloud/api/FakeDriver";
import { TestCloud } from "../../cloud/api/support";
import { testKey } from "../../support/signing";
import { generateKeyPair } from "../../../cloud/machines/identity";
import { failureOf } from "../support";
import { TestProject } from "./testProject";

const program = `
const aws = require("@pulumi/aws");
const publicKey = require("node:fs").readFileSync("key", "utf8");
new aws.ec2.KeyPair("lab", { keyName: "hardway-dev", publicKey });
new aws.ec2.Vpc("lab", { cidrBlock: "10.240.0.0/16", tags: { Name: "lab" } });
`;

/** A stack file as that of the embedded lab was when it had keys in it. */
const stackFile = (url: string) => `config:
  aws:region: us-east-1
  aws:endpoints: [{ ec2: "${url}", sts: "${url}" }]
  aws:accessKey: ${testKey.accessKeyId}
  aws:secretKey: ${testKey.secretAccessKey}
  aws:skipCredentialsValidation: "true"
  aws:skipMetadataApiCheck: "true"
  aws:skipRegionValidation: "true"
  aws:skipRequestingAccountId: "true"
`;
const newKey: AccessKey = { accessKeyId: "HARDWAYNEW", secretAccessKey: "new-secret-canary" };
/** The backend's files can be searched then. */
const uncompressed = { PULUMI_DIY_BACKEND_ZSTD: "false" };

// One stack for all tests, in this order, because to make one is most of the time.
describe("a stack whose embedded EC2 has another port and another access key than before", function () {
  this.timeout(300_000);
  let folder: string;
  let project: TestProject;
  let cloud: TestCloud;
  /** Somebody else's, on the port that ours had. */
  let foreign: Ec2Api;
  /** The stack's state before EC2 moved. */
  let stateBefore: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "hw-cli-"));
    cloud = await TestCloud.start();
    project = await TestProject.make(folder, program, stackFile(cloud.url));
    project.write({ key: generateKeyPair("test").publicKey });
    await up(await project.open({ env: project.env(uncompressed) }));
    stateBefore = readFileSync(stateFile(), "utf8");
    cloud.accessKey = newKey;
    const { hostname: host, port } = new URL(cloud.url);
    await cloud.restart();
    foreign = await Ec2Api.open({
      stateFile: join(folder, "foreign.json"),
      driver: new FakeDriver(),
      accessKey: newKey,
      onNetwork: () => undefined,
      log: () => undefined,
    });
    await foreign.listen({ host, port: Number(port) });
    expect(new URL(cloud.url).port).not.to.equal(port);
  });
  after(async () => {
    await foreign?.close();
    await cloud?.end();
    rmSync(folder, { recursive: true, force: true });
  });
  afterEach(() => (project.report.lines.length = 0));

  const stateFile = () => join(project.state, "backend/.pulumi/stacks/hardway/dev.json");
  const open = () => {
    const keys = { AWS_ACCESS_KEY_ID: newKey.accessKeyId, AWS_SECRET_ACCESS_KEY: newKey.secretAccessKey };
    return project.open({ endpoint: cloud.url, env: { ...project.env(uncompressed), ...keys } });
  };

  /** As the command does it. */
  async function up(stack: LabStack) {
    await stack.tidyUp(project.report);
    return (await stack.up(project.report, { refresh: true })).summary;
  }

  const vpcs = async () => (await cloud.ec2.describeVpcs({})).Vpcs?.map(({ VpcId }) => VpcId);

  it("is not looked for on AWS, nor taken for one that was made there", async () => {
    const stack = await project.open({ aws: { region: "us-east-1" } });
    const error = await failureOf(() => stack.tidyUp(project.report));
    expect(error).to.have.property("exitCode", 78);
    expect(error.message).to.contain('Lab "dev" was made on the embedded EC2, and by its stack file it is not.');
    expect(await vpcs()).to.have.length(1);
    expect(readFileSync(stateFile(), "utf8")).to.equal(stateBefore);
  });

  it("keeps all that it has, and asks nobody else for it", async () => {
    const before = await vpcs();
    expect(await up(await open())).to.deep.include({ create: 0, replace: 0, delete: 0 });
    expect(await vpcs())
      .to.deep.equal(before)
      .and.have.length(1);
    expect(foreign.isEmpty(), "what the other EC2 has").to.equal(true);
    expect(project.report.lines).to.include("telling the stack how to reach the embedded EC2 now");
  });

  it("has no key in its state any more, and the new one in no file and no log", () => {
    const { paths, state } = project;
    expect(stateBefore).to.match(/accessKey|secretKey/);
    expect(readFileSync(stateFile(), "utf8"))
      .to.contain("pulumi:providers:aws")
      .and.not.to.match(/accessKey|secretKey/);
    expect(readdirSync(paths.workspace)).not.to.include("moved.json");
    const found = (text: string) => spawnSync("grep", ["-rlF", text, state, project.root], { encoding: "utf8" }).stdout;
    expect(found("10.240.0.0/16"), "the search itself").to.contain("dev.json");
    expect(found(newKey.secretAccessKey) + found(newKey.accessKeyId)).to.equal("");
  });

  it("is told so once", async () => {
    await up(await open());
    expect(project.report.lines).not.to.include("telling the stack how to reach the embedded EC2 now");
  });

  it("is removed where it is", async () => {
    writeFileSync(stateFile(), stateBefore);
    const stack = await open();
    await stack.tidyUp(project.report);
    expect(project.report.lines).to.include("telling the stack how to reach the embedded EC2 now");
    expect((await stack.destroy(project.report)).delete).to.equal(3);
    expect(await vpcs()).to.deep.equal([]);
    expect(foreign.isEmpty(), "what the other EC2 has").to.equal(true);
  });
});
