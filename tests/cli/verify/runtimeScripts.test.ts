import { expect } from "chai";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Report, type Facts, type Scripts } from "../../../cli/verify/facts";

/** The scripts as a host runs them, with programs of the test's in place of the runtimes' own. */
describe("scripts that ask a runtime", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "hardway-runtime-"));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  const program = (name: string, text: string) =>
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });

  function run<S extends Scripts>(scripts: S): (script: keyof S & string) => Facts {
    const report = new Report(scripts);
    const env = { PATH: `${folder}:${process.env["PATH"]}` };
    return report.parse(spawnSync("sh", ["-c", report.text()], { encoding: "utf8", env, cwd: folder }).stdout);
  }

  const asked = (KIND: string) =>
    run({ runtime: { KIND, SERVICES: "a.service b.socket", SOCKET: "/run/cri.sock", CONTAINERD: "/c.sock" } })(
      "runtime",
    );

  it("keep warnings out of what Docker and containerd answer, and show them when Docker does not", () => {
    program("systemctl", `case "$*" in *MainPID*) echo ${process.pid} ;; *) echo "systemctl $*" ;; esac`);
    program("ctr", 'echo "ctr $*"');
    program("docker", 'echo "docker $*"; echo "WARNING: No swap limit support" >&2');
    for (const kind of ["docker", "mirantis"]) {
      const facts = asked(kind);
      expect(facts.text("services")).to.equal(
        "systemctl show -p Id -p ActiveState -p UnitFileState a.service b.socket",
      );
      expect(facts.text("plugins")).to.equal("ctr --address /c.sock --connect-timeout 5s plugins ls");
      expect(facts.get("info")).to.deep.equal({ code: 0, text: "docker info --format {{json .}}" });
      expect(facts.text("next-command")).to.equal("systemctl show -p ExecStart cri-docker.service");
      // The process that this test calls cri-dockerd's is its own.
      const own = readFileSync("/proc/self/cmdline", "utf8").replaceAll("\0", "\n").trim();
      expect(facts.text("command")).to.equal(own);
    }
    program("containerd", 'echo "version = 4 # $*"; echo "level=warning msg=migrated" >&2');
    const seenOfContainerd = asked("containerd");
    expect(seenOfContainerd.text("config-dump")).to.equal("version = 4 # config dump");
    expect(seenOfContainerd.text("command")).to.contain("node");
    expect(seenOfContainerd.text("drop-ins")).to.equal("systemctl show -p DropInPaths --value containerd.service");
    const seen = run({ inspect: { ID: "c1" } })("inspect").get("inspect");
    expect(seen).to.deep.equal({ code: 0, text: "docker container inspect --format {{json .}} c1" });
    program("docker", 'echo "Error: No such container: $5" >&2; exit 1');
    expect(run({ inspect: { ID: "c1" } })("inspect").get("inspect")).to.deep.equal({
      code: 1,
      text: "Error: No such container: c1",
    });
  });

  it("wait for a host that boots, and not for ever", () => {
    program("systemctl", 'sleep 0.2; echo "running # $*"');
    expect(run({ boot: { WAIT: "60" } })("boot").get("boot")).to.deep.equal({
      code: 0,
      text: "running # is-system-running --wait",
    });
    program("systemctl", "exec sleep 60");
    expect(run({ boot: { WAIT: "0.2" } })("boot").get("boot").code).to.equal(124);
  });

  it("ask the CRI-O that runs, wherever its program is, and say when none does", async () => {
    // A shell by the name of crio: called with `status`, it runs the file of that name.
    copyFileSync("/bin/sh", join(folder, "crio"));
    writeFileSync(join(folder, "status"), 'echo "[crio] # $*"; echo "level=info msg=config" >&2');
    const daemon = spawn(join(folder, "crio"), ["-c", "read line"], { stdio: ["pipe", "ignore", "ignore"] });
    await once(daemon, "spawn");
    program("systemctl", `echo ${daemon.pid}`);
    expect(asked("crio").get("config")).to.deep.equal({ code: 0, text: "[crio] # --socket /run/cri.sock config" });
    daemon.stdin.end();
    await once(daemon, "exit");
    program("systemctl", "echo 0");
    expect(asked("crio").get("config")).to.deep.equal({ code: 1, text: "crio.service has no process" });
  });

  it("list the sockets on which somebody listens", async () => {
    const socket = join(folder, "cri.sock");
    const server = createServer().listen(socket);
    await once(server, "listening");
    expect(asked("containerd").text("listening").split("\n")).to.include(socket);
    server.close();
    await once(server, "close");
    expect(asked("containerd").text("listening").split("\n")).not.to.include(socket);
  });

  it("show the parent of a container's process, and the file system of its root", async () => {
    const conmon = spawn("sh", ["-c", "sleep 60 & echo $!; wait", "conmon", "-r", "/usr/bin/runc"]);
    const [data] = (await once(conmon.stdout, "data")) as [Buffer];
    const pid = data.toString().trim();
    try {
      const facts = run({ conmon: { PID: pid, ROOT: "/proc" } })("conmon");
      expect(facts.text("monitor").split("\n").slice(-3)).to.deep.equal(["conmon", "-r", "/usr/bin/runc"]);
      expect(facts.text("filesystem")).to.equal("proc");
    } finally {
      process.kill(Number(pid));
    }
  });
});
