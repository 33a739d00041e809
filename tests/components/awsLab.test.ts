import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { HardWayLab, parseConfig } from "../../components";
import { expectGolden } from "../support/golden";
import { isSecret, MockEngine, valueOf, type Functions, valueIn } from "../support/mocks";
import { plannedResources, region } from "../support/plannedResources";
import { keyFiles } from "../support/keyFiles";

const root = join(__dirname, "../..");

/** The `hardway` values of a stack file of the checkout. */
function stackValues(stack: string): Record<string, unknown> {
  const { config } = parse(readFileSync(join(root, `Pulumi.${stack}`), "utf8")) as { config: Record<string, unknown> };
  return Object.fromEntries(
    Object.entries(config).flatMap(([key, value]) =>
      key.startsWith("hardway:") ? [[key.slice("hardway:".length), value]] : [],
    ),
  );
}

describe("HardWayLab with target aws", () => {
  let engine: MockEngine;
  const keys = keyFiles();
  const base = { target: "aws", adminCidrs: ["192.0.2.7/32"] };

  async function lab(values: Record<string, unknown>, functions: Functions = region): Promise<HardWayLab> {
    engine = await new MockEngine((name) => ({ from: name }), functions).start();
    const made = new HardWayLab("lab", parseConfig(values, { directory: keys.folder }));
    await Promise.all([valueOf(made.plan), valueOf(made.hostFacts), valueOf(made.network as pulumi.Output<unknown>)]);
    await pulumi.runtime.disconnect();
    return made;
  }

  const routesOf = (host: string) => valueIn(engine.command(`lab-routes-${host}`)["create"], "ROUTES");
  const connectionOf = (step: string) =>
    (engine.command(step)["connection"] as { value: Record<string, unknown> }).value;

  for (const stack of ["aws", "two-zones"]) {
    it(`plans the resources of its golden file for Pulumi.${stack}.yaml`, async () => {
      // Where the stack leaves it out, it would be asked of a service on the internet.
      await lab({ adminCidrs: ["192.0.2.7/32"], ...stackValues(`${stack}.yaml`) });
      expectGolden(`aws/${stack}.yaml`, plannedResources(engine));
    });
  }

  it("publishes one network, one plan and how to log in", async () => {
    const made = await lab(base);
    const plan = await valueOf(made.plan);
    expect(plan.hosts).to.deep.equal([
      { name: "server", role: "controller", address: "10.240.0.10", subnet: "10.240.0.0/24" },
      { name: "node-0", role: "worker", address: "10.240.0.80", podCidr: "10.200.0.0/24", subnet: "10.240.0.0/24" },
      { name: "node-1", role: "worker", address: "10.240.0.81", podCidr: "10.200.1.0/24", subnet: "10.240.0.0/24" },
    ]);
    const podNetworks = [
      { destination: "10.200.0.0/24", node: "node-0" },
      { destination: "10.200.1.0/24", node: "node-1" },
    ];
    expect(plan.vpc).to.deep.equal({
      cidrs: ["10.240.0.0/16"],
      subnets: [{ cidr: "10.240.0.0/24", zone: "us-east-1a", router: "10.240.0.1" }],
      routes: podNetworks,
      podCidrRules: podNetworks,
      ssh: { port: 22, cidrs: ["192.0.2.7/32"] },
      ownNetwork: true,
    });
    expect(await valueOf(made.podCidrs)).to.deep.equal({ "node-0": "10.200.0.0/24", "node-1": "10.200.1.0/24" });
    expect(await valueOf(made.network as pulumi.Output<unknown>)).to.deep.equal({
      vpcId: "lab-id",
      subnetIds: ["lab-0-id"],
      routeTableIds: { main: "lab-id" },
      securityGroupId: "lab-id",
      instances: Object.fromEntries(
        (
          [
            ["server", "10.240.0.10"],
            ["node-0", "10.240.0.80"],
            ["node-1", "10.240.0.81"],
          ] as const
        ).map(([name, privateIp]) => [
          name,
          {
            id: `lab-${name}-id`,
            networkInterfaceId: `eni-lab-${name}`,
            privateIp,
            publicIp: `public-lab-${name}`,
          },
        ]),
      ),
    });
    expect(await valueOf(made.ssh as pulumi.Output<Record<string, unknown>>))
      .to.have.property("node-0")
      .that.deep.equals({
        host: "public-lab-node-0",
        port: 22,
        user: "admin",
        privateKey: "private-lab-login\n",
        hostKey: "ssh-ed25519 public-lab-node-0-host-key",
      });
    expect(await (made.ssh as unknown as { isSecret: Promise<boolean> }).isSecret).to.equal(true);
    expect(await (made.sshConfig as unknown as { isSecret: Promise<boolean> }).isSecret).to.equal(false);
    const sshConfig = await valueOf(made.sshConfig as pulumi.Output<string>);
    expect(sshConfig).to.contain("HostName public-lab-node-1").and.not.to.contain("private-");
    expect(JSON.stringify(plan)).not.to.contain("private-");
  });

  it("sends pods' packets to the peer in one subnet, and to the subnet's router between two", async () => {
    await lab({ ...base, workers: 3, zones: 2 });
    expect(routesOf("server")).to.equal(
      "10.200.0.0/24 via 10.240.0.80\n10.200.1.0/24 via 10.240.0.1\n10.200.2.0/24 via 10.240.0.82",
    );
    expect(routesOf("node-0")).to.equal("10.200.1.0/24 via 10.240.0.1\n10.200.2.0/24 via 10.240.0.82");
    expect(routesOf("node-1")).to.equal("10.200.0.0/24 via 10.240.1.1\n10.200.2.0/24 via 10.240.1.1");
    expect(engine.inputs("aws:ec2/instance:Instance", "lab-node-1")).to.include({
      privateIp: "10.240.1.81",
      subnetId: "lab-1-id",
    });
  });

  it("mirrors the same pod networks in host routes, VPC routes and security group rules", async () => {
    const made = await lab({ ...base, workers: 5, zones: 3 });
    const set = (pairs: Iterable<readonly [unknown, unknown]>) => new Set([...pairs].map((pair) => pair.join(" ")));
    const expected = set(Object.entries(await valueOf(made.podCidrs)).map(([node, podCidr]) => [podCidr, node]));
    expect(expected.size).to.equal(5);
    const ofResources = (type: string, prefix: string, cidr: string) =>
      set(
        engine.names(type).flatMap((name) => {
          const destination = engine.inputs(type, name)[cidr];
          return name.startsWith(prefix) ? [[destination, name.slice(prefix.length)] as const] : [];
        }),
      );
    const plan = await valueOf(made.plan);
    expect(set(plan.routes.map(({ destination, node }) => [destination, node]))).to.deep.equal(expected);
    expect(ofResources("aws:ec2/route:Route", "lab-pods-main-", "destinationCidrBlock")).to.deep.equal(expected);
    const rule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
    expect(ofResources(rule, "lab-pods-", "cidrIpv4")).to.deep.equal(expected);
    expect(plan.vpc?.routes.map(({ destination, node }) => `${destination} ${node}`)).to.have.members([...expected]);
    // And each VPC route leads to the interface of the node that has the pods.
    for (const name of engine.names("aws:ec2/route:Route").filter((each) => each.startsWith("lab-pods-main-"))) {
      const node = name.slice("lab-pods-main-".length);
      expect(engine.inputs("aws:ec2/route:Route", name)["networkInterfaceId"]).to.equal(`eni-lab-${node}`);
    }
  });

  it("needs as many resources more for each node, however many there are", async () => {
    const counts: number[] = [];
    for (const workers of [1, 2, 11]) {
      await lab({ ...base, workers });
      counts.push(engine.resources.length);
    }
    const [one = 0, two = 0, eleven = 0] = counts;
    // Instance and key with their components, route, rule, and five steps with theirs.
    expect(two - one).to.equal(16);
    expect(eleven - two).to.equal(9 * 16);
  });

  it("ties every step to its machine, so that it is done again on another and never undone on one that goes", async () => {
    await lab(base);
    const steps = engine.names("command:remote:Command");
    expect(steps).to.have.length(13);
    for (const step of steps) {
      const node = /(server|node-\d)$/.exec(step)?.[0];
      expect(engine.options("command:remote:Command", step)).to.deep.include({
        deletedWith: `Instance lab-${node}`,
        replaceWith: [],
      });
      expect(engine.command(step)["create"]).to.contain(` MACHINE='lab-${node}-id' `);
    }
  });

  describe("in a network that is there already", () => {
    const ids = { vpcId: "vpc-00000001", subnetIds: ["subnet-0000000a", "subnet-0000000b"] };
    const found: Functions = {
      ...region,
      "aws:ec2/getVpc:getVpc": ({ id }) => ({
        id,
        cidrBlockAssociations: [{ cidrBlock: "172.16.0.0/20" }, { cidrBlock: "172.20.0.0/24" }],
      }),
      "aws:ec2/getSubnet:getSubnet": ({ id }) =>
        id === "subnet-0000000a"
          ? { id, cidrBlock: "172.16.4.0/24", availabilityZone: "us-east-1d" }
          : { id, cidrBlock: "172.20.0.0/24", availabilityZone: "us-east-1b" },
      "aws:ec2/getRouteTable:getRouteTable": ({ subnetId }) => ({ routeTableId: `table-of-${String(subnetId)}` }),
    };

    it("makes none of its own, and addresses, routes and rules fit the one that was found", async () => {
      const made = await lab({ ...base, ...ids, routeTableIds: ["rtb-00000001", "rtb-00000002"] }, found);
      for (const type of ["vpc:Vpc", "subnet:Subnet", "internetGateway:InternetGateway", "routeTable:RouteTable"]) {
        expect(engine.names(`aws:ec2/${type}`), type).to.deep.equal([]);
      }
      expect(engine.names("aws:ec2/route:Route")).to.have.members([
        "lab-pods-rtb-00000001-node-0",
        "lab-pods-rtb-00000001-node-1",
        "lab-pods-rtb-00000002-node-0",
        "lab-pods-rtb-00000002-node-1",
      ]);
      expect(engine.inputs("aws:ec2/securityGroup:SecurityGroup", "lab")["vpcId"]).to.equal("vpc-00000001");
      expect(engine.inputs("aws:ec2/instance:Instance", "lab-node-1")).to.include({
        subnetId: "subnet-0000000b",
        privateIp: "172.20.0.81",
      });
      expect(routesOf("node-1")).to.equal("10.200.0.0/24 via 172.20.0.1");
      expect((await valueOf(made.plan)).vpc).to.deep.include({
        cidrs: ["172.16.0.0/20", "172.20.0.0/24"],
        subnets: [
          { cidr: "172.16.4.0/24", zone: "us-east-1d", router: "172.16.4.1" },
          { cidr: "172.20.0.0/24", zone: "us-east-1b", router: "172.20.0.1" },
        ],
      });
    });

    it("looks the route table up where there is one subnet", async () => {
      await lab({ ...base, vpcId: ids.vpcId, subnetIds: ["subnet-0000000a"] }, found);
      expect(engine.inputs("aws:ec2/route:Route", "lab-pods-main-node-0")["routeTableId"]).to.equal(
        "table-of-subnet-0000000a",
      );
    });
  });

  it("logs in with a key of the user's own, and makes none", async () => {
    const made = await lab({ ...base, sshPublicKey: `${keys.publicKey} me`, sshPrivateKeyFile: "key" });
    expect(engine.names("command:local:Command")).to.have.members(
      ["server", "node-0", "node-1"].map((node) => `lab-${node}-host-key`),
    );
    expect(engine.inputs("aws:ec2/keyPair:KeyPair", "lab-login")["publicKey"]).to.equal(`${keys.publicKey} me`);
    expect(connectionOf("lab-kernel-node-0")["privateKey"]).to.equal(keys.privateKey);
    expect(await valueOf(made.sshConfig as pulumi.Output<string>)).to.contain('IdentityFile "key"');
  });

  it("goes through a bastion to the private addresses", async () => {
    const bastion = { host: "bastion.example", user: "jump", privateKeyFile: "key", hostKey: keys.publicKey };
    await lab({ ...base, adminCidrs: ["10.240.9.0/24"], bastion });
    const { proxy, ...connection } = connectionOf("lab-kernel-node-0");
    expect(connection).to.include({ host: "10.240.0.80", hostKey: "ssh-ed25519 public-lab-node-0-host-key" });
    expect(proxy).to.deep.include({
      host: "bastion.example",
      user: "jump",
      port: 22,
      privateKey: keys.privateKey,
      hostKey: keys.publicKey,
    });
  });

  it("takes a named image as it is and for good, and the newest one only for new machines", async () => {
    await lab({ ...base, os: "ubuntu-24.04", amiId: "ami-0123456789abcdef0" });
    expect(engine.calls.map(({ token }) => token)).not.to.include("aws:ec2/getAmi:getAmi");
    const instance = "aws:ec2/instance:Instance";
    expect(engine.inputs(instance, "lab-server")["ami"]).to.equal("ami-0123456789abcdef0");
    expect(engine.options(instance, "lab-server").ignoreChanges).not.to.include("ami");
    expect(connectionOf("lab-kernel-server")["user"]).to.equal("ubuntu");

    await lab({ ...base, os: "ubuntu-24.04", architecture: "arm64", instanceType: "t4g.small" });
    expect(
      engine.calls.filter(({ token }) => token === "aws:ec2/getAmi:getAmi").map(({ inputs }) => inputs),
    ).to.deep.equal([
      {
        mostRecent: true,
        owners: ["099720109477"],
        filters: [
          { name: "name", values: ["ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-arm64-server-*"] },
          { name: "architecture", values: ["arm64"] },
        ],
      },
    ]);
    expect(engine.options(instance, "lab-server").ignoreChanges).to.include("ami");
  });

  it("does not replace a machine that looks as if it had lost its public address, which one that is stopped does", async () => {
    const ignored = () => engine.options("aws:ec2/instance:Instance", "lab-node-0").ignoreChanges;
    await lab(base);
    expect(ignored()).to.deep.equal(["ami", "associatePublicIpAddress"]);
    await lab({ ...base, publicAddresses: false });
    expect(ignored()).to.deep.equal(["ami"]);
  });

  it("gives workers a second volume where one is asked for, and the controller none", async () => {
    await lab({ ...base, dataVolumeGiB: 4 });
    const devices = (name: string) => engine.inputs("aws:ec2/instance:Instance", name)["ebsBlockDevices"];
    expect(devices("lab-node-0")).to.deep.equal([
      { deviceName: "/dev/sdf", encrypted: true, volumeSize: 4, volumeType: "gp3", deleteOnTermination: true },
    ]);
    expect(devices("lab-server")).to.equal(undefined);
  });

  it("keeps private keys secret wherever they go", async () => {
    await lab(base);
    for (const { type, name, inputs } of engine.resources.filter(({ type }) => type !== "pulumi:pulumi:Stack")) {
      const open = Object.fromEntries(Object.entries(inputs).filter(([, value]) => !isSecret(value)));
      expect(JSON.stringify(open), `${type} ${name}`).not.to.contain("private-lab");
    }
    expect(isSecret(engine.inputs("aws:ec2/instance:Instance", "lab-node-0")["userData"])).to.equal(true);
  });

  it("can be previewed, with nothing known yet of what is to be made", async () => {
    engine = await new MockEngine(() => ({}), region).start(true);
    const made = new HardWayLab("lab", parseConfig(base, { directory: "/" }));
    await pulumi.runtime.disconnect();
    expect(made).to.be.instanceOf(HardWayLab);
    expect(engine.names("command:remote:Command")).to.have.length(13);
    expect(engine.inputs("aws:ec2/instance:Instance", "lab-node-1")).to.include({ privateIp: "10.240.0.81" });
  });
});
