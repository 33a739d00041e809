import path from "node:path";
import * as ec2 from "@pulumi/aws/ec2";
import { remote } from "@pulumi/command";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { CniConfig, HardWayLab, LabNetwork, parseConfig } from "../../components";
import { SecurityGroupIngressRule } from "@pulumi/aws/vpc";
import { Provider } from "@pulumi/aws";
import { rules } from "../../policy/rules";
import { TestEngine, type Outcome, type TestStack } from "../providers/engine";
import { TestCloud } from "../cloud/api/support";
import { keyFiles } from "../support/keyFiles";
import { testKey } from "../support/signing";
import { badResources, badStacks, type Bad } from "./badResources";

const policyPacks = [path.join(__dirname, "../../policy")];

class Component extends pulumi.ComponentResource {
  constructor({ type, props }: Omit<Bad, "found">, name: string) {
    super(type, name, props);
  }
}

/** What the pack said: resource, rule, and the message's first line. */
function said(events: readonly EngineEvent[]): string[] {
  return events.flatMap(({ policyEvent }) => {
    if (policyEvent === undefined) return [];
    const [, ...lines] = policyEvent.message.split("\n");
    return [
      `${policyEvent.enforcementLevel} ${policyEvent.policyName}: ${lines.find((line) => line.trim() !== "") ?? policyEvent.message}`,
    ];
  });
}

describe("the policy pack under the real engine", function () {
  this.timeout(240_000);
  let engine: TestEngine;
  let stack: TestStack;
  const keys = keyFiles();

  before(async () => {
    engine = await TestEngine.start();
    stack = await engine.stack("judged");
  });
  after(() => engine?.stop());

  const preview = (program: () => void) =>
    stack.preview(() => Promise.resolve(program()).then(() => ({})), { policyPacks });

  /** Makes a resource of a test's table, which no server is asked about in a preview. */
  function make(each: Omit<Bad, "found">, name: string) {
    const provider = new Provider(`for-${name}`, {
      region: "us-east-1",
      accessKey: "test",
      secretKey: "test",
      skipCredentialsValidation: true,
      skipRequestingAccountId: true,
      skipMetadataApiCheck: true,
    });
    const opts = { provider };
    const props = each.props as never;
    if (each.type === "command:remote:Command") return new remote.Command(name, props);
    if (each.type === "command:remote:CopyToRemote") return undefined;
    if (each.type === "aws:ec2/instance:Instance") return new ec2.Instance(name, props, opts);
    if (each.type === "aws:ec2/securityGroup:SecurityGroup") return new ec2.SecurityGroup(name, props, opts);
    if (each.type === "aws:ec2/vpc:Vpc") return new ec2.Vpc(name, props, opts);
    if (each.type.startsWith("aws:vpc/")) return new SecurityGroupIngressRule(name, props, opts);
    return new Component(each, name);
  }

  // Each preview starts the program, the pack and the plugins, so that those of a level share one.
  for (const level of ["mandatory", "advisory"] as const) {
    const ofLevel = rules.filter((rule) => rule.level === level && badResources[rule.name] !== undefined);
    const nameOf = (rule: string) => `breaks-${rule}`;

    describe(`${level} rules`, () => {
      let judged: Outcome;
      before(async () => {
        judged = await preview(() => {
          for (const { name } of ofLevel) make(badResources[name]?.[0] ?? expect.fail(), nameOf(name));
        });
      });

      for (const { name: rule } of ofLevel) {
        it(`${rule}: finds the resource that breaks it, and no other`, () => {
          const own = judged.events.flatMap(({ policyEvent }) =>
            policyEvent?.policyName === rule ? [policyEvent] : [],
          );
          expect(own.map(({ message }) => message).join("\n"), judged.output).to.contain(
            badResources[rule]?.[0]?.found,
          );
          for (const { resourceUrn } of own) expect(resourceUrn?.split("::").at(-1)).to.equal(nameOf(rule));
          expect(own[0]?.enforcementLevel).to.equal(level);
        });
      }

      it(level === "mandatory" ? "fail what breaks them" : "let pass what breaks them", () => {
        if (level === "mandatory") expect(judged.error).to.contain("failed");
        else expect(judged.error).to.equal(undefined);
      });
    });
  }

  // Pods' networks beside a VPC of somebody else's are below.
  for (const [rule, [bad]] of Object.entries(badStacks).filter(([name]) => name !== "pod-cidrs-outside-vpc")) {
    const { resources, found } = bad ?? expect.fail(`${rule} has no example`);
    it(`${rule}: finds the resources that break it together`, async () => {
      const { error, events, output } = await preview(() => {
        for (const [index, each] of resources.entries()) make(each, `bad-${index}`);
      });
      const own = events.flatMap(({ policyEvent }) => (policyEvent?.policyName === rule ? [policyEvent] : []));
      expect(own.map(({ message }) => message).join("\n"), output).to.contain(found);
      expect(error).to.contain("failed");
    });
  }

  it("pod-cidrs-outside-vpc: finds pods in a VPC that is looked up, once", async () => {
    const cloud = await TestCloud.start();
    try {
      const { Vpc: vpc } = await cloud.ec2.createVpc({ CidrBlock: "10.200.0.0/16" });
      const vpcId = vpc?.VpcId ?? expect.fail();
      const { Subnet: subnet } = await cloud.ec2.createSubnet({ VpcId: vpcId, CidrBlock: "10.200.9.0/24" });
      const existing = { vpcId, subnetIds: [subnet?.SubnetId ?? expect.fail()], routeTableIds: ["rtb-00000001"] };
      const { accessKeyId: accessKey, secretAccessKey: secretKey } = testKey;
      const endpoints = [{ ec2: cloud.url, sts: cloud.url }];
      const provider = () =>
        new Provider("cloud", { region: "us-east-1", accessKey, secretKey, endpoints, skipMetadataApiCheck: true });
      const { error, events, output } = await preview(() => {
        new LabNetwork("lab", { existing, adminCidrs: [] }, { provider: provider() });
        const hostKey = keys.publicKey;
        for (const host of ["192.0.2.80", "192.0.2.81"])
          new CniConfig(host, { connection: { host, hostKey }, podCidr: "10.200.0.0/24", masquerade: "none" });
      });
      expect(said(events), output).to.deep.equal([
        "mandatory pod-cidrs-outside-vpc: Pods are in 10.200.0.0/16, which overlaps 10.200.0.0/16 of the VPC.",
      ]);
      expect(error).to.contain("failed");
    } finally {
      await cloud.end();
    }
  });

  it("has no complaint about a lab of hosts, but for masquerading", async () => {
    const ssh = (host: string) => ({
      host,
      user: "admin",
      privateKeyFile: path.join(keys.folder, "key"),
      hostKey: keys.publicKey,
    });
    const hosts = [
      { name: "server", role: "controller", address: "10.240.0.10", ssh: ssh("192.0.2.10") },
      { name: "node-0", role: "worker", address: "10.240.0.80", ssh: ssh("192.0.2.80") },
    ];
    const { error, events, output } = await preview(
      () => void new HardWayLab("lab", parseConfig({ target: "hosts", hosts }, { directory: keys.folder })),
    );
    expect(error, output).to.equal(undefined);
    const rules = events.flatMap(({ policyEvent }) => (policyEvent ? [policyEvent.policyName] : []));
    expect(new Set(rules), said(events).join("\n")).to.deep.equal(new Set(["pods-keep-their-address"]));
  });
});
