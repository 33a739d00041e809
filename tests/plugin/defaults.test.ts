import { expect } from "chai";
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { controllerCertificates, workerCertificates } from "../../components/cluster/certificates";
import { clusterDefaults } from "../../components/cluster/clusterDefaults";
import { servedComponents } from "../../plugin/components";
import { ComponentPlugin } from "../../plugin/provider";
import { schemaFile } from "../../plugin/schema/makeSchema";
import { referredType, type PackageSchema, type PropertySchema } from "../../plugin/schema/packageSchema";
import { MockEngine, valueOf, type Recorded } from "../support/mocks";
import { region } from "../support/plannedResources";

const schema = JSON.parse(readFileSync(schemaFile, "utf8")) as PackageSchema;

const connection = { host: "192.0.2.10", privateKey: "key", hostKey: "ssh-ed25519 AAAA", proxy: { host: "192.0.2.1" } };
const route = { destination: "10.200.1.0/24", nextHop: "192.0.2.11" };
const machine = {
  hostname: "db",
  subnetId: "subnet-1",
  address: "10.240.0.80",
  securityGroupIds: ["sg-1"],
  loginKey: { keyName: "login", privateKey: "key" },
};
const member = { name: "server", address: "192.0.2.10" };
const server = "https://192.0.2.10:6443";
/** A text for each that a component asks for. */
const credentials = Object.fromEntries(
  [...controllerCertificates(member, clusterDefaults), ...workerCertificates(member)]
    .flatMap(({ name }) => [`${name}.crt`, `${name}.key`])
    .concat(
      "ca.crt",
      "etcd-ca.crt",
      "front-proxy-ca.crt",
      "service-account.key",
      "service-account.pub",
      "encryption.key",
    )
    .map((name) => [name, name]),
);
const runtime = { settings: {}, store: {} };

/** Programs with as little as can be said; objects that are empty have defaults of their own. */
const programs: Readonly<Record<keyof typeof servedComponents, readonly object[]>> = {
  ApiBalancer: [{ connection, credentials, controllers: [member] }],
  CniConfig: [{ connection, podCidr: "10.200.0.0/24", source: {} }],
  ClusterPki: [{ controllers: [{ name: "server", address: "192.0.2.10" }], workers: [] }],
  ClusterServices: [{ connection, nodes: [{ name: "node-0", podCidr: "10.200.0.0/24" }] }],
  ControlPlane: [{ connection, credentials, address: "192.0.2.10", controllers: [member] }],
  EtcdMember: [{ connection, credentials, name: "server", members: [member], source: {} }],
  Kubelet: [{ connection, credentials, name: "node-0", address: "192.0.2.10", podCidr: "10.200.0.0/24", server }],
  KubeProxy: [{ connection, credentials, name: "node-0", server }],
  ContainerRuntime: [
    { connection },
    { connection, kind: "crio", runtimeSource: "release" },
    { connection, handlers: ["crun", "runc"] },
  ],
  HardWayLab: [
    { hosts: [{ name: "node-0", role: "worker", address: "192.0.2.10", connection }], runtime },
    { aws: { adminCidrs: ["192.0.2.7/32"], bastion: { host: "192.0.2.1" } }, runtimes: { "node-1": runtime } },
    { aws: { adminCidrs: [], loginKey: { publicKey: "ssh-ed25519 AAAA", privateKey: "key" } } },
  ],
  KernelPrep: [{ connection }],
  LabInstance: [machine, { ...machine, bastion: { host: "192.0.2.1" } }],
  LabNetwork: [{ adminCidrs: ["192.0.2.7/32"] }],
  PodRoutes: [{ connection, address: "192.0.2.10", routes: [route] }],
  ReachableHost: [{ connection, address: "192.0.2.10" }],
  SnapshotterStore: [{ connection, snapshotter: "btrfs" }],
  SshKeyPair: [{}],
  VpcPodRoutes: [
    {
      routeTableIds: { main: "rtb-1" },
      routes: [{ destination: "10.200.1.0/24", node: "node-1", networkInterfaceId: "eni-1" }],
      vpcCidrs: ["10.240.0.0/16"],
    },
  ],
};

/**
 * SDKs of Python, Go and Node.js say the schema's defaults in the program's place, YAML does not: what a program makes must
 * be the same.
 */
describe("the schema's defaults, said explicitly", () => {
  for (const [name, minimal] of Object.entries(programs))
    for (const [index, args] of minimal.entries())
      it(`change nothing that ${name} makes (program ${index + 1} of ${minimal.length})`, async () => {
        const { inputProperties } = schema.resources[`hardway:index:${name}`]!;
        const explicit = withDefaults(args, inputProperties);
        expect(explicit, "nothing has a default").not.to.deep.equal(args);
        const [silent, said] = [await made(name, args), await made(name, explicit)];
        expect(silent).to.have.length.greaterThan(0);
        expect(said).to.deep.equal(silent);
      });
});

/** What a component makes, in the order of names; without components, whose inputs are what the program says. */
async function made(name: string, args: object): Promise<Recorded[]> {
  const engine = await new MockEngine((step) => ({ from: step, handlers: {}, os: {} }), region).start();
  const { state } = await new ComponentPlugin().construct("made", `hardway:index:${name}`, structuredClone(args), {});
  await valueOf(pulumi.output(state));
  await pulumi.runtime.disconnect();
  const isOfPlugin = ({ type }: Recorded) => /^(aws|command|pulumi:index):/.test(type);
  // What goes into a stash is made anew each time.
  const lasting = (recorded: Recorded) =>
    recorded.type === "pulumi:index:Stash" ? { ...recorded, inputs: {} } : recorded;
  const key = ({ type, name }: Recorded) => `${type} ${name}`;
  return engine.resources
    .filter(isOfPlugin)
    .map(lasting)
    .sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** An object with every default of its type that it does not say, and so of all objects in it, as SDKs send it. */
function withDefaults(value: object, properties: Readonly<Record<string, PropertySchema>>): object {
  const said = Object.entries(value).map(([key, inner]) => [key, filled(inner, properties[key]!)] as const);
  const defaults = Object.entries(properties).flatMap(([key, property]) =>
    property.default === undefined ? [] : [[key, property.default] as const],
  );
  return { ...Object.fromEntries(defaults), ...Object.fromEntries(said) };
}

function filled(value: unknown, property: PropertySchema): unknown {
  const { items, additionalProperties } = property;
  if (Array.isArray(value)) return value.map((each) => filled(each, items!));
  if (typeof value !== "object" || value === null) return value;
  if (additionalProperties !== undefined)
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, filled(each, additionalProperties)]));
  return withDefaults(value, referredType(property, schema.types)!.properties!);
}
