import { expect } from "chai";
import { CriClient } from "../../../../cli/verify/cri/client";
import { judgeRuntime, type CriAnswers } from "../../../../cli/verify/runtime";
import type { HandlerPlan, LabPlan, RuntimePlan } from "../../../../components/labPlan";
import { FakeCri } from "../cri/fakeCri";
import { lease, saysOfPod, triedHandlers, wholeRound } from "../rounds";
import { facts, hostThatSays, lines, plan, problems, type Sections } from "../samples";

const pause = "registry.k8s.io/pause:3.9";
const runc: HandlerPlan = { name: "runc", isolation: "namespaces", program: "runc" };
const crun: HandlerPlan = { name: "crun", isolation: "namespaces", program: "/usr/bin/crun" };

const docker: RuntimePlan = {
  kind: "docker",
  criName: "docker",
  services: ["docker.service", "containerd.service", "cri-docker.socket", "cri-docker.service"],
  configFile: "/etc/docker/daemon.json",
  socket: "/run/cri-dockerd.sock",
  handlers: [runc, crun],
  defaultHandler: "runc",
  snapshotter: "overlayfs",
  storageDriver: "overlay2",
  cgroupDriver: "systemd",
  sandboxImage: pause,
};
const lab = (changes: Partial<RuntimePlan> = {}): LabPlan => ({
  ...plan,
  runtimes: { "node-0": { ...docker, ...changes } },
});

const states = (changes: Readonly<Record<string, string>> = {}) =>
  docker.services
    .map((unit) => `Id=${unit}\n${changes[unit] ?? "ActiveState=active\nUnitFileState=enabled"}`)
    .join("\n\n");

/** As Docker 26 prints `{{json .}}`, cut down to what is read and what is near it. */
const info = {
  Driver: "overlay2",
  DriverStatus: [["Backing Filesystem", "extfs"]],
  LoggingDriver: "json-file",
  CgroupDriver: "systemd",
  CgroupVersion: "2",
  Runtimes: {
    crun: { path: "/usr/bin/crun" },
    "io.containerd.runc.v2": { path: "runc", status: { "org.opencontainers.runtime-spec.features": "{}" } },
    runc: { path: "runc", status: { "org.opencontainers.runtime-spec.features": "{}" } },
  },
  DefaultRuntime: "runc",
  ServerErrors: undefined,
};

const program = "/opt/hardway/cri-dockerd/current/cri-dockerd";
const command = [
  program,
  "--container-runtime-endpoint=fd://",
  "--network-plugin=cni",
  "--cni-conf-dir=/etc/cni/net.d",
  "--cni-bin-dir=/opt/cni/bin",
  `--pod-infra-container-image=${pause}`,
];
/** As systemctl(1) shows a command line; the process is a running one. */
const next = (words: readonly string[]) =>
  `ExecStart={ path=${program} ; argv[]=${words.join(" ")} ; ignore_errors=no ; start_time=[Sat 2026-11-21 20:21:03 UTC] ; stop_time=[n/a] ; pid=812 ; code=(null) ; status=0/0 }`;

const good: Sections = {
  services: states(),
  cgroup2: "/sys/fs/cgroup/cgroup.controllers",
  listening: "/run/docker.sock\n/run/containerd/containerd.sock\n/run/cri-dockerd.sock",
  plugins: [
    "TYPE                                   ID              PLATFORMS      STATUS    ",
    "io.containerd.snapshotter.v1           overlayfs       linux/amd64    ok        ",
  ].join("\n"),
  info: JSON.stringify(info),
  command: `${command.join("\n")}\n`,
  "next-command": next(command),
};

/** As core/docker_service.go of cri-dockerd 0.4 makes it. */
const answers: CriAnswers = {
  version: { runtimeName: "docker", runtimeVersion: "26.1.5+dfsg1", runtimeApiVersion: "v1" },
  status: {
    status: {
      conditions: [
        { type: "RuntimeReady", status: true, reason: "", message: "" },
        { type: "NetworkReady", status: true, reason: "", message: "" },
      ],
    },
    info: { config: JSON.stringify({ sandboxImage: pause }) },
  },
};

const judge = (changes: Sections = {}, cri: CriAnswers | Error = answers, promised = lab()) =>
  judgeRuntime("node-0", promised, facts({ ...good, ...changes }), cri);

describe("Docker checks", () => {
  it("show what Docker, the CRI and cri-dockerd's command line say, of Mirantis too", () => {
    const rows = [
      "docker now: active",
      "docker at the next boot: enabled",
      "containerd now: active",
      "containerd at the next boot: enabled",
      "cri-docker.socket now: active",
      "cri-docker.socket at the next boot: enabled",
      "cri-docker now: active",
      "cri-docker at the next boot: enabled",
      "CRI version: docker 26.1.5+dfsg1, CRI v1",
      "CRI status RuntimeReady: true",
      "CRI status NetworkReady: true",
      "cgroup version: 2",
      "docker info: an answer",
      "cgroup driver: systemd",
      "storage driver: overlay2",
      "default handler: runc",
      "program of runc: runc",
      "program of crun: /usr/bin/crun",
      `sandbox image: ${pause} (CRI), ${pause} (command line), ${pause} (next start)`,
      "CNI plugin folder: /opt/cni/bin (command line), /opt/cni/bin (next start)",
      "CNI configuration folder: /etc/cni/net.d (command line), /etc/cni/net.d (next start)",
      "other CRI sockets: none",
    ];
    for (const promised of [lab(), lab({ kind: "mirantis" })]) {
      expect(problems(judge({}, answers, promised))).to.deep.equal([]);
      expect(lines(judge({}, answers, promised))).to.deep.equal(rows);
    }
  });

  const says = (changes: Partial<Record<keyof typeof info, unknown>>): Sections => ({
    info: JSON.stringify({ ...info, ...changes }),
  });
  const withoutDaemon = { Driver: "", CgroupDriver: "", DefaultRuntime: "", Runtimes: null };
  const table: [string, Sections, CriAnswers | Error, string[]][] = [
    ["Docker's own cgroup driver", says({ CgroupDriver: "cgroupfs" }), answers, ["cgroup driver: cgroupfs"]],
    [
      "the containerd image store",
      says({ Driver: "overlayfs", DriverStatus: [["driver-type", "io.containerd.snapshotter.v1"]] }),
      answers,
      ["storage driver: overlayfs"],
    ],
    ["another default handler", says({ DefaultRuntime: "crun" }), answers, ["default handler: crun"]],
    [
      "a handler that is missing",
      says({ Runtimes: { runc: { path: "runc" }, "io.containerd.runc.v2": { path: "runc" } } }),
      answers,
      ["program of crun: not among io.containerd.runc.v2, runc"],
    ],
    [
      "a handler's other program",
      says({ Runtimes: { ...info.Runtimes, crun: { path: "/usr/local/bin/crun" } } }),
      answers,
      ["program of crun: /usr/local/bin/crun"],
    ],
    [
      "units that are off",
      {
        services: states({
          "containerd.service": "ActiveState=active\nUnitFileState=disabled",
          "cri-docker.socket": "ActiveState=inactive\nUnitFileState=disabled",
        }),
      },
      answers,
      [
        "containerd at the next boot: disabled",
        "cri-docker.socket now: inactive",
        "cri-docker.socket at the next boot: disabled",
      ],
    ],
    [
      "a daemon that does not answer, where docker exits with 0",
      says({ ...withoutDaemon, ServerErrors: ["Cannot connect to the Docker daemon"] }),
      new Error("CRI Version: down"),
      [
        "CRI version: CRI Version: down",
        "docker info: Cannot connect to the Docker daemon",
        "cgroup driver: not reported",
        "storage driver: not reported",
        "default handler: not reported",
        "program of runc: not among none",
        "program of crun: not among none",
      ],
    ],
    [
      "a client that is not there",
      { info: [127, "sh: docker: not found"] },
      answers,
      [
        "docker info: sh: docker: not found",
        "cgroup driver: not reported",
        "storage driver: not reported",
        "default handler: not reported",
        "program of runc: not among none",
        "program of crun: not among none",
      ],
    ],
    [
      "a unit that was changed since cri-dockerd started",
      { "next-command": next([...command, "--cni-bin-dir", "/usr/lib/cni", "--pod-infra-container-image=pause:1"]) },
      answers,
      [
        `sandbox image: ${pause} (CRI), ${pause} (command line), pause:1 (next start)`,
        "CNI plugin folder: /opt/cni/bin (command line), /usr/lib/cni (next start)",
      ],
    ],
    [
      "a cri-dockerd that does not run and has no unit",
      { command: [1, "cannot open /proc/0/cmdline: No such file"], "next-command": "" },
      new Error("CRI Version: down"),
      [
        "CRI version: CRI Version: down",
        "sandbox image: nothing",
        "CNI plugin folder: nothing",
        "CNI configuration folder: nothing",
      ],
    ],
    [
      "a containerd that answers the CRI too",
      { plugins: `${String(good["plugins"])}\nio.containerd.grpc.v1    cri    linux/amd64    ok` },
      answers,
      ["other CRI sockets: containerd on /run/containerd/containerd.sock"],
    ],
    [
      "CRI-O besides",
      { listening: "/run/cri-dockerd.sock\n/var/run/crio/crio.sock" },
      answers,
      ["other CRI sockets: cri-o on /var/run/crio/crio.sock"],
    ],
  ];
  for (const [what, changes, cri, expected] of table) {
    it(`find ${what}`, () => expect(problems(judge(changes, cri))).to.deep.equal(expected));
  }

  it("name the driver that was planned beside the one that is", () => {
    const row = judge(says({ CgroupDriver: "cgroupfs" })).find(({ check }) => check === "cgroup driver");
    expect(row).to.include({ expected: "systemd", observed: "cgroupfs", ok: false });
  });

  it("ask for a new plan where an older one does not say what the storage is called", () => {
    const { storageDriver, ...old } = docker;
    expect(storageDriver).to.equal("overlay2");
    const promised = { ...plan, runtimes: { "node-0": old } } as unknown as LabPlan;
    expect(() => judge({}, answers, promised)).to.throw(
      'the plan has no runtime for node-0; run "./hardway up", which makes a new plan',
    );
  });
});

describe("CRI round with Docker", () => {
  let cri: FakeCri;
  let client: CriClient;

  beforeEach(async () => {
    cri = await new FakeCri().start();
    client = new CriClient(cri.socket);
    cri.truth.handlers = ["runc", "crun"];
    // verboseContainerInfo of cri-dockerd 0.4, which has nothing for sandboxes.
    cri.truth.sandboxInfo = {};
    cri.truth.containerInfo = { sandboxID: "sandbox-1", pid: 12 };
  });

  afterEach(() => {
    client.close();
    cri.stop();
  });

  const host = (seen: { cgroup?: string; image?: string; driver?: string; runtime?: string } = {}) =>
    hostThatSays({
      pod: () => saysOfPod(cri, seen.cgroup ?? "0::/system.slice/docker-1.scope"),
      inspect: (stdin) => {
        const id = /^ID='(.*)'$/m.exec(stdin)?.[1] ?? "";
        if (!cri.sandboxes.has(id) && !cri.containers.has(id))
          return { inspect: [1, `Error: No such container: ${id}`] };
        const image = cri.sandboxes.has(id) ? (seen.image ?? pause) : "probe:1";
        const HostConfig = { CgroupParent: "system.slice", Runtime: seen.runtime ?? "runc" };
        return {
          inspect: JSON.stringify({ Id: id, Driver: seen.driver ?? "overlay2", HostConfig, Config: { Image: image } }),
        };
      },
      handlers: () => ({ kernel: "6.12.1" }),
    });

  const round = (session = host(), promised = lab()) => wholeRound({ cri, client, session, promised });

  it("shows what Docker says of the sandbox and the container where the CRI does not", async () => {
    expect(await round()).to.deep.equal([
      "RunPodSandbox: ready after N s, 10.200.0.7",
      `image of the sandbox: ${pause}`,
      "probe image: present, sha256:1",
      "CreateContainer, StartContainer: running",
      "snapshotter of the container: overlay2",
      "runtime of the container: runc",
      "cgroup of the container: /system.slice/docker-1.scope (systemd)",
      "seccomp of the container: none",
      `address lease of the pod: held in ${lease}`,
      "StopPodSandbox, RemovePodSandbox: 1 removed, 0 left, lease gone",
    ]);
  });

  it("finds each thing that is not as planned", async () => {
    const session = host({ cgroup: "0::/1", image: "pause:1", driver: "vfs", runtime: "crun" });
    expect((await round(session)).filter((line) => line.startsWith("FAIL"))).to.deep.equal([
      "FAIL image of the sandbox: pause:1",
      "FAIL snapshotter of the container: vfs",
      "FAIL runtime of the container: crun",
      "FAIL cgroup of the container: /1 (cgroupfs)",
    ]);
  });

  it("fails where Docker knows nothing of what the CRI runs", async () => {
    const session = hostThatSays({ inspect: () => ({ inspect: [1, "Error: No such container: sandbox-1"] }) });
    expect(await round(session)).to.deep.equal([
      "RunPodSandbox: ready after N s, 10.200.0.7",
      "FAIL RunPodSandbox: docker container inspect: Error: No such container: sandbox-1",
      "FAIL StopPodSandbox, RemovePodSandbox: 1 removed, 0 left",
    ]);
  });

  it("tries handlers while their containers are there, and sees which of its runtimes Docker took", async () => {
    const tried = (runtime: string) =>
      triedHandlers({ cri, client, session: host({ runtime }), promised: lab() }, "6.12.1");
    expect(await tried("crun")).to.deep.equal([
      "pod of handler crun: running, gone after N s",
      "runtime of handler crun: crun",
      "kernel of handler crun: 6.12.1",
    ]);
    expect(await tried("runc")).to.include("FAIL runtime of handler crun: runc");
  });
});
