import { expect } from "chai";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { generateKeyPair } from "../../../cloud/machines/identity";
import { parseConfig } from "../../../components";
import { configProblems } from "../../support/configProblems";
import { keyFiles } from "../../support/keyFiles";

const root = join(__dirname, "../../..");

describe("parseConfig with target aws", () => {
  const keys = keyFiles();
  const config = (values: Record<string, unknown> = {}) =>
    parseConfig({ target: "aws", ...values }, { directory: keys.folder });

  const problems = (values: Record<string, unknown>): string[] => configProblems(() => config(values));

  it("fills in 10.240.0.0/16 and Debian", () => {
    const { hosts, aws, ...common } = config();
    expect(hosts).to.deep.equal([]);
    expect(aws).to.deep.equal({
      controllers: 1,
      workers: 2,
      zones: 1,
      vpcCidr: "10.240.0.0/16",
      instanceType: "t3.small",
      os: "debian-13",
      architecture: "amd64",
      rootVolumeGiB: 16,
      dataVolumeGiB: 0,
      sshPort: 22,
      publicAddresses: true,
      routesPerTable: 500,
      bastion: undefined,
      loginKey: undefined,
    });
    expect(common).to.include({ podCidrPrefix: 24 }).and.not.to.have.any.keys("zones", "vpcId", "inventory");
  });

  it("takes what Pulumi hands over: every key, with its default", () => {
    const project = parse(readFileSync(join(root, "Pulumi.yaml"), "utf8")) as {
      config: Record<string, { default: unknown }>;
    };
    const defaults = Object.fromEntries(Object.entries(project.config).map(([key, each]) => [key, each.default]));
    expect(config({ ...defaults, target: "aws" })).to.deep.equal(config());
  });

  for (const stack of ["aws.yaml", "two-zones.yaml", "hosts.yaml"]) {
    it(`takes Pulumi.${stack}`, () => {
      const { config: all } = parse(readFileSync(join(root, `Pulumi.${stack}`), "utf8")) as {
        config: Record<string, unknown>;
      };
      const values = Object.fromEntries(
        Object.entries(all).flatMap(([key, value]) =>
          key.startsWith("hardway:") ? [[key.replace("hardway:", ""), value]] : [],
        ),
      );
      if (stack === "hosts.yaml") {
        const text = JSON.stringify(values).replaceAll("~/.ssh/id_ed25519", "key");
        const { hosts } = parseConfig(JSON.parse(text) as Record<string, unknown>, { directory: keys.folder });
        expect(hosts.map(({ name }) => name)).to.deep.equal(["server", "node-0", "node-1"]);
      } else expect(config(values).aws?.workers).to.equal(2);
    });
  }

  for (const stack of ["dev", "two-zones"]) {
    it(`lets plugins ask the embedded EC2 of Pulumi.${stack}.yaml which account it is`, () => {
      // The official one takes a security group that a rule names for another account's else, and each plan has a change.
      const file = readFileSync(join(root, `Pulumi.${stack}.yaml`), "utf8");
      const { config: all } = parse(file) as { config: Record<string, unknown> };
      expect(all).to.have.property("aws:endpoints");
      expect(all).not.to.have.property("aws:skipRequestingAccountId");
    });
  }

  it("reports everything at once, also what belongs to the other target", () => {
    expect(
      problems({
        zones: 4,
        adminCidrs: ["192.0.2.7"],
        amiId: "debian",
        sshPublicKey: "AAAA",
        bastion: { hst: "x" },
        inventory: "hosts.yaml",
      }),
    ).to.deep.equal([
      "hardway:zones must be at most 3; got 4",
      'hardway:amiId must be an id such as ami-0123456789abcdef0; got "debian"',
      'hardway:adminCidrs[0] must be an IPv4 CIDR such as "10.200.0.0/16"; did you mean "192.0.2.7/24"?; got "192.0.2.7"',
      'hardway:bastion.hst is not a known key (did you mean "host"?)',
      'hardway:sshPublicKey must be one whole public key such as "ssh-ed25519 AAAA..."; got "AAAA"',
      "hardway:inventory belongs to target hosts, and hardway:target is aws",
    ]);
    expect(problems({ target: "hosts", zones: 2, vpcId: "vpc-00000001", workers: 21 })).to.deep.equal([
      "hardway:workers belongs to target aws, and hardway:target is hosts",
      "hardway:zones belongs to target aws, and hardway:target is hosts",
      "hardway:vpcId belongs to target aws, and hardway:target is hosts",
    ]);
  });

  const cases: [string, Record<string, unknown>, string[]][] = [
    [
      "a VPC that AWS would refuse",
      { vpcCidr: "12.0.0.0/8" },
      ['hardway:vpcCidr must have a prefix length from 16 (the VPC\'s largest) to 24 (a subnet); got "12.0.0.0/8"'],
    ],
    [
      "a VPC without room for the zones",
      { vpcCidr: "10.240.0.0/23", zones: 3 },
      ['hardway:vpcCidr must have room for 3 subnets of length /24; got "10.240.0.0/23"'],
    ],
    [
      "a VPC that holds the pods",
      { vpcCidr: "10.200.0.0/16" },
      ['hardway:vpcCidr must not overlap the cluster CIDR 10.200.0.0/16, which is for pods; got "10.200.0.0/16"'],
    ],
    [
      "more workers than routes or pod CIDRs",
      { workers: 9, routesPerTable: 10, clusterCidr: "10.200.0.0/21" },
      [
        "hardway:routesPerTable is too low: 9 pod routes and 2 others are 11 in a route table that may hold 10; " +
          "use fewer workers, or have AWS raise the quota and set routesPerTable",
        "hardway:clusterCidr is too small: 10.200.0.0/21 has room for 8 pod CIDRs of length /24, none is left for node-8",
      ],
    ],
    [
      "another architecture than the instance type's",
      { instanceType: "t4g.small" },
      ['hardway:architecture must be arm64 for instance type t4g.small; got "amd64"'],
    ],
    [
      "subnets without their VPC",
      { subnetIds: ["subnet-00000001"], routeTableIds: ["rtb-00000001"] },
      [
        "hardway:subnetIds needs hardway:vpcId, the VPC that they are in",
        "hardway:routeTableIds needs hardway:vpcId, the VPC that they are in",
      ],
    ],
    [
      "an existing VPC that is asked to be another",
      { vpcId: "vpc-00000001", vpcCidr: "10.1.0.0/16", zones: 2, adminCidrs: ["192.0.2.7/32", "192.0.2.7/32"] },
      [
        "hardway:subnetIds must name the subnets of hardway:vpcId that the nodes go to",
        "hardway:zones must not be set: hardway:subnetIds decide; got 2",
        'hardway:vpcCidr must not be set: the VPC of hardway:vpcId has its own; got "10.1.0.0/16"',
        'hardway:adminCidrs[1] is there twice; got "192.0.2.7/32"',
      ],
    ],
    [
      "several subnets without their route tables",
      { vpcId: "vpc-00000001", subnetIds: ["subnet-00000001", "subnet-00000002", "subnet-00000001"] },
      [
        'hardway:subnetIds[2] is there twice; got "subnet-00000001"',
        "hardway:routeTableIds must name the route tables of the subnets, each once",
      ],
    ],
    [
      "half a key",
      { sshPrivateKeyFile: "key" },
      ["hardway:sshPublicKey is missing: a key of your own needs both of its halves"],
    ],
    [
      "a key that cannot be used",
      { sshPublicKey: keys.publicKey, sshPrivateKeyFile: "key.pub" },
      ['hardway:sshPrivateKeyFile cannot be used: this is a public key; name the private one; got "key.pub"'],
    ],
    [
      "halves of two keys",
      { sshPublicKey: generateKeyPair("other").publicKey, sshPrivateKeyFile: "key" },
      ['hardway:sshPrivateKeyFile must hold the private half of hardway:sshPublicKey; got "key"'],
    ],
    [
      "private machines with nobody to let in",
      { publicAddresses: false },
      [
        "hardway:adminCidrs must name the networks that SSH comes from inside the VPC, " +
          "as the nodes are not reached at public addresses",
      ],
    ],
    [
      "a bastion that anybody could pose as, without a way to log in to it",
      { adminCidrs: ["10.240.9.0/24"], bastion: { host: "b" } },
      [
        "hardway:bastion.hostKey is missing: without it any machine could pose as the bastion",
        "hardway:bastion needs one of privateKeyFile, privateKey, password or agentSocketPath",
      ],
    ],
    ["a bastion without a name", { bastion: { user: "jump" } }, ["hardway:bastion.host is missing"]],
    [
      "a bastion's key that is not there",
      { adminCidrs: ["10.0.0.0/8"], bastion: { host: "b", hostKey: keys.publicKey, privateKeyFile: "key.pub" } },
      ['hardway:bastion.privateKeyFile cannot be used: this is a public key; name the private one; got "key.pub"'],
    ],
  ];
  for (const [title, values, expected] of cases) {
    it(`refuses ${title}`, () => expect(problems(values)).to.deep.equal(expected));
  }

  it("logs in to a bastion with the own key where it has none", () => {
    const { aws } = config({
      sshPublicKey: keys.publicKey,
      sshPrivateKeyFile: "key",
      adminCidrs: ["10.240.9.0/24"],
      bastion: { host: "b", hostKey: keys.publicKey },
    });
    expect(aws?.bastion).to.deep.include({ host: "b", port: 22, user: "root", privateKey: keys.privateKey });
    expect(aws?.loginKey).to.deep.equal({
      publicKey: keys.publicKey,
      privateKey: keys.privateKey,
      privateKeyFile: "key",
    });
  });

  it("never shows a secret", () => {
    const canary = "canary-secret";
    writeFileSync(join(keys.folder, "broken"), canary);
    const found = [
      ...problems({ bastion: { host: "b", password: [canary], privateKey: 1 } }),
      ...problems({ bastion: { host: "b", password: canary } }),
      ...problems({ sshPublicKey: keys.publicKey, sshPrivateKeyFile: "broken" }),
    ];
    expect(found).to.have.length.greaterThan(3);
    expect(found.join("\n")).not.to.contain(canary);
  });
});
