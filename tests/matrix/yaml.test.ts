import * as ec2 from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { embeddedEc2 } from "../../cli/lab/cloud";
import { CniConfig, KernelPrep, LabInstance, LabNetwork, PodRoutes, ReachableHost, SshKeyPair } from "../../components";
import type { TestEngine, TestStack } from "../providers/engine";
import { TestState } from "../support/hardwayCli";
import { hostSnapshot, type MachineConnection } from "./hostSnapshot";
import { commandsFromTypeScript, commandsOf, YamlProject, yamlEngine } from "./yaml";

const address = "10.240.0.80";
const kernel = { extraModules: ["ip_vs"], extraSysctls: { "vm.max_map_count": "262144" } };
const cni = { podCidr: "10.200.0.0/24", masquerade: "outsideCluster" as const };
const routes = { address, routes: [{ destination: "10.200.1.0/24", nextHop: "10.240.0.81" }] };

/** A machine on the embedded EC2 that answers on SSH. */
function machineProgram(): Promise<Record<string, unknown>> {
  const network = new LabNetwork("machine", { adminCidrs: ["127.0.0.0/8"], sshPort: 2222 });
  const login = new SshKeyPair("login");
  const { keyName } = new ec2.KeyPair("login", { publicKey: login.publicKey });
  const { host } = new LabInstance(
    "machine",
    {
      hostname: "machine",
      subnetId: network.subnets[0]!.id,
      address,
      instanceType: "t2.micro",
      securityGroupIds: [network.securityGroupId],
      sshPort: 2222,
      loginKey: { keyName, privateKey: login.privateKey },
    },
    { dependsOn: [...network.access] },
  );
  const { facts } = new ReachableHost("machine", { connection: host.connection, address });
  return Promise.resolve({ connection: host.connection, os: facts.os });
}

describe("steps from YAML on a machine", () => {
  let state: TestState;
  let engine: TestEngine;
  let machine: TestStack;
  let connection: MachineConnection;
  let untouched: string[];
  let project: YamlProject;

  before(async () => {
    state = new TestState("yaml");
    engine = await yamlEngine();
    const { endpoint, region, accessKey, secretKey } = embeddedEc2(await state.cloud.ensure());
    engine.env.AWS_ACCESS_KEY_ID = accessKey;
    engine.env.AWS_SECRET_ACCESS_KEY = secretKey;
    machine = await engine.stack("machine");
    await machine.stack.setAllConfig({
      "aws:region": { value: region },
      "aws:endpoints": { value: JSON.stringify([{ ec2: endpoint, sts: endpoint }]) },
    });
    const { error, output } = await machine.up(machineProgram);
    expect(error, output).to.equal(undefined);
    const outputs = await machine.outputs();
    connection = outputs["connection"]?.value as MachineConnection;
    untouched = await hostSnapshot(connection);
  });
  after(async () => {
    engine?.stop();
    await state?.remove();
    expect(state?.processes()).to.deep.equal([]);
  });

  it("have the URNs and the commands that they have from TypeScript", async () => {
    const { privateKey, ...open } = connection;
    const yamlConnection = { ...open, privateKey: "${privateKey}" };
    const step = (type: string, properties: object, after?: string) => ({
      type: `hardway:${type}`,
      name: "machine",
      properties: { connection: yamlConnection, ...properties },
      ...(after === undefined ? {} : { options: { dependsOn: [`\${${after}}`] } }),
    });
    project = await YamlProject.make(engine, "yaml", {
      config: { privateKey: { type: "string", secret: true } },
      resources: {
        kernel: step("KernelPrep", kernel),
        cni: step("CniConfig", cni, "kernel"),
        routes: step("PodRoutes", routes, "cni"),
      },
      outputs: { installed: "${routes.facts.routes}" },
    });
    await project.succeed("config", "set-all", "--secret", `privateKey=${privateKey}`);

    const wanted = await commandsFromTypeScript(engine, "written", () => {
      const secret = { ...open, privateKey: pulumi.secret(privateKey) };
      new KernelPrep("machine", { connection: secret, ...kernel });
      new CniConfig("machine", { connection: secret, ...cni });
      new PodRoutes("machine", { connection: secret, ...routes });
    });
    expect(Object.keys(wanted)).to.have.length(3);
    expect(commandsOf(await project.events("preview"), "yaml")).to.deep.equal(wanted);
    expect(commandsOf(await project.events("up", "--yes", "--skip-preview"), "yaml")).to.deep.equal(wanted);
  });

  it("are done, and once only", async () => {
    expect(await hostSnapshot(connection)).to.not.deep.equal(untouched);
    const { installed } = JSON.parse(await project.succeed("stack", "output", "--json")) as { installed: object[] };
    expect(installed).to.have.length(1);
    expect(installed[0]).to.deep.include(routes.routes[0]);
    const events = await project.events("up", "--yes", "--skip-preview");
    const summary = events.flatMap(({ summaryEvent }) => summaryEvent ?? []);
    expect(summary.map(({ resourceChanges }) => resourceChanges)).to.deep.equal([{ same: 7 }]);
  });

  it("leave the machine as it was", async () => {
    await project.succeed("destroy", "--yes", "--skip-preview");
    expect(await hostSnapshot(connection)).to.deep.equal(untouched);
    const { error, output } = await machine.destroy();
    expect(error, output).to.equal(undefined);
  });
});
