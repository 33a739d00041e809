import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { HardWayLab, parseConfig } from "../../components";
import { isSecret, MockEngine, valueOf, valueIn } from "../support/mocks";

const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG+0URgznktt6L/ECNJLLcgEytVg91TzqsTVifIUnsDG";
const ssh = { host: "192.0.2.1", user: "admin", password: "canary-password", hostKey };

function labConfig(workers: number, values: object = {}) {
  return parseConfig(
    {
      target: "hosts",
      ...values,
      hosts: [
        { name: "server", role: "controller", address: "10.240.0.10", ssh },
        ...Array.from({ length: workers }, (_, i) => ({
          name: `node-${i}`,
          role: "worker",
          address: `10.240.0.${80 + i}`,
          ssh,
        })),
      ],
    },
    { directory: "/" },
  );
}

describe("HardWayLab", () => {
  let engine: MockEngine;

  async function lab(workers: number, values: object = {}): Promise<HardWayLab> {
    engine = await new MockEngine((name) => ({ from: name })).start();
    const made = new HardWayLab("lab", labConfig(workers, values));
    await Promise.all([valueOf(made.plan), valueOf(made.hostFacts), valueOf(made.runtimeFacts)]);
    await pulumi.runtime.disconnect();
    return made;
  }

  it("makes these children and no others", async () => {
    await lab(2);
    expect(
      engine.resources.filter((r) => r.type !== "command:remote:Command").map((r) => `${r.type} ${r.name}`),
    ).to.have.members([
      "hardway:index:HardWayLab lab",
      "hardway:index:ReachableHost lab-reachable-server",
      "hardway:index:KernelPrep lab-kernel-server",
      "hardway:index:PodRoutes lab-routes-server",
      ...["node-0", "node-1"].flatMap((node) => [
        `hardway:index:ReachableHost lab-reachable-${node}`,
        `hardway:index:KernelPrep lab-kernel-${node}`,
        `hardway:index:ContainerRuntime lab-runtime-${node}`,
        `hardway:index:CniConfig lab-cni-${node}`,
        `hardway:index:PodRoutes lab-routes-${node}`,
      ]),
    ]);
  });

  it("warns of each host that any machine could pose as, and of no other", async () => {
    const warned: string[] = [];
    const { warn } = pulumi.log;
    const log = pulumi.log as { warn: typeof warn };
    log.warn = (message) => Promise.resolve(void warned.push(message.split(":")[0] ?? ""));
    try {
      await lab(1);
      expect(warned).to.deep.equal([]);
      const open = { host: "192.0.2.2", agentSocketPath: "/agent" };
      const config = parseConfig(
        { target: "hosts", hosts: [{ name: "node-0", role: "worker", address: "10.240.0.80", ssh: open }] },
        { directory: "/" },
      );
      engine = await new MockEngine((name) => ({ from: name })).start();
      await valueOf(new HardWayLab("lab", config).plan);
      await pulumi.runtime.disconnect();
      expect(warned).to.deep.equal(["The host key of node-0 is not pinned"]);
    } finally {
      log.warn = warn;
    }
  });

  it("needs five remote resources per worker and three per controller, however many there are", async () => {
    for (const workers of [1, 2, 10]) {
      await lab(workers);
      expect(engine.names("command:remote:Command")).to.have.length(3 + 5 * workers);
    }
  });

  it("prepares a store before the runtime where the snapshotter needs one, with six remote resources then", async () => {
    await lab(2, { nodes: { "node-1": { snapshotter: "devmapper", snapshotterDevice: "/dev/vdb" } } });
    expect(engine.names("command:remote:Command")).to.have.length(3 + 5 + 6);
    expect(String(engine.command("lab-store-node-1")["create"])).to.contain("DEVICE='/dev/vdb'");
    const { dependencies } = engine.options("command:remote:Command", "lab-runtime-node-1");
    expect(dependencies).to.include("Command lab-store-node-1");
    expect(engine.options("command:remote:Command", "lab-store-node-1").dependencies).to.include(
      "Command lab-kernel-node-1",
    );
  });

  it("publishes what it promises", async () => {
    const made = await lab(2);
    const plan = await valueOf(made.plan);
    expect(plan.hosts).to.deep.equal([
      { name: "server", role: "controller", address: "10.240.0.10" },
      { name: "node-0", role: "worker", address: "10.240.0.80", podCidr: "10.200.0.0/24" },
      { name: "node-1", role: "worker", address: "10.240.0.81", podCidr: "10.200.1.0/24" },
    ]);
    expect(plan.routes).to.deep.equal([
      { host: "server", destination: "10.200.0.0/24", nextHop: "10.240.0.80", node: "node-0" },
      { host: "server", destination: "10.200.1.0/24", nextHop: "10.240.0.81", node: "node-1" },
      { host: "node-0", destination: "10.200.1.0/24", nextHop: "10.240.0.81", node: "node-1" },
      { host: "node-1", destination: "10.200.0.0/24", nextHop: "10.240.0.80", node: "node-0" },
    ]);
    expect(JSON.stringify(plan)).not.to.contain("canary-password");
    expect(await valueOf(made.podCidrs)).to.deep.equal({ "node-0": "10.200.0.0/24", "node-1": "10.200.1.0/24" });
    expect(await valueOf(made.hostFacts)).to.have.all.keys("server", "node-0", "node-1");
    expect(await valueOf(made.runtimeFacts)).to.deep.equal({
      "node-0": { from: "lab-runtime-node-0" },
      "node-1": { from: "lab-runtime-node-1" },
    });
  });

  it("plans what each runtime calls its storage and its handlers' programs", async () => {
    const made = await lab(2, {
      handlers: ["runc", "crun"],
      nodes: {
        "node-0": { runtime: "crio", runtimeSource: "release" },
        "node-1": { runtime: "docker", cgroupDriver: "cgroupfs" },
      },
    });
    const { runtimes } = await valueOf(made.plan);
    const common = { defaultHandler: "runc", snapshotter: "overlayfs", sandboxImage: "registry.k8s.io/pause:3.9" };
    expect(runtimes).to.deep.equal({
      "node-0": {
        ...common,
        kind: "crio",
        criName: "cri-o",
        services: ["crio.service"],
        configFile: "/etc/crio/crio.conf.d/99-hardway.conf",
        socket: "/var/run/crio/crio.sock",
        handlers: [
          { name: "runc", isolation: "namespaces", program: "runc" },
          { name: "crun", isolation: "namespaces", program: "crun" },
        ],
        storageDriver: "overlay",
        cgroupDriver: "systemd",
      },
      "node-1": {
        ...common,
        kind: "docker",
        criName: "docker",
        services: ["docker.service", "containerd.service", "cri-docker.socket", "cri-docker.service"],
        configFile: "/etc/docker/daemon.json",
        socket: "/run/cri-dockerd.sock",
        handlers: [
          { name: "runc", isolation: "namespaces", program: "runc" },
          { name: "crun", isolation: "namespaces", program: "/usr/bin/crun" },
        ],
        storageDriver: "overlay2",
        cgroupDriver: "cgroupfs",
      },
    });
  });

  it("has the pod network's packages come along with those of the runtime, as many as its own step asks for", async () => {
    await lab(2, { nodes: { "node-1": { runtimeSource: "release" } } });
    const of = (step: string, host: string, name: string) =>
      valueIn(engine.command(`lab-${step}-${host}`)["create"], name);
    for (const host of ["node-0", "node-1"])
      expect(of("runtime", host, "ALONG"))
        .to.equal(of("cni", host, "PACKAGES"))
        .and.to.contain("nftables");
    expect(of("runtime", "node-0", "ALONG")).to.contain("containernetworking-plugins");
    expect(of("runtime", "node-1", "ALONG")).to.not.contain("containernetworking-plugins");
  });

  it("gives every worker the runtime that it is to have", async () => {
    const runtimeMirror = "https://mirror.example";
    const made = await lab(2, {
      registryMirrors: { "docker.io": ["https://mirror.example"] },
      nodes: { "node-1": { handlers: ["crun", "runsc"], cgroupDriver: "cgroupfs", runtimeMirror } },
    });
    const { runtimes } = await valueOf(made.plan);
    const runcShim = "io.containerd.runc.v2";
    const common = {
      kind: "containerd",
      criName: "containerd",
      services: ["containerd.service"],
      configFile: "/etc/containerd/config.toml",
      socket: "/run/containerd/containerd.sock",
      snapshotter: "overlayfs",
      storageDriver: "overlayfs",
      sandboxImage: "registry.k8s.io/pause:3.9",
    };
    expect(runtimes).to.deep.equal({
      "node-0": {
        ...common,
        handlers: [{ name: "runc", isolation: "namespaces", program: "runc", shim: runcShim }],
        defaultHandler: "runc",
        cgroupDriver: "systemd",
      },
      "node-1": {
        ...common,
        handlers: [
          { name: "crun", isolation: "namespaces", program: "/usr/bin/crun", shim: runcShim },
          { name: "runsc", isolation: "userKernel", program: "/usr/local/bin/runsc", shim: "io.containerd.runsc.v1" },
        ],
        defaultHandler: "crun",
        cgroupDriver: "cgroupfs",
      },
    });
    const created = (host: string) => String(engine.command(`lab-runtime-${host}`)["create"]);
    expect(created("node-0")).to.contain("DEFAULT_HANDLER='runc'").and.to.contain("https://mirror.example");
    expect(created("node-1")).to.contain("DEFAULT_HANDLER='crun'").and.to.contain("https://mirror.example");
    const classes = (await valueOf(made.runtimeClasses)).match(/^ {2}name: .*$/gm);
    expect(classes).to.deep.equal(["  name: runc", "  name: crun", "  name: runsc"]);
  });

  it("hands logins for registries over as secrets on standard input alone", async () => {
    await lab(1, { registryCredentials: { "registry.example": { username: "me", password: "canary-login" } } });
    const command = engine.command("lab-runtime-node-0");
    const stdin = command["stdin"];
    expect(isSecret(stdin)).to.equal(true);
    const text = isSecret(stdin) ? String(stdin.value) : "";
    const secrets = new Map(
      text
        .trim()
        .split("\n")
        .map((line) => line.split(" ") as [string, string]),
    );
    expect([...secrets.keys()]).to.deep.equal(["CONFIG_V2", "CONFIG_V3"]);
    for (const value of secrets.values()) {
      expect(Buffer.from(value, "base64").toString())
        .to.contain('[plugins."io.containerd')
        .and.to.contain('registry.configs."registry.example".auth]\nusername = "me"\npassword = "canary-login"\n');
    }
    expect(String(command["create"])).to.contain("SECRETS='stdin'").and.not.to.contain("canary-login");
    expect(engine.command("lab-kernel-node-0")).not.to.have.property("stdin");
  });

  it("gives every host the routes of the plan and nothing else", async () => {
    await lab(2);
    const routesOf = (host: string) => valueIn(engine.command(`lab-routes-${host}`)["create"], "ROUTES");
    expect(routesOf("server")).to.equal("10.200.0.0/24 via 10.240.0.80\n10.200.1.0/24 via 10.240.0.81");
    expect(routesOf("node-0")).to.equal("10.200.1.0/24 via 10.240.0.81");
    expect(routesOf("node-1")).to.equal("10.200.0.0/24 via 10.240.0.80");
  });

  it("runs the steps again that are asked for: their command alone is another, by one line", async () => {
    const creates = async (values: object) => {
      await lab(2, values);
      const names = engine.names("command:remote:Command");
      return new Map(names.map((name) => [name, engine.command(name)["create"] as string]));
    };
    const first = await creates({});
    const again = await creates({
      runAgain: { "node-0": 1, "node-0/cni": 2, "server/routes": 4, "node-1/runtime": 0 },
    });
    const changed = [...again].flatMap(([name, create]) => {
      if (create === first.get(name)) return [];
      const lines = create.split("\n");
      expect([lines[0], ...lines.slice(2)].join("\n"), name).to.equal(first.get(name));
      return [`${name} ${lines[1]}`];
    });
    expect(changed).to.have.members([
      "lab-kernel-node-0 # run again: 1",
      "lab-runtime-node-0 # run again: 1",
      "lab-cni-node-0 # run again: 3",
      "lab-routes-node-0 # run again: 1",
      "lab-routes-server # run again: 4",
    ]);
  });
});
