import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import * as hardway from "../../components";
import { hardwayMocks } from "../../components/entry/testing";
import { valueOf } from "../support/mocks";

const folder = join(__dirname, "..", "..", "examples");
const programs = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && readdirSync(join(folder, entry.name)).includes("Pulumi.yaml"))
  .map(({ name }) => name);

interface Project {
  readonly name: string;
  readonly runtime: { readonly options: { readonly nodeargs: string } };
}

function pulumiYaml(example: string): Project {
  return parse(readFileSync(join(folder, example, "Pulumi.yaml"), "utf8")) as Project;
}

/** What an example gets, what it registers besides its stack, and values that it exports. */
interface Expected {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly registers: readonly string[];
  readonly exports: object;
}

/** A component for hosts and its command. */
const step = (component: string, name = "example") => [`${component} ${name}`, `Command ${name}`];
const network = (name: string) => [
  ...["LabNetwork", "Vpc", "InternetGateway", "RouteTable", "SecurityGroup"].map((type) => `${type} ${name}`),
  ...[`Route ${name}-default`, `SecurityGroupIngressRule ${name}-members`, `SecurityGroupEgressRule ${name}-egress`],
  `SecurityGroupIngressRule ${name}-ssh-192.0.2.7-32`,
];
const subnet = (name: string) => [`Subnet ${name}`, `RouteTableAssociation ${name}`];
const keyPair = (name: string) => step("SshKeyPair", name);
const instance = (name: string) => [...[`LabInstance ${name}`, `Instance ${name}`], ...keyPair(`${name}-host-key`)];
const adminCidrs = ["192.0.2.7/32"];
const nodes = ["node-0", "node-1", "node-2"];

const examples: Readonly<Record<string, Expected>> = {
  "reachable-host": {
    registers: step("ReachableHost"),
    exports: { os: { id: "debian", version: "13" } },
  },
  "kernel-prep": {
    registers: step("KernelPrep"),
    exports: { kernel: { modules: { overlay: "loaded", br_netfilter: "loaded", ip_vs: "loaded" } } },
  },
  "snapshotter-store": {
    config: { device: "/dev/vdb" },
    registers: [...step("KernelPrep"), ...step("SnapshotterStore"), ...step("ContainerRuntime")],
    exports: { mount: "/var/lib/containerd/io.containerd.snapshotter.v1.btrfs" },
  },
  "container-runtime": {
    registers: [...step("KernelPrep"), ...step("ContainerRuntime")],
    exports: { socket: "/run/containerd/containerd.sock", facts: { cgroupDriver: "systemd" } },
  },
  "cni-config": {
    registers: step("CniConfig"),
    exports: { facts: { masquerade: "outsideCluster" } },
  },
  "pod-routes": {
    config: { address: "10.240.0.80", nextHop: "10.240.0.81" },
    registers: step("PodRoutes"),
    exports: { facts: { routes: [{ destination: "10.200.1.0/24", nextHop: "10.240.0.81", interface: "eth1" }] } },
  },
  "aws-network": {
    config: { adminCidrs },
    registers: [
      ...[...network("example"), ...subnet("example-0"), ...instance("example")],
      ...[...keyPair("login"), "KeyPair login", ...step("ReachableHost"), ...step("KernelPrep")],
    ],
    exports: { address: "203.0.113.10", facts: { cgroupVersion: 2 } },
  },
  "vpc-pod-routes": {
    config: {
      vpcId: "vpc-1",
      routeTableIds: { a: "rtb-1", b: "rtb-2" },
      nodes: [
        { name: "node-0", podCidr: "10.200.0.0/24", networkInterfaceId: "eni-1" },
        { name: "node-1", podCidr: "10.200.1.0/24", networkInterfaceId: "eni-2" },
      ],
    },
    registers: [
      "VpcPodRoutes example",
      ...["a-node-0", "a-node-1", "b-node-0", "b-node-1"].map((name) => `Route example-${name}`),
    ],
    exports: {
      routes: [
        { destination: "10.200.0.0/24", node: "node-0" },
        { destination: "10.200.1.0/24", node: "node-1" },
      ],
    },
  },
  "whole-lab": {
    config: { adminCidrs },
    registers: [
      ...["HardWayLab lab", "AwsHosts lab", ...network("lab"), ...subnet("lab-0"), ...subnet("lab-1")],
      ...[...keyPair("lab-login"), "KeyPair lab-login", "VpcPodRoutes lab-pods"],
      ...nodes.flatMap((node) => [`SecurityGroupIngressRule lab-pods-${node}`, `Route lab-pods-main-${node}`]),
      ...["server", ...nodes].flatMap((node) => [
        ...[...instance(`lab-${node}`), ...step("ReachableHost", `lab-reachable-${node}`)],
        ...[...step("KernelPrep", `lab-kernel-${node}`), ...step("PodRoutes", `lab-routes-${node}`)],
      ]),
      ...nodes.flatMap((node) => [
        ...[...step("ContainerRuntime", `lab-runtime-${node}`), ...step("CniConfig", `lab-cni-${node}`)],
      ]),
    ],
    exports: { podCidrs: { "node-0": "10.200.0.0/24", "node-1": "10.200.1.0/24", "node-2": "10.200.2.0/24" } },
  },
};

/** Resources that the mocks were asked for, as the last part of the type and the name. */
function recording(registered: string[]): pulumi.runtime.Mocks {
  const mocks = hardwayMocks();
  return {
    call: (args) => mocks.call(args),
    newResource(args) {
      if (args.type !== "pulumi:pulumi:Stack") registered.push(`${args.type.split(":").at(-1)} ${args.name}`);
      return mocks.newResource(args);
    },
  };
}

describe("the examples", () => {
  const keys = mkdtempSync(join(tmpdir(), "hardway-examples-"));
  const privateKeyFile = join(keys, "id_ed25519");
  before(() => writeFileSync(privateKeyFile, "a private key"));
  after(() => rmSync(keys, { recursive: true }));
  const login = { host: "192.0.2.10", user: "admin", privateKeyFile, hostKey: "ssh-ed25519 AAAA" };

  it("are all tested here", () => expect(programs).to.have.members(Object.keys(examples)));

  it("have every component", () => {
    const components = Object.entries(hardway).flatMap(([name, value]) =>
      typeof value === "function" && value.prototype instanceof pulumi.ComponentResource ? [name] : [],
    );
    expect(components).to.have.length.greaterThan(9);
    const registered = Object.values(examples).flatMap(({ registers }) => registers.map((each) => each.split(" ")[0]));
    expect(registered).to.include.members(components);
  });

  it("have the sources of this checkout when Pulumi starts them in their folders", () => {
    const [name = expect.fail()] = programs;
    const { runtime } = pulumiYaml(name);
    const program = 'require("hardway/host"); console.log(Object.keys(require.cache).join("\\n"))';
    const args = [...runtime.options.nodeargs.split(" "), "-e", program];
    const loaded = execFileSync(process.execPath, args, { cwd: join(folder, name), encoding: "utf8" }).split("\n");
    expect(loaded).to.include(join(folder, "..", "components/entry/host.ts"));
    for (const other of programs) expect(pulumiYaml(other).runtime, other).to.deep.equal(runtime);
  });

  for (const [name, { config, registers, exports }] of Object.entries(examples)) {
    it(`has ${name}, which registers what it is there for`, async () => {
      const { name: project } = pulumiYaml(name);
      const registered: string[] = [];
      await pulumi.runtime.setMocks(recording(registered), project, "try");
      const values = Object.entries({ ...login, ...config }).map(([key, value]) => [
        `${project}:${key}`,
        typeof value === "string" ? value : JSON.stringify(value),
      ]);
      pulumi.runtime.setAllConfig(Object.fromEntries(values) as Record<string, string>);
      const made = (await import(join(folder, name, "index.ts"))) as Record<string, unknown>;
      const outputs = await valueOf(pulumi.output({ ...made }));
      await pulumi.runtime.disconnect();
      expect(registered).to.have.members(registers);
      expect(outputs).to.containSubset(exports);
    });

    it(`has ${name}, which says at its top what it makes and how to run it`, () => {
      const [what, how, next] = readFileSync(join(folder, name, "index.ts"), "utf8").split("\n");
      expect(what).to.match(/^\/\/ \w+.*\.$/);
      expect(how).to.match(/^\/\/ Run it: .*pulumi up/);
      expect(next).to.match(/^import /);
    });
  }
});
