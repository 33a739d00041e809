import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Ec2Api } from "../../../cloud/api/Ec2Api";
import { FakeDriver } from "../../cloud/api/FakeDriver";
import { TestCloud } from "../../cloud/api/support";
import { newKey } from "../../support/sshServer";
import { failureOf, temporaryFolder } from "../support";
import { TestProject } from "./testProject";

const program = `
const aws = require("@pulumi/aws");
const publicKey = require("node:fs").readFileSync("key", "utf8");
new aws.ec2.KeyPair("lab", { keyName: "hardway-dev", publicKey });
new aws.ec2.Vpc("lab", { cidrBlock: "10.240.0.0/16", tags: { Name: "lab" } });
`;

/** A stack file as that of the embedded lab. */
const stackFile = (url: string) => `config:
  aws:region: us-east-1
  aws:endpoints: [{ ec2: "${url}", sts: "${url}" }]
  aws:accessKey: hardway
  aws:secretKey: hardway
  aws:skipCredentialsValidation: "true"
  aws:skipMetadataApiCheck: "true"
  aws:skipRegionValidation: "true"
  aws:skipRequestingAccountId: "true"
`;
const keys = { accessKey: "hardway", secretKey: "hardway" };

describe("a stack whose embedded EC2 has another port than before", function () {
  this.timeout(300_000);
  const folder = temporaryFolder();
  let project: TestProject;
  let cloud: TestCloud;
  /** Somebody else's, on the port that ours had. */
  let foreign: Ec2Api;

  beforeEach(async () => {
    cloud = await TestCloud.start();
    project = await TestProject.make(folder(), program, stackFile(cloud.url));
    project.write({ key: newKey().public });
    await up();
    const { hostname: host, port } = new URL(cloud.url);
    await cloud.restart();
    foreign = await Ec2Api.open({
      stateFile: join(folder(), "foreign.json"),
      driver: new FakeDriver(),
      onNetwork: () => undefined,
      log: () => undefined,
    });
    await foreign.listen({ host, port: Number(port) });
    expect(new URL(cloud.url).port).not.to.equal(port);
  });
  afterEach(async () => {
    await foreign?.close();
    await cloud?.end();
  });

  const open = (aws = keys) => project.open({ endpoint: cloud.url, aws });

  /** As the command does it. */
  async function up(aws = keys) {
    const stack = await open(aws);
    await stack.tidyUp(project.report);
    return (await stack.up(project.report, { refresh: true })).summary;
  }

  const vpcs = async () => (await cloud.ec2.describeVpcs({})).Vpcs?.map(({ VpcId }) => VpcId);

  it("keeps all that it has, and asks nobody else for it", async () => {
    const before = await vpcs();
    expect(await up()).to.deep.include({ create: 0, replace: 0, delete: 0 });
    expect(await vpcs())
      .to.deep.equal(before)
      .and.have.length(1);
    expect(foreign.isEmpty(), "what the other EC2 has").to.equal(true);
    expect(project.report.lines).to.include("telling the stack where the embedded EC2 is now");

    project.report.lines.length = 0;
    await up();
    expect(project.report.lines).not.to.include("telling the stack where the embedded EC2 is now");
  });

  it("is removed where it is", async () => {
    const stack = await open();
    await stack.tidyUp(project.report);
    expect((await stack.destroy(project.report)).delete).to.equal(3);
    expect(await vpcs()).to.deep.equal([]);
  });

  it("is asked for with the keys that count now, and none of them is in a file or a log", async () => {
    expect(await up({ accessKey: "hardway", secretKey: "another-secret-key" })).to.deep.include({
      create: 0,
      delete: 0,
    });
    const { paths, state } = project;
    expect(readdirSync(paths.workspace)).not.to.include("moved.json");
    const found = () => execFileSync("grep", ["-rlE", "another-secret-key", paths.logs, join(state, "backend")]);
    expect(found).to.throw();
  });

  it("is not looked for on AWS, nor taken for one that was made there", async () => {
    const stack = await project.open({ aws: { region: "us-east-1" } });
    const error = await failureOf(() => stack.tidyUp(project.report));
    expect(error).to.have.property("exitCode", 78);
    expect(error.message).to.contain('Lab "dev" was made on the embedded EC2, and by its stack file it is not.');
    expect(await vpcs()).to.have.length(1);
  });
});
