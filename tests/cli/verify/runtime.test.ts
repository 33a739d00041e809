import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { daemonSettings, dumpedSettings } from "../../../cli/verify/runtimes/containerd";
import { judgeRuntime, type CriAnswers } from "../../../cli/verify/runtime";
import { renderContainerdV2, renderContainerdV3 } from "../../../components/node/runtime/containerd";
import type { RuntimeSettings } from "../../../components/node/runtime/runtimeSettings";
import { runtimeDefaults } from "../../../components/node/runtime/runtimes";
import type { HandlerPlan, LabPlan } from "../../../components/labPlan";
import { facts, lines, plan, problems, runtime, type Sections } from "./samples";

const config = { ...runtimeDefaults, sandboxImage: "pause:1" };

/** As containerd 1.7's CRI status has it, cut down to what is read. */
const daemon = {
  containerd: {
    snapshotter: "overlayfs",
    defaultRuntimeName: "runc",
    runtimes: { runc: { runtimeType: "io.containerd.runc.v2", options: { SystemdCgroup: true } } },
  },
  cni: { binDir: "/opt/cni/bin", confDir: "/etc/cni/net.d" },
  sandboxImage: "pause:1",
};

const good: Sections = {
  services: "Id=containerd.service\nActiveState=active\nUnitFileState=enabled",
  cgroup2: "/sys/fs/cgroup/cgroup.controllers",
  "config-dump": renderContainerdV2(config),
  command: "/usr/bin/containerd",
  "drop-ins": "",
  plugins: [
    "TYPE                                   ID              PLATFORMS      STATUS    ",
    "io.containerd.snapshotter.v1           btrfs           linux/amd64    skip      ",
    "io.containerd.snapshotter.v1           overlayfs       linux/amd64    ok        ",
    "io.containerd.grpc.v1                  cri             linux/amd64    ok        ",
  ].join("\n"),
};

const crun: HandlerPlan = {
  name: "crun",
  isolation: "namespaces",
  program: "/usr/bin/crun",
  shim: "io.containerd.runc.v2",
};
const gvisor: HandlerPlan = {
  name: "runsc",
  isolation: "userKernel",
  program: "/usr/local/bin/runsc",
  shim: "io.containerd.runsc.v1",
};

const answers = (
  changes: { config?: unknown; conditions?: CriAnswers["status"]["status"]; name?: string } = {},
): CriAnswers => ({
  version: { runtimeName: changes.name ?? "containerd", runtimeVersion: "1.7.24", runtimeApiVersion: "v1" },
  status: {
    status: changes.conditions ?? {
      conditions: [
        { type: "RuntimeReady", status: true, reason: "", message: "" },
        { type: "NetworkReady", status: true, reason: "", message: "" },
      ],
    },
    info: { config: JSON.stringify(changes.config ?? daemon) },
  },
});

const judge = (changes: Sections = {}, cri: CriAnswers | Error = answers(), lab: LabPlan = plan) =>
  judgeRuntime("node-0", lab, facts({ ...good, ...changes }), cri);

describe("runtime checks", () => {
  it("show what daemon and config dump say where all is well", () => {
    expect(problems(judge())).to.deep.equal([]);
    expect(lines(judge())).to.deep.equal([
      "containerd now: active",
      "containerd at the next boot: enabled",
      "CRI version: containerd 1.7.24, CRI v1",
      "CRI status RuntimeReady: true",
      "CRI status NetworkReady: true",
      "cgroup version: 2",
      "config dump: exit 0",
      "options of the daemon: none",
      "snapshotter: overlayfs (daemon), overlayfs (config dump)",
      "default handler: runc (daemon), runc (config dump)",
      "runtime type of runc: io.containerd.runc.v2 (daemon), io.containerd.runc.v2 (config dump)",
      "SystemdCgroup of runc: true (daemon), true (config dump)",
      "sandbox image: pause:1 (daemon), pause:1 (config dump)",
      "CNI plugin folder: /opt/cni/bin (daemon), /opt/cni/bin (config dump)",
      "CNI configuration folder: /etc/cni/net.d (daemon), /etc/cni/net.d (config dump)",
      "snapshotter plugin overlayfs: ok",
    ]);
  });

  it("read the dump of either major version, and 2.1's list of plugin folders", () => {
    const expected = {
      snapshotter: "overlayfs",
      defaultHandler: "runc",
      handlers: { runc: { shim: "io.containerd.runc.v2", program: undefined, systemdCgroup: "true" } },
      sandboxImage: "pause:1",
      cniBinDir: "/opt/cni/bin",
      cniConfDir: "/etc/cni/net.d",
    };
    expect(dumpedSettings(renderContainerdV2(config))).to.deep.equal(expected);
    expect(dumpedSettings(renderContainerdV3(config))).to.deep.equal(expected);
    expect(
      dumpedSettings(renderContainerdV3(config).replace(/bin_dir = (.*)/, 'bin_dir = ""\nbin_dirs = [$1]')),
    ).to.deep.equal(expected);
    expect(daemonSettings(JSON.stringify({ cni: { binDir: "", binDirs: ["/a", "/b"] } })).cniBinDir).to.equal("/a:/b");
    for (const version of ["v2", "v3"]) {
      const golden = readFileSync(join(__dirname, `../../golden/containerd/config.${version}.toml`), "utf8");
      expect(dumpedSettings(golden)).to.deep.equal({ ...expected, sandboxImage: "registry.k8s.io/pause:3.9" });
    }
  });

  it("count what containerd 2's daemon does not report by the config dump alone", () => {
    const { snapshotter, ...containerd } = daemon.containerd;
    expect(snapshotter).to.equal("overlayfs");
    const checks = judge(
      { "config-dump": renderContainerdV3(config) },
      answers({ config: { containerd, cni: daemon.cni } }),
    );
    expect(problems(checks)).to.deep.equal([]);
    expect(lines(checks))
      .to.include("snapshotter: overlayfs (config dump)")
      .and.to.include("sandbox image: pause:1 (config dump)");
  });

  const withoutCgroup = {
    ...daemon,
    containerd: { ...daemon.containerd, runtimes: { runc: { runtimeType: "io.containerd.runc.v2" } } },
  };
  const table: [string, Sections, CriAnswers | Error, string[]][] = [
    [
      "a dead service",
      { services: "Id=containerd.service\nActiveState=failed\nUnitFileState=disabled" },
      answers(),
      ["containerd now: failed", "containerd at the next boot: disabled"],
    ],
    [
      "a service that is not installed",
      { services: "Id=containerd.service\nActiveState=inactive\nUnitFileState=" },
      answers(),
      ["containerd now: inactive", "containerd at the next boot: nothing"],
    ],
    [
      "a network that is not ready",
      {},
      answers({
        conditions: {
          conditions: [
            { type: "RuntimeReady", status: true, reason: "", message: "" },
            {
              type: "NetworkReady",
              status: false,
              reason: "NetworkPluginNotReady",
              message: "cni plugin not initialized",
            },
          ],
        },
      }),
      ["CRI status NetworkReady: false NetworkPluginNotReady: cni plugin not initialized"],
    ],
    [
      "conditions that are not reported",
      {},
      answers({ conditions: { conditions: [] } }),
      ["CRI status RuntimeReady: not reported", "CRI status NetworkReady: not reported"],
    ],
    ["another runtime on the socket", {}, answers({ name: "cri-o" }), ["CRI version: cri-o 1.7.24, CRI v1"]],
    ["a silent socket", {}, new Error("CRI Version: no such file"), ["CRI version: CRI Version: no such file"]],
    [
      "a drop-in that has the daemon read another file",
      {
        command: "/usr/bin/containerd\n--config\n/etc/containerd/site.toml",
        "drop-ins": "/etc/systemd/system/containerd.service.d/10-site.conf",
      },
      answers(),
      [
        "options of the daemon: --config /etc/containerd/site.toml (drop-ins: /etc/systemd/system/containerd.service.d/10-site.conf)",
      ],
    ],
    [
      "a daemon that did not take the file in",
      {},
      answers({ config: withoutCgroup }),
      ["SystemdCgroup of runc: false (daemon), true (config dump)"],
    ],
    [
      "a file that the daemon has not read yet",
      { "config-dump": renderContainerdV2({ ...config, snapshotter: "zfs" }) },
      answers(),
      ["snapshotter: overlayfs (daemon), zfs (config dump)"],
    ],
    [
      "a configuration that does not load",
      { "config-dump": [1, "containerd: failed to load TOML: /etc/containerd/config.toml"] },
      new Error("down"),
      [
        "CRI version: down",
        "config dump: containerd: failed to load TOML: /etc/containerd/config.toml",
        ...[
          "snapshotter",
          "default handler",
          "runtime type of runc",
          "SystemdCgroup of runc",
          "sandbox image",
          "CNI plugin folder",
          "CNI configuration folder",
        ].map((row) => `${row}: nothing`),
      ],
    ],
    [
      "a snapshotter that did not load",
      { plugins: String(good["plugins"]).replace("linux/amd64    ok", "linux/amd64    error") },
      answers(),
      ["snapshotter plugin overlayfs: error"],
    ],
    ["a snapshotter that is not there", { plugins: "" }, answers(), ["snapshotter plugin overlayfs: not loaded"]],
  ];
  for (const [what, changes, cri, expected] of table) {
    it(`find ${what}`, () => expect(problems(judge(changes, cri))).to.deep.equal(expected));
  }

  it("want what the plan says, each setting", () => {
    const other: LabPlan = {
      ...plan,
      runtimes: {
        "node-0": {
          ...runtime,
          handlers: [...runtime.handlers, crun],
          snapshotter: "btrfs",
          cgroupDriver: "cgroupfs",
          defaultHandler: "crun",
          sandboxImage: "pause:2",
        },
      },
      cni: { ...plan.cni, binDir: "/usr/lib/cni", confDir: "/etc/other" },
    };
    expect(problems(judge({}, answers(), other))).to.deep.equal([
      "snapshotter: overlayfs (daemon), overlayfs (config dump)",
      "default handler: runc (daemon), runc (config dump)",
      "SystemdCgroup of runc: true (daemon), true (config dump)",
      "runtime type of crun: nothing",
      "program of crun: nothing",
      "SystemdCgroup of crun: nothing",
      "sandbox image: pause:1 (daemon), pause:1 (config dump)",
      "CNI plugin folder: /opt/cni/bin (daemon), /opt/cni/bin (config dump)",
      "CNI configuration folder: /etc/cni/net.d (daemon), /etc/cni/net.d (config dump)",
      "snapshotter plugin btrfs: skip",
    ]);
  });

  it("look at every handler with the options that its shim has", () => {
    const settings: RuntimeSettings = {
      ...config,
      handlers: ["runc", "crun", "runsc"],
      runtimeMirror: "https://mirror.example",
    };
    const other: LabPlan = {
      ...plan,
      runtimes: { "node-0": { ...runtime, handlers: [...runtime.handlers, crun, gvisor] } },
    };
    const seen = judge(
      {
        "config-dump": renderContainerdV3(settings)
          .replace('BinaryName = "/usr/bin/crun"', 'BinaryName = "/bin/other"')
          .replace('"io.containerd.runsc.v1"', '"io.containerd.runc.v2"'),
      },
      new Error("down"),
      other,
    );
    expect(lines(seen).filter((line) => / of (crun|runsc): /.test(line))).to.deep.equal([
      "runtime type of crun: io.containerd.runc.v2 (config dump)",
      "program of crun: /bin/other (config dump)",
      "SystemdCgroup of crun: true (config dump)",
      // The plan has gVisor's own shim, the file runc's.
      "runtime type of runsc: io.containerd.runc.v2 (config dump)",
    ]);
    expect(problems(seen).slice(1)).to.deep.equal([
      "program of crun: /bin/other (config dump)",
      "runtime type of runsc: io.containerd.runc.v2 (config dump)",
    ]);
  });

  it("find the first version of cgroups, and a plan that knows no runtimes", () => {
    expect(problems(judge({ cgroup2: [1, ""] }))).to.deep.equal(["cgroup version: 1"]);
    const old = { ...plan, runtimes: undefined } as unknown as LabPlan;
    expect(() => judge({}, answers(), old)).to.throw(
      'the plan has no runtime for node-0; run "./hardway up", which makes a new plan',
    );
  });
});
