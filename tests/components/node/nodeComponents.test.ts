import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import {
  CniConfig,
  ContainerRuntime,
  KernelPrep,
  PodRoutes,
  ReachableHost,
  SnapshotterStore,
} from "../../../components";
import { MockEngine, scriptHead, valueOf } from "../../support/mocks";
import { expectGolden } from "../../support/golden";
import { criDockerdArtifact, mirantisRepository } from "./runtime/runtimeSettings";

const connection = { host: "192.0.2.10", user: "admin", privateKey: "canary-key", hostKey: "ssh-ed25519 AAAA" };

describe("node components", () => {
  const facts = { kernel: "6.12", changed: true };
  let engine: MockEngine;

  beforeEach(async () => {
    engine = await new MockEngine(() => facts).start();
  });

  const cases: [string, () => pulumi.ComponentResource & { facts: pulumi.Output<unknown> }][] = [
    ["reachable", () => new ReachableHost("x", { connection, address: "10.240.0.80" })],
    ["kernel-prep", () => new KernelPrep("x", { connection })],
    [
      "kernel-prep-extra",
      () =>
        new KernelPrep("x", {
          connection,
          modulesFile: "/etc/modules-load.d/k8s.conf",
          sysctlFile: "/etc/sysctl.d/k8s.conf",
          extraModules: ["ip_vs"],
          extraSysctls: { "vm.max_map_count": "262144", "net.ipv4.ip_forward": "1" },
          swap: "keep",
        }),
    ],
    ["containerd", () => new ContainerRuntime("x", { connection })],
    [
      "containerd-cgroupfs",
      () => new ContainerRuntime("x", { connection, cgroupDriver: "cgroupfs", imageArchives: ["/a.tar", "/b.tar"] }),
    ],
    [
      "crio",
      () => new ContainerRuntime("x", { connection, kind: "crio", runtimeSource: "release", runtimeVersion: "1.36.3" }),
    ],
    ["docker", () => new ContainerRuntime("x", { connection, kind: "docker", runtimeArtifacts: [criDockerdArtifact] })],
    [
      "mirantis",
      () =>
        new ContainerRuntime("x", {
          ...{
            connection,
            kind: "mirantis",
            runtimeSource: "repository",
            runtimeRepositories: [{ ...mirantisRepository, components: ["stable-29.4"] }],
          },
        }),
    ],
    ["snapshotter-store", () => new SnapshotterStore("x", { connection, snapshotter: "btrfs", device: "/dev/vdb" })],
    ["cni-config", () => new CniConfig("x", { connection, podCidr: "10.200.0.0/24" })],
    [
      "cni-config-outside-cluster",
      () => new CniConfig("x", { connection, podCidr: pulumi.output("10.200.1.0/24"), masquerade: "outsideCluster" }),
    ],
    [
      "pod-routes",
      () =>
        new PodRoutes("x", {
          connection,
          address: "10.240.0.10",
          routes: [
            { destination: "10.200.0.0/24", nextHop: "10.240.0.80" },
            { destination: "10.200.1.0/24", nextHop: "10.240.0.81" },
          ],
        }),
    ],
    ["pod-routes-none", () => new PodRoutes("x", { connection, address: "10.240.0.80", routes: [] })],
  ];

  /** Of those that install a runtime. */
  const kinds: Readonly<Record<string, string>> = {
    containerd: "containerd",
    "containerd-cgroupfs": "containerd",
    crio: "crio",
    docker: "docker",
    mirantis: "mirantis",
  };

  for (const [title, create] of cases) {
    it(`${title}: one command with the values of its golden file`, async () => {
      const component = create();
      expect(await valueOf(component.facts)).to.deep.equal(facts);

      expect(engine.names("command:remote:Command")).to.deep.equal(["x"]);
      const command = engine.command("x");
      expectGolden(
        `scripts/${title}.txt`,
        [
          scriptHead(command["create"]),
          command["delete"] === undefined ? "no undo" : scriptHead(command["delete"]),
          "",
        ].join("\n"),
      );
      expect(command).to.include({ logging: "stderr", addPreviousOutputInEnv: false });
      expect(command).not.to.have.any.keys("update", "stdin", "environment");
      // A changed trigger replaces: nothing but another runtime may do that.
      expect(command["triggers"]).to.deep.equal(kinds[title] && [kinds[title]]);
    });
  }

  it("refuse what a runtime cannot do, all of it, before anything is made", () => {
    const create = () =>
      new ContainerRuntime("x", {
        connection,
        handlers: ["runc", "kata"],
        defaultHandler: "crun",
        runtimeVersion: "1",
      });
    expect(create).to.throw(
      [
        "ContainerRuntime x cannot be made:",
        '  - runtimeVersion must not be set with source "distro": the distribution decides; got "1"',
        '  - handlers cannot have kata with source "distro": no package brings it. Name a mirror that has it as runtimeMirror, or use source "release" or "mirror"',
        '  - defaultHandler must be one of handlers (runc, kata); got "crun"',
      ].join("\n"),
    );
    expect(engine.resources).to.deep.equal([]);
  });

  it("keep the connection out of the script and mark it secret", async () => {
    const prep = new KernelPrep("x", { connection });
    await valueOf(prep.facts);
    const command = engine.command("x");
    expect(String(command["create"])).not.to.contain("canary-key");
    // The marker with which the SDK hands a secret to the engine.
    expect(command["connection"]).to.deep.include({
      "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    });
    expect((command["connection"] as { value: unknown }).value).to.deep.equal({
      ...connection,
      port: 22, // the default of the SDK
      perDialTimeout: 10,
      dialErrorLimit: 3,
    });
  });

  it("are patient about connecting only where they wait for the host", async () => {
    await valueOf(new ReachableHost("gate", { connection, sshTimeoutSeconds: 60 }).facts);
    const gate = engine.command("gate")["connection"] as { value: { dialErrorLimit: number } };
    expect(gate.value.dialErrorLimit).to.equal(8);
  });
});
