import { expect } from "chai";
import type { SshSession } from "../../../cli/ssh/session";
import { CriClient } from "../../../cli/verify/cri/client";
import { CriRound } from "../../../cli/verify/criRound";
import { cgroupDriverOf } from "../../../cli/verify/probePod";
import { reachValues } from "../../../cli/verify/pods";
import type { HandlerPlan, LabPlan, RuntimePlan } from "../../../components/labPlan";
import type { PlannedHost } from "../../../components/plan/routes";
import { FakeCri } from "./cri/fakeCri";
import { lines, marked, plan, problems, runtime } from "./samples";

const node = plan.hosts[1] as PlannedHost;

describe("CRI round", () => {
  let cri: FakeCri;
  let client: CriClient;

  beforeEach(async () => {
    cri = await new FakeCri().start();
    client = new CriClient(cri.socket);
  });

  afterEach(() => {
    client.close();
    cri.stop();
  });

  /** The host's part is played by scripts/pod.sh against these, since a test has no pods. */
  function hostSees(
    cgroup: string,
    lease: boolean,
    seccomp = "0",
    apparmor = "cri-containerd.apparmor.d (enforce)",
  ): SshSession {
    const text = (name: string, code: number, content: string) =>
      `MARK begin pod ${name}\n${content}\n\nMARK end ${code}\n`;
    return {
      exec: (_command: string, { stdin }: { stdin: string }) => {
        const mark = /MARK='(.*)'/.exec(stdin)?.[1] ?? "";
        expect(stdin)
          .to.match(/^PID='12'$/m)
          .and.to.match(/^ADDRESS='10.200.0.7'$/m);
        const held = lease && cri.sandboxes.size > 0;
        const stdout =
          text("cgroup", 0, cgroup) +
          text("seccomp", 0, seccomp) +
          text("apparmor", 0, apparmor) +
          text("lease", held ? 0 : 1, held ? "/var/lib/cni/networks/bridge/10.200.0.7" : "");
        return Promise.resolve({ code: 0, stdout: stdout.replaceAll("MARK", mark), stderr: "" });
      },
    } as unknown as SshSession;
  }

  const scope = "0::/system.slice/cri-containerd-1.scope";
  const round = (host = hostSees(scope, true), lab: LabPlan = plan, signal?: AbortSignal) =>
    new CriRound(node, lab, "0000000a", host, client, signal);

  it("does what a kubelet does, shows what it saw, and leaves nothing", async () => {
    const one = round();
    const pod = await one.start();
    expect(pod).to.deep.equal({ sandboxId: "sandbox-1", containerId: "container-2", address: "10.200.0.7" });
    expect([...cri.sandboxes.values()]).to.deep.equal([
      { labels: { "hardway.verify": "true", "hardway.run": "0000000a" }, stopped: false, ports: ["TCP 61010 to 8080"] },
    ]);
    await one.finish();
    expect(problems(one.rows.rows)).to.deep.equal([]);
    expect(lines(one.rows.rows).map((line) => line.replace(/after [\d.]+ s/, "after N s"))).to.deep.equal([
      "RunPodSandbox: ready after N s, 10.200.0.7",
      "image of the sandbox: pause:1",
      "probe image: present, sha256:1",
      "CreateContainer, StartContainer: running",
      "snapshotter of the container: overlayfs",
      "runtime of the container: io.containerd.runc.v2",
      "cgroup of the container: /system.slice/cri-containerd-1.scope (systemd)",
      "seccomp of the container: none",
      "AppArmor profile of the container: cri-containerd.apparmor.d (enforce)",
      "address lease of the pod: held in /var/lib/cni/networks/bridge/10.200.0.7",
      "StopPodSandbox, RemovePodSandbox: 1 removed, 0 left, lease gone",
    ]);
    expect(cri.sandboxes.size).to.equal(0);
  });

  it("pulls a probe image that is not there", async () => {
    const lab = { ...plan, verification: { probeImage: "registry.example/busybox:1" } };
    const one = round(undefined, lab);
    expect(await one.start()).to.not.equal(undefined);
    expect(lines(one.rows.rows)).to.include("probe image: pulled, sha256:2");
    await one.finish();
  });

  it("finds each thing that is not as planned", async () => {
    cri.truth.sandboxInfo = { image: "pause:9" };
    cri.truth.containerInfo = { pid: 12, snapshotter: "native", runtimeType: "io.containerd.runsc.v1" };
    const one = round(hostSees("0::/system.slice:cri-containerd:1", false));
    await one.start();
    await one.finish();
    expect(problems(one.rows.rows)).to.deep.equal([
      "image of the sandbox: pause:9",
      "snapshotter of the container: native",
      "runtime of the container: io.containerd.runsc.v1",
      "cgroup of the container: /system.slice:cri-containerd:1 (cgroupfs)",
      "address lease of the pod: nothing",
    ]);
  });

  describe("sees what confines a container that names no profile", () => {
    async function seen(seccomp: string, apparmor: string, changes: Partial<RuntimePlan> = {}): Promise<string[]> {
      const lab = { ...plan, runtimes: { "node-0": { ...runtime, ...changes } } };
      const one = round(hostSees(scope, true, seccomp, apparmor), lab);
      await one.start();
      await one.finish();
      return marked(one.rows.rows).filter((line) => /seccomp|AppArmor/.test(line));
    }
    const filtered = { seccompProfile: "runtime/default" } as const;

    it("as planned", async () => {
      expect(await seen("2", "docker-default (enforce)", filtered)).to.deep.equal([
        "seccomp of the container: a filter",
        "AppArmor profile of the container: docker-default (enforce)",
      ]);
      expect(await seen("0", "unconfined", { appArmorProfile: "unconfined" })).to.deep.equal([
        "seccomp of the container: none",
        "AppArmor profile of the container: unconfined",
      ]);
    });

    it("and what is not", async () => {
      expect(await seen("0", "unconfined", filtered)).to.deep.equal([
        "FAIL seccomp of the container: none",
        "FAIL AppArmor profile of the container: unconfined",
      ]);
      expect(await seen("2", "crio-default (complain)")).to.deep.equal([
        "FAIL seccomp of the container: a filter",
        "FAIL AppArmor profile of the container: crio-default (complain)",
      ]);
      expect(await seen("", "x (enforce)", { appArmorProfile: "unconfined" })).to.deep.equal([
        "FAIL seccomp of the container: nothing",
        "FAIL AppArmor profile of the container: x (enforce)",
      ]);
    });

    it("only where there is AppArmor, and where the container shares the host's kernel", async () => {
      expect(await seen("0", "off")).to.deep.equal(["seccomp of the container: none"]);
      const handlers = runtime.handlers.map((handler) => ({ ...handler, isolation: "userKernel" as const }));
      expect(await seen("2", "unconfined", { handlers })).to.deep.equal([]);
    });
  });

  const table: [string, (fake: FakeCri) => unknown, string[]][] = [
    [
      "a sandbox that cannot run",
      (fake) => fake.failing.set("RunPodSandbox", "cni plugin not initialized"),
      [
        "RunPodSandbox: CRI RunPodSandbox: cni plugin not initialized",
        "StopPodSandbox, RemovePodSandbox: 0 removed, 0 left",
      ],
    ],
    [
      "an address of another node",
      (fake) => (fake.truth.address = "10.200.1.7"),
      ["RunPodSandbox: ready after N s, 10.200.1.7", "StopPodSandbox, RemovePodSandbox: 1 removed, 0 left"],
    ],
    [
      "an image that cannot be pulled",
      (fake) => (fake.images = new Set()),
      [
        'probe image: CRI PullImage: failed to resolve reference "probe:1"',
        "StopPodSandbox, RemovePodSandbox: 1 removed, 0 left",
      ],
    ],
    [
      "a container that ends",
      (fake) => (fake.truth.containerState = "CONTAINER_EXITED"),
      ["CreateContainer, StartContainer: CONTAINER_EXITED"],
    ],
    [
      "a sandbox that stays",
      (fake) => fake.failing.set("RemovePodSandbox", "device busy"),
      ["StopPodSandbox, RemovePodSandbox: CRI RemovePodSandbox: device busy"],
    ],
  ];
  for (const [what, breakIt, expected] of table) {
    it(`finds ${what}`, async () => {
      breakIt(cri);
      const one = round();
      await one.start();
      await one.finish();
      expect(problems(one.rows.rows).map((line) => line.replace(/after [\d.]+ s/, "after N s"))).to.deep.equal(
        expected,
      );
    });
  }

  it("removes the pods of dead runs and of nobody else", async () => {
    const labels: Record<string, string>[] = [
      { "hardway.verify": "true", "hardway.run": "dead" },
      { "hardway.verify": "true", "hardway.run": "alive" },
      { app: "theirs" },
    ];
    for (const [index, label] of labels.entries()) cri.sandboxes.set(`s${index}`, { labels: label, stopped: false });
    const host = {
      exec: (_command: string, { stdin }: { stdin: string }) => {
        expect(stdin).to.match(/^RUNS='dead alive'$/m);
        const mark = /MARK='(.*)'/.exec(stdin)?.[1] ?? "";
        const stdout = `${mark} begin alive runs\nalive\n\n${mark} end 0\n`;
        return Promise.resolve({ code: 0, stdout, stderr: "" });
      },
    } as unknown as SshSession;
    await round(host).sweep();
    expect([...cri.sandboxes.keys()]).to.deep.equal(["s1", "s2"]);
  });

  it("asks a host without leftovers nothing", async () => {
    await round({} as SshSession).sweep();
    expect(cri.calls).to.deep.equal(["ListPodSandbox"]);
  });

  it("stops at the signal and still takes its pod away", async () => {
    const abort = new AbortController();
    const host = hostSees(scope, true);
    const stopping = {
      exec: (command: string, options: { stdin: string }) => {
        abort.abort(new Error("stopped"));
        return host.exec(command, options);
      },
    } as unknown as SshSession;
    const one = round(stopping, plan, abort.signal);
    await one.start();
    const message = await one
      .reach({ sandboxId: "s", containerId: "container-2", address: "a" }, values)
      .then(String, (error: Error) => error.message);
    expect([message, cri.sandboxes.size]).to.deep.equal(["stopped", 1]);
    await one.finish();
    expect(cri.sandboxes.size).to.equal(0);
  });

  describe("tries handlers", () => {
    const crun: HandlerPlan = {
      name: "crun",
      isolation: "namespaces",
      program: "/usr/bin/crun",
      shim: "io.containerd.runc.v2",
    };
    const gvisor: HandlerPlan = { ...crun, name: "runsc", isolation: "userKernel", program: "/usr/bin/runsc" };
    const kata: HandlerPlan = {
      ...crun,
      name: "kata",
      isolation: "machine",
      program: "/k",
      shim: "io.containerd.kata.v2",
    };
    const host = {
      exec: (_command: string, { stdin }: { stdin: string }) => {
        const mark = /MARK='(.*)'/.exec(stdin)?.[1] ?? "";
        return Promise.resolve({
          code: 0,
          stdout: `${mark} begin handlers kernel\n6.12.1\n\n${mark} end 0\n`,
          stderr: "",
        });
      },
    } as unknown as SshSession;

    async function tried(handlers: readonly HandlerPlan[], said: string, info: object, defaultHandler = "runc") {
      const changed = { ...runtime, handlers: [...runtime.handlers, ...handlers], defaultHandler } as RuntimePlan;
      const one = round(host, { ...plan, runtimes: { "node-0": changed } });
      cri.truth.handlers = ["runc", "crun", "runsc", "kata"];
      cri.truth.containerInfo = info;
      cri.truth.exec = () => ({ stdout: Buffer.from(said), stderr: Buffer.from(""), exitCode: 0 });
      await one.tryHandlers();
      expect(cri.sandboxes.size).to.equal(0);
      return one.rows.rows.map(
        ({ check, observed, ok }) =>
          `${ok ? "ok" : "FAIL"} ${check}: ${observed.replace(/after [\d.]+ s/, "after N s")}`,
      );
    }
    const asked = { runtimeType: "io.containerd.runc.v2", runtimeOptions: { binary_name: "/usr/bin/crun" } };

    it("but makes no pod where the default one is all there is", async () => {
      expect(await tried([], "", {})).to.deep.equal([]);
      expect(cri.calls).to.deep.equal([]);
    });

    it("in a pod each, and shows program and kernel", async () => {
      expect(await tried([crun], "6.12.1\ndmesg: klogctl: Operation not permitted\n", asked)).to.deep.equal([
        "ok pod of handler crun: running, gone after N s",
        "ok shim of handler crun: io.containerd.runc.v2",
        "ok program of handler crun: /usr/bin/crun",
        "ok kernel of handler crun: 6.12.1",
      ]);
    });

    it("and sees that runc answers for another", async () => {
      expect(await tried([crun], "6.12.2\n", { runtimeType: "io.containerd.runc.v1" })).to.deep.equal([
        "ok pod of handler crun: running, gone after N s",
        "FAIL shim of handler crun: io.containerd.runc.v1",
        "FAIL program of handler crun: not reported",
        "FAIL kernel of handler crun: 6.12.2",
      ]);
    });

    const runscInfo = { ...asked, runtimeOptions: { binary_name: "/usr/bin/runsc" } };
    it("and takes a sandbox for one only with gVisor's messages and a kernel of its own", async () => {
      const messages = "[    0.000000] Starting gVisor...\n[    0.1] Mounting\n";
      expect((await tried([gvisor], `4.4.0\n${messages}`, runscInfo)).at(-1)).to.equal(
        "ok kernel of handler runsc: 4.4.0; [    0.000000] Starting gVisor...",
      );
      expect((await tried([gvisor], `6.12.1\n${messages}`, runscInfo)).at(-1)).to.match(/^FAIL kernel/);
      expect((await tried([gvisor], "4.4.0\n[0.0] Linux version\n", runscInfo)).at(-1)).to.equal(
        "FAIL kernel of handler runsc: 4.4.0; no word of gVisor in: [0.0] Linux version",
      );
    });

    it("also the default one, where that is a sandbox", async () => {
      const rows = await tried([gvisor], "4.4.0\nStarting gVisor\n", runscInfo, "runsc");
      expect(rows.filter((row) => row.includes("pod of"))).to.deep.equal([
        "ok pod of handler runc: running, gone after N s",
        "ok pod of handler runsc: running, gone after N s",
      ]);
    });

    it("and wants a machine's kernel to be another", async () => {
      const info = { runtimeType: "io.containerd.kata.v2", runtimeOptions: null };
      expect((await tried([kata], "6.18.0\n", info)).slice(1)).to.deep.equal([
        "ok shim of handler kata: io.containerd.kata.v2",
        "ok kernel of handler kata: 6.18.0",
      ]);
      expect((await tried([kata], "6.12.1\n", info)).at(-1)).to.equal("FAIL kernel of handler kata: 6.12.1");
    });

    it("and goes on after one that cannot run", async () => {
      const one = round(host, {
        ...plan,
        runtimes: { "node-0": { ...runtime, handlers: [...runtime.handlers, gvisor, crun] } },
      });
      cri.truth.handlers = ["runc", "crun"];
      cri.truth.exec = () => ({ stdout: Buffer.from("6.12.1"), stderr: Buffer.from(""), exitCode: 0 });
      await one.tryHandlers();
      expect(lines(one.rows.rows)[0]).to.equal('pod of handler runsc: CRI RunPodSandbox: no runtime for "runsc"');
      expect(one.rows.rows[1]?.check).to.equal("pod of handler crun");
    });
  });

  const values = reachValues([{ host: node, address: "127.0.0.1" }], "0000000a", { pings: undefined });

  async function reach(answer: (script: string) => string, exitCode = 0) {
    const one = round();
    const pod = await one.start();
    if (pod === undefined) throw new Error("no pod");
    cri.truth.exec = (cmd) => {
      expect(cmd.slice(0, 2)).to.deep.equal(["/bin/busybox", "sh"]);
      const text = answer(cmd[3] ?? "");
      return { stdout: Buffer.from(text), stderr: Buffer.from("no such file"), exitCode };
    };
    const facts = await one.reach(pod, values).catch((error: Error) => error);
    return { facts, row: one.rows.rows.at(-1) };
  }

  it("runs a script in the pod's shell and takes its report as the proof", async () => {
    const { facts, row } = await reach((script) => {
      const mark = /MARK='(.*)'/.exec(script)?.[1] ?? "";
      const question = /QUESTION='(.*)'/.exec(script)?.[1] ?? "";
      return `${mark} begin reach question\n${question}\n\n${mark} end 0\n`;
    });
    expect(row).to.include({ check: "ExecSync", expected: "prints 0000000a", observed: "prints 0000000a", ok: true });
    expect(facts instanceof Error ? facts.message : facts.text("question")).to.equal("0000000a");
    const { command } = [...cri.containers.values()][0] ?? { command: [] };
    expect(command.slice(0, 3)).to.deep.equal(["/bin/busybox", "sh", "-c"]);
    expect(command[3])
      .to.match(/^POD='node-0'$/m)
      .and.to.match(/^PORT='8080'$/m);
  });

  for (const [what, text, exitCode, observed] of [
    ["a command that cannot run", "", 127, "exit 127: no such file"],
    ["a pod that says nothing", "", 0, 'the host did not report "question"'],
  ] as const) {
    it(`finds ${what}`, async () => {
      const { facts, row } = await reach(() => text, exitCode);
      expect(row).to.include({ check: "ExecSync", observed, ok: false });
      expect(facts instanceof Error && facts.message).to.equal("not tried: ExecSync in the pod of node-0 failed");
    });
  }

  it("reads the driver from the cgroup's path", () => {
    const drivers = ["/system.slice/cri-containerd-1.scope", "/system.slice:cri-containerd:1", "/1", "/a/b"].map(
      cgroupDriverOf,
    );
    expect(drivers).to.deep.equal(["systemd", "cgroupfs", "cgroupfs", "cgroupfs"]);
  });
});
