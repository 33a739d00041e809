import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CriClient } from "../../../../cli/verify/cri/client";
import { judgeRuntime, type CriAnswers } from "../../../../cli/verify/runtime";
import { fullName } from "../../../../cli/verify/runtimes/crio";
import type { HandlerPlan, LabPlan, RuntimePlan } from "../../../../components/labPlan";
import { FakeCri } from "../cri/fakeCri";
import { lease, saysOfPod, triedHandlers, wholeRound } from "../rounds";
import { facts, hostThatSays, lines, plan, problems, type Sections } from "../samples";

const bin = "/opt/hardway/crio/current/bin";
const runc: HandlerPlan = { name: "runc", isolation: "namespaces", program: `${bin}/runc` };
const crun: HandlerPlan = { name: "crun", isolation: "namespaces", program: `${bin}/crun` };
const kata: HandlerPlan = { name: "kata", isolation: "machine", program: "/opt/kata/bin/containerd-shim-kata-v2" };

const crio: RuntimePlan = {
  kind: "crio",
  criName: "cri-o",
  services: ["crio.service"],
  configFile: "/etc/crio/crio.conf.d/99-hardway.conf",
  socket: "/var/run/crio/crio.sock",
  handlers: [runc, crun],
  defaultHandler: "runc",
  snapshotter: "overlayfs",
  storageDriver: "overlay",
  cgroupDriver: "systemd",
  sandboxImage: "registry.k8s.io/pause:3.9",
};
const lab = (changes: Partial<RuntimePlan> = {}): LabPlan => ({
  ...plan,
  runtimes: { "node-0": { ...crio, ...changes } },
});

/** What CRI-O 1.34.0 printed, with the drop-in's values for a node of ours. */
const recorded = readFileSync(join(__dirname, "recorded/crio-status-config.toml"), "utf8");

const good: Sections = {
  services: "Id=crio.service\nActiveState=active\nUnitFileState=enabled",
  cgroup2: "/sys/fs/cgroup/cgroup.controllers",
  listening: "/run/systemd/notify\n\n/var/run/crio/crio.sock\n/var/run/nri/nri.sock",
  plugins: [127, "sh: ctr: not found"],
  config: recorded,
};

/** As server/runtime_status.go of CRI-O 1.34 makes it; there is no word of cgroups' driver or storage in it. */
const answers: CriAnswers = {
  version: { runtimeName: "cri-o", runtimeVersion: "1.34.0", runtimeApiVersion: "v1" },
  status: {
    status: {
      conditions: [
        { type: "RuntimeReady", status: true, reason: "", message: "" },
        { type: "NetworkReady", status: true, reason: "", message: "" },
      ],
    },
    info: { config: JSON.stringify({ crio: { DefaultRuntime: "runc" }, sandboxImage: crio.sandboxImage }) },
  },
};

const judge = (changes: Sections = {}, promised = lab()) =>
  judgeRuntime("node-0", promised, facts({ ...good, ...changes }), answers);

describe("CRI-O checks", () => {
  it("show what the running daemon says of itself", () => {
    expect(problems(judge())).to.deep.equal([]);
    expect(lines(judge())).to.deep.equal([
      "crio now: active",
      "crio at the next boot: enabled",
      "CRI version: cri-o 1.34.0, CRI v1",
      "CRI status RuntimeReady: true",
      "CRI status NetworkReady: true",
      "cgroup version: 2",
      "crio status config: exit 0",
      "cgroup driver: systemd",
      "storage driver: overlay",
      "default handler: runc",
      `program of runc: ${bin}/runc`,
      `program of crun: ${bin}/crun`,
      "sandbox image: registry.k8s.io/pause:3.9",
      "CNI plugin folder: /opt/cni/bin",
      "CNI configuration folder: /etc/cni/net.d",
      "other CRI sockets: none",
    ]);
  });

  const changed = (from: string | RegExp, to: string): Sections => ({ config: recorded.replace(from, to) });
  const table: [string, Sections, string[]][] = [
    [
      "a service that is off",
      { services: "Id=crio.service\nActiveState=inactive\nUnitFileState=disabled" },
      ["crio now: inactive", "crio at the next boot: disabled"],
    ],
    [
      "another cgroup driver",
      changed('cgroup_manager = "systemd"', 'cgroup_manager = "cgroupfs"'),
      ["cgroup driver: cgroupfs"],
    ],
    [
      "another storage driver",
      changed('storage_driver = "overlay"', 'storage_driver = "vfs"'),
      ["storage driver: vfs"],
    ],
    [
      "a handler that CRI-O left out",
      changed(/ *\[crio.runtime.runtimes.crun\](\n {8}.*)*/, ""),
      ["program of crun: not among runc"],
    ],
    [
      "a handler's other program",
      changed(`runtime_path = "${bin}/crun"`, 'runtime_path = "/usr/bin/crun"'),
      ["program of crun: /usr/bin/crun"],
    ],
    [
      "other settings",
      changed(/default_runtime = .*|pause_image = .*|network_dir = .*|plugin_dirs = .*/g, ""),
      [
        "default handler: not reported",
        "sandbox image: not reported",
        "CNI plugin folder: not reported",
        "CNI configuration folder: not reported",
      ],
    ],
    [
      "two plugin folders",
      changed('plugin_dirs = ["/opt/cni/bin"]', 'plugin_dirs = ["/usr/lib/cni", "/opt/cni/bin"]'),
      ["CNI plugin folder: /usr/lib/cni:/opt/cni/bin"],
    ],
    [
      "a daemon that is not there",
      { config: [1, "crio.service has no process"] },
      [
        "crio status config: crio.service has no process",
        "cgroup driver: not reported",
        "storage driver: not reported",
        "default handler: not reported",
        "program of runc: not among none",
        "program of crun: not among none",
        "sandbox image: not reported",
        "CNI plugin folder: not reported",
        "CNI configuration folder: not reported",
      ],
    ],
    [
      "cri-dockerd besides",
      { listening: "/var/run/crio/crio.sock\n/run/cri-dockerd.sock" },
      ["other CRI sockets: docker on /run/cri-dockerd.sock"],
    ],
    [
      "containerd besides, with nobody to ask what it answers",
      { listening: "/run/crio/crio.sock\n/run/containerd/containerd.sock" },
      ["other CRI sockets: containerd on /run/containerd/containerd.sock"],
    ],
  ];
  for (const [what, changes, expected] of table) {
    it(`find ${what}`, () => expect(problems(judge(changes))).to.deep.equal(expected));
  }

  it("name the driver that was planned beside the one that is", () => {
    const row = judge({}, lab({ cgroupDriver: "cgroupfs" })).find(({ check }) => check === "cgroup driver");
    expect(row).to.include({ expected: "cgroupfs", observed: "systemd", ok: false });
  });

  it("complete an image's name as CRI-O does", () => {
    expect(
      ["pause", "pause:3", "me/pause:3", "registry.example:5000/pause", "localhost/pause:3", "r.io/p@sha256:0"].map(
        fullName,
      ),
    ).to.deep.equal([
      "docker.io/library/pause:latest",
      "docker.io/library/pause:3",
      "docker.io/me/pause:3",
      "registry.example:5000/pause:latest",
      "localhost/pause:3",
      "r.io/p@sha256:0",
    ]);
  });
});

describe("CRI round with CRI-O", () => {
  let cri: FakeCri;
  let client: CriClient;

  beforeEach(async () => {
    cri = await new FakeCri().start();
    client = new CriClient(cri.socket);
    cri.truth.handlers = ["runc", "crun", "kata"];
    // createSandboxInfo for a sandbox without an infra container, and containerInfo, of CRI-O 1.34.
    cri.truth.sandboxInfo = {
      runtimeSpec: { ociVersion: "1.2.0", annotations: { "io.kubernetes.cri-o.Image": "registry.k8s.io/pause:3.9" } },
    };
    cri.truth.containerInfo = {
      sandboxID: "sandbox-1",
      pid: 12,
      runtimeSpec: { ociVersion: "1.2.0", root: { path: root } },
      privileged: false,
    };
  });

  afterEach(() => {
    client.close();
    cri.stop();
  });

  const root = "/var/lib/containers/storage/overlay/5f2/merged";
  const conmon = (program: string) =>
    [
      `${bin}/conmon`,
      "-b",
      "/run/containers/storage/overlay-containers/1/userdata",
      "-c",
      "1",
      "-r",
      program,
      "-s",
    ].join("\n");

  const host = (seen: { cgroup?: string; filesystem?: string; monitor?: string } = {}) =>
    hostThatSays({
      pod: () => saysOfPod(cri, seen.cgroup ?? "0::/system.slice/crio-1.scope"),
      conmon: (stdin) => {
        expect(stdin).to.match(/^PID='12'$/m);
        expect(stdin).to.match(new RegExp(`^ROOT='${root}'$`, "m"));
        return { filesystem: seen.filesystem ?? "overlayfs", monitor: seen.monitor ?? conmon(`${bin}/runc`) };
      },
      handlers: () => ({ kernel: "6.12.1" }),
    });

  const round = (session = host(), promised = lab()) => wholeRound({ cri, client, session, promised });

  it("shows what conmon, the file system and the kernel say where the CRI does not", async () => {
    expect(await round()).to.deep.equal([
      "RunPodSandbox: ready after N s, 10.200.0.7",
      "image of the sandbox: registry.k8s.io/pause:3.9",
      "probe image: present, sha256:1",
      "CreateContainer, StartContainer: running",
      "snapshotter of the container: overlayfs",
      `runtime of the container: ${bin}/runc`,
      "cgroup of the container: /system.slice/crio-1.scope (systemd)",
      "seccomp of the container: none",
      `address lease of the pod: held in ${lease}`,
      "StopPodSandbox, RemovePodSandbox: 1 removed, 0 left, lease gone",
    ]);
  });

  it("finds each thing that is not as planned", async () => {
    cri.truth.sandboxInfo = {
      runtimeSpec: { annotations: { "io.kubernetes.cri-o.Image": "registry.k8s.io/pause:3.10" } },
    };
    const session = host({ cgroup: "0::/crio-1", filesystem: "ext2/ext3", monitor: conmon("/usr/bin/runc") });
    expect((await round(session)).filter((line) => line.startsWith("FAIL"))).to.deep.equal([
      "FAIL image of the sandbox: registry.k8s.io/pause:3.10",
      "FAIL snapshotter of the container: ext2/ext3",
      "FAIL runtime of the container: /usr/bin/runc",
      "FAIL cgroup of the container: /crio-1 (cgroupfs)",
    ]);
  });

  it("finds a container that conmon does not watch, and one that CRI-O says nothing of", async () => {
    expect(await round(host({ monitor: "/sbin/init\n-r" }))).to.include(
      "FAIL runtime of the container: unknown: its parent process is not conmon but /sbin/init -r",
    );
    cri.truth.containerInfo = {};
    cri.truth.sandboxInfo = {};
    const rows = await round(hostThatSays({ pod: () => ({ cgroup: [1, "no such file"], lease: [1, ""] }) }));
    expect(rows)
      .to.include("FAIL image of the sandbox: not reported")
      .and.to.include("FAIL snapshotter of the container: not reported")
      .and.to.include("FAIL runtime of the container: not reported");
  });

  it("takes crun's folder in its scope for what it is", async () => {
    const session = host({
      cgroup: "0::/system.slice/crio-1.scope/container",
      monitor: conmon(`${bin}/crun`),
    });
    const rows = await round(session, lab({ handlers: [crun], defaultHandler: "crun" }));
    expect(rows).to.include("cgroup of the container: /system.slice/crio-1.scope/container (systemd)");
    expect(rows.filter((line) => line.startsWith("FAIL"))).to.deep.equal([]);
  });

  const tried = (handler: HandlerPlan, kernel: string, monitor: string) =>
    triedHandlers({ cri, client, session: host({ monitor }), promised: lab({ handlers: [runc, handler] }) }, kernel);

  it("tries handlers, and sees which program runs them", async () => {
    expect(await tried(crun, "6.12.1", conmon(`${bin}/crun`))).to.deep.equal([
      "pod of handler crun: running, gone after N s",
      `program of handler crun: ${bin}/crun`,
      "kernel of handler crun: 6.12.1",
    ]);
    expect(await tried(crun, "6.12.1", conmon(`${bin}/runc`))).to.include(`FAIL program of handler crun: ${bin}/runc`);
  });

  it("looks at the kernel alone of a virtual machine, which has no conmon", async () => {
    expect(await tried(kata, "6.18.0", "")).to.deep.equal([
      "pod of handler kata: running, gone after N s",
      "kernel of handler kata: 6.18.0",
    ]);
  });
});
