import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import {
  CniConfig,
  ContainerRuntime,
  KernelPrep,
  PodRoutes,
  ReachableHost,
  SnapshotterStore,
  type StepArgs,
  type ArtifactArchitecture,
  type ArtifactName,
  type CgroupDriver,
  type HandlerName,
  type Masquerade,
  type RuntimeSource,
  type SecurityProfile,
  type StoreSnapshotter,
} from "../../../components";
import { isSecret, MockEngine, valueIn, valueOf } from "../../support/mocks";

type As = <T>(value: T) => pulumi.Output<T>;

/** A value that comes later, as that of another resource. */
const late: As = (value) => pulumi.output(Promise.resolve(value)) as never;

/** A value that a preview does not know. */
const unknown: As = <T>() =>
  new (pulumi.Output as unknown as new (...args: unknown[]) => pulumi.Output<T>)(
    new Set(),
    Promise.resolve(undefined),
    Promise.resolve(false),
    Promise.resolve(false),
    Promise.resolve(new Set()),
  );

type Step = (opts?: pulumi.ComponentResourceOptions) => { readonly facts: pulumi.Output<unknown> };

/**
 * Every component for hosts, by name, with an output for each argument that takes one.
 *
 * @param also arguments of all of them
 */
function steps(as: As, also: Partial<StepArgs> = {}): Readonly<Record<string, Step>> {
  const connection = {
    host: as("192.0.2.10"),
    user: as("admin"),
    privateKey: as("key"),
    hostKey: as("ssh-ed25519 AAAA"),
    proxy: as({ host: "192.0.2.1", hostKey: "ssh-ed25519 BBBB" }),
  };
  const tied = { timeoutSeconds: as(60), machine: as("i-1"), requireHostKey: as(true) };
  const common = { connection, runAgain: as(1), ...tied, ...also };
  return {
    reachable: (opts) =>
      new ReachableHost(
        "reachable",
        {
          connection: as({ host: "192.0.2.10", hostKey: "ssh-ed25519 AAAA" }),
          ...tied,
          ...also,
          address: as("10.240.0.80"),
          sshTimeoutSeconds: as(60),
          minFreeMiB: as(2048),
        },
        opts,
      ),
    kernel: (opts) =>
      new KernelPrep(
        "kernel",
        {
          ...common,
          modulesFile: as("/etc/modules-load.d/k8s.conf"),
          sysctlFile: as("/etc/sysctl.d/k8s.conf"),
          extraModules: [as("ip_vs"), "nf_conntrack"],
          extraSysctls: { "vm.max_map_count": as("262144") },
          swap: as("keep" as const),
          address: as("10.240.0.80"),
          bridge: as("cni1"),
        },
        opts,
      ),
    "kernel-whole": (opts) =>
      new KernelPrep(
        "kernel-whole",
        {
          ...common,
          extraModules: as(["ip_vs"]),
          extraSysctls: as({ "vm.max_map_count": "262144" }),
        },
        opts,
      ),
    store: (opts) =>
      new SnapshotterStore(
        "store",
        {
          ...common,
          snapshotter: as<StoreSnapshotter>("btrfs"),
          kind: as("containerd" as const),
          device: as("/dev/vdb"),
          sizeGiB: as(8),
        },
        opts,
      ),
    runtime: (opts) =>
      new ContainerRuntime(
        "runtime",
        {
          ...common,
          runtimeSource: as<RuntimeSource>("mirror"),
          runtimeVersion: as("2.0.11"),
          runtimeMirror: as("https://mirror.example"),
          runtimeArtifacts: [
            {
              name: as<ArtifactName>("containerd"),
              version: as("2.0.11"),
              arch: as<ArtifactArchitecture>("amd64"),
              url: as("https://files.example/containerd.tar.gz"),
              sha256: as("1".repeat(64)),
            },
          ],
          handlers: [as<HandlerName>("runc")],
          defaultHandler: as<HandlerName>("runc"),
          snapshotter: as("overlayfs" as const),
          cgroupDriver: as<CgroupDriver>("cgroupfs"),
          sandboxImage: as("registry.example/pause:3.9"),
          imageArchives: as(["/images.tar"]),
          registryMirrors: { "docker.io": [as("https://mirror.example")] },
          seccompProfile: as<SecurityProfile>("runtime/default"),
          appArmorProfile: as<SecurityProfile>("unconfined"),
          cniBinDir: as("/opt/cni/bin"),
          cniConfDir: as("/etc/cni/net.d"),
          registryCredentials: { "docker.io": { username: as("me"), password: as("secret") } },
          packagesAlong: [as("iptables")],
        },
        opts,
      ),
    cni: (opts) =>
      new CniConfig(
        "cni",
        {
          ...common,
          podCidr: as("10.200.1.0/24"),
          clusterCidr: as("10.200.0.0/16"),
          masquerade: as<Masquerade>("outsideCluster"),
          mtu: as(9001),
          peer: as("10.240.0.81"),
          bridge: as("cni1"),
          cniBinDir: as("/opt/cni/bin"),
          cniConfDir: as("/etc/cni/net.d"),
          source: { runtimeSource: as<RuntimeSource>("release") },
        },
        opts,
      ),
    routes: (opts) =>
      new PodRoutes(
        "routes",
        {
          ...common,
          address: as("10.240.0.80"),
          routes: [{ destination: as("10.200.1.0/24"), nextHop: as("10.240.0.81") }],
          podCidr: as("10.200.0.0/24"),
          clusterCidr: as("10.200.0.0/16"),
          bridge: as("cni1"),
        },
        opts,
      ),
  };
}

describe("components for hosts, with outputs for all that they render", () => {
  const names = ["reachable", "kernel", "kernel-whole", "store", "runtime", "cni", "routes"];
  const makeAll = (made: Readonly<Record<string, Step>>, opts?: pulumi.ComponentResourceOptions) =>
    Promise.all(Object.values(made).map((make) => valueOf(make(opts).facts)));

  it("render the values", async () => {
    const engine = await new MockEngine(() => ({ changed: false })).start();
    await makeAll(steps(late));
    const create = (name: string) => String(engine.command(name)["create"]);
    expect(valueIn(create("reachable"), "MIN_FREE_MIB")).to.equal("2048");
    expect(valueIn(create("kernel"), "MODULES")).to.equal("overlay br_netfilter ip_vs nf_conntrack");
    expect(valueIn(create("kernel"), "SWAP")).to.equal("keep");
    expect(valueIn(create("kernel-whole"), "SYSCTLS")).to.contain("vm.max_map_count=262144");
    expect(valueIn(create("store"), "DEVICE")).to.equal("/dev/vdb");
    expect(valueIn(create("runtime"), "ARTIFACTS"))
      .to.contain("https://mirror.example/github.com")
      .and.to.contain("https://files.example/");
    expect(valueIn(create("runtime"), "ALONG")).to.equal("iptables");
    expect(valueIn(create("cni"), "MASQUERADE")).to.equal("outsideCluster");
    expect(valueIn(create("cni"), "MTU")).to.equal("9001");
    expect(valueIn(create("cni"), "ARTIFACTS")).to.contain("cni-plugins");
    expect(valueIn(create("routes"), "ROUTES")).to.equal("10.200.1.0/24 via 10.240.0.81");
    for (const name of names) {
      expect(create(name), name).to.contain("timeout -k 10 60 ");
      expect(valueIn(create(name), "MACHINE"), name).to.equal("i-1");
      if (name !== "reachable") expect(create(name), name).to.contain("# run again: 1");
    }
    expect(isSecret(engine.command("runtime")["stdin"])).to.equal(true);
  });

  it("can be previewed while nothing is known", async () => {
    const engine = await new MockEngine().start(true);
    for (const make of Object.values(steps(unknown))) make();
    await pulumi.runtime.disconnect();
    expect(engine.names("command:remote:Command")).to.have.members(names);
    for (const name of names) expect(pulumi.isUnknown(engine.command(name)["create"]), name).to.equal(true);
  });

  it("have the timeouts and ignored changes of the component in its command", async () => {
    const engine = await new MockEngine(() => ({})).start();
    await makeAll(steps(late), { customTimeouts: { create: "20m" }, ignoreChanges: ["create"] });
    for (const name of names) {
      const { createTimeout, ignoreChanges } = engine.options("command:remote:Command", name);
      expect({ createTimeout, ignoreChanges }, name).to.deep.equal({ createTimeout: "20m", ignoreChanges: ["create"] });
    }
  });

  it("refuse a connection without a host key where one is required", async () => {
    await new MockEngine(() => ({})).start();
    const open = { connection: { host: "192.0.2.10" }, requireHostKey: true };
    for (const [name, make] of Object.entries(steps(late, open)))
      expect(() => make(), name).to.throw(` ${name} cannot be made: its connection to 192.0.2.10 has no hostKey`);
  });
});
