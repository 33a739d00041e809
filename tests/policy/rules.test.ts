import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { parse } from "yaml";
import { HardWayLab, parseConfig } from "../../components";
import { Judge } from "../../policy/judge";
import { unknownValue, type Resource } from "../../policy/resource";
import { rules } from "../../policy/rules";
import { keyFiles } from "../support/keyFiles";
import { mirrorOfAll } from "../support/mirrorOfAll";
import { MockEngine, valueOf } from "../support/mocks";
import { region } from "../support/plannedResources";
import { badResources, badStacks, safe } from "./badResources";
import { findings, judgeable, resource } from "./findings";

const root = path.join(__dirname, "../..");

describe("the rules of the policy pack", () => {
  it("are each broken by a test", () => {
    const tested = new Set([...Object.keys(badResources), ...Object.keys(badStacks)]);
    expect([...tested]).to.have.members(rules.map(({ name }) => name));
  });

  for (const [name, all] of Object.entries(badResources)) {
    for (const { type, props, found } of all) {
      it(`${name}: ${found}`, () => {
        // A bad resource breaks the rule that it is an example of, and no other.
        expect(findings([resource(type, props)])).to.deep.equal([`${name}: ${found}`]);
      });
    }
  }

  for (const [name, stacks] of Object.entries(badStacks)) {
    for (const { resources, found } of stacks) {
      it(`${name}: ${found}`, () => {
        const made = resources.map(({ type, props }, index) => resource(type, props, `bad-${index}`));
        expect(findings(made)).to.deep.equal([`${name}: ${found}`]);
      });
    }
  }

  it("source-dest-check: a node has it off", () => {
    const judged = (props: Resource["props"]) =>
      findings([resource("aws:ec2/instance:Instance", { ...safe, ...props }, "node", "hardway:index:LabInstance$")]);
    expect(judged({ sourceDestCheck: false })).to.deep.equal([]);
    expect(judged({})).to.deep.equal(["source-dest-check: sourceDestCheck is on, and this is a node."]);
  });

  it("encrypted-secrets: Secrets are among the kinds, by their name or another, or the list is not known", () => {
    for (const encryptedResources of [["configmaps", "secrets"], ["*.*"], undefined, unknownValue, [unknownValue]])
      expect(findings([resource("hardway:index:ControlPlane", { encryptedResources })])).to.deep.equal([]);
  });

  it("complain once about a text that is sent again in updates", () => {
    const create = "curl https://example.org | sh";
    const again = resource("command:remote:Command", { create, update: create });
    expect(findings([again])).to.have.length(1);
  });

  it("complain of a component, and not of what it makes for the same reason", () => {
    const component = resource("hardway:index:LabNetwork", { adminCidrs: ["0.0.0.0/0"] });
    const { type, props } = badResources["no-ssh-from-everywhere"]?.[0] ?? expect.fail();
    const group = { ...resource("my:own:Group", {}, "group"), parent: component.urn };
    const inside = { ...resource(type, props, "inside"), parent: group.urn };
    const beside = resource(type, props, "beside");
    const found = "no-ssh-from-everywhere: 0.0.0.0/0 may reach port 22.";
    expect(findings([component, group, inside])).to.deep.equal(["no-ssh-from-everywhere: adminCidrs has 0.0.0.0/0."]);
    expect(findings([component, group, inside, beside])).to.include(found);
    expect(findings([group, inside])).to.deep.equal([found]);
  });

  it("see what a component was given beside what it made, which the engine shows one after the other", () => {
    const judge = new Judge();
    const rule = rules.find(({ name }) => name === "pod-cidrs-outside-vpc") ?? expect.fail();
    const cni = resource("hardway:index:CniConfig", { podCidr: "10.240.8.0/24" }, "cni");
    const network = resource("hardway:index:LabNetwork", { zones: 1 }, "lab");
    for (const each of [cni, network]) judge.judge(rule, each);
    const made = [
      { ...network, props: { vpcCidrs: ["10.240.0.0/16"] } },
      { ...cni, props: {} },
    ];
    expect(judge.judgeStack(rule, made).map(({ urn }) => urn)).to.deep.equal([cni.urn]);
  });

  it("do not judge what is not known yet", () => {
    const unknown = [
      resource("aws:ec2/instance:Instance", {
        metadataOptions: unknownValue,
        rootBlockDevice: unknownValue,
        ebsBlockDevices: unknownValue,
      }),
      resource("command:remote:Command", {
        connection: { host: unknownValue, hostKey: unknownValue },
        create: unknownValue,
      }),
      resource("command:remote:Command", { connection: unknownValue, create: unknownValue }),
      resource("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", { cidrIpv4: unknownValue }),
      resource("aws:ec2/vpc:Vpc", { cidrBlock: unknownValue }),
      resource("hardway:index:LabInstance", { podCidr: unknownValue }),
    ];
    expect(findings(unknown)).to.deep.equal([]);
  });
});

describe("the policy pack on what is in this repository", () => {
  const keys = keyFiles();

  /** All resources that a program makes under mocks, with known values. */
  async function resourcesOf(program: () => Promise<unknown>): Promise<Resource[]> {
    const engine = await new MockEngine((name) => ({ from: name }), region).start();
    await program();
    await pulumi.runtime.disconnect();
    return judgeable(engine.resources);
  }

  const lab = (values: Record<string, unknown>) => async () => {
    const made = new HardWayLab("lab", parseConfig(values, { directory: keys.folder, defaultMirror: mirrorOfAll }));
    await Promise.all([valueOf(made.plan), valueOf(made.hostFacts)]);
  };

  const onAws = ["aws", "cluster", "dev", "two-zones"];

  it("is tried on every stack file", () => {
    const files = readdirSync(root).filter((file) => /^Pulumi\..+\.yaml$/.test(file));
    expect(files).to.have.members([...onAws, "hosts"].map((stack) => `Pulumi.${stack}.yaml`));
  });

  for (const stack of onAws) {
    it(`has no complaint about Pulumi.${stack}.yaml but for masquerading`, async () => {
      const found = await resourcesOf(lab({ adminCidrs: ["192.0.2.7/32"], ...stackValues(stack) }));
      expect(found.length).to.be.greaterThan(20);
      expect(findings(found, "mandatory")).to.deep.equal([]);
      const isHidden = stack !== "two-zones";
      expect(findings(found, "advisory").length > 0).to.equal(isHidden);
    });
  }

  it("has no complaint about Pulumi.hosts.yaml once the hosts' keys are pinned, and one for each host before", async () => {
    const hosts = (stackValues("hosts")["hosts"] as { ssh: object }[]).map((host) => ({
      ...host,
      ssh: { ...host.ssh, privateKeyFile: path.join(keys.folder, "key") },
    }));
    const open = await resourcesOf(lab({ target: "hosts", hosts }));
    expect(new Set(findings(open, "mandatory").map((text) => text.split(":")[0]))).to.deep.equal(
      new Set(["pinned-host-keys"]),
    );
    const hostKey = keys.publicKey;
    const pinned = hosts.map((host) => ({ ...host, ssh: { ...host.ssh, hostKey } }));
    expect(findings(await resourcesOf(lab({ target: "hosts", hosts: pinned })), "mandatory")).to.deep.equal([]);
  });
});

/** The `hardway` values of a stack file of the checkout. */
function stackValues(stack: string): Record<string, unknown> {
  const text = readFileSync(path.join(root, `Pulumi.${stack}.yaml`), "utf8");
  const { config } = parse(text) as { config: Record<string, unknown> };
  const own = Object.entries(config).filter(([key]) => key.startsWith("hardway:"));
  return Object.fromEntries(own.map(([key, value]) => [key.slice("hardway:".length), value]));
}
