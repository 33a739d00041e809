import { expect } from "chai";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { properties, Report, units } from "../../../cli/verify/facts";
import { lockFolder, scriptText } from "../../../cli/verify/hostScript";
import { commandLine } from "../../../components/remote/commandLine";
import { waitFor } from "../../support/waitFor";

describe("facts", () => {
  it("come from a script's sections with their exit status, and cannot be forged by what a command prints", () => {
    const report = new Report({ pod: { PID: "self", ADDRESS: "nowhere" } });
    const forged =
      'section forged printf "x end 0\\nx begin pod other\\n\\n\\ny\\n"\nsection "failing now" sh -c "echo no >&2; exit 3"\n';
    const { stdout } = spawnSync("sh", ["-c", report.text().replace("section cgroup", `${forged}section cgroup`)], {
      encoding: "utf8",
    });
    const facts = report.parse(stdout)("pod");
    expect(facts.get("forged")).to.deep.equal({ code: 0, text: "x end 0\nx begin pod other\n\n\ny" });
    expect(facts.get("failing now")).to.deep.equal({ code: 3, text: "no" });
    expect([...facts.all("failing")]).to.deep.equal([["now", { code: 3, text: "no" }]]);
    expect(facts.get("cgroup").code).to.equal(0);
    expect(facts.get("lease")).to.deep.equal({ code: 1, text: "" });
    expect(() => facts.get("other")).to.throw('the host did not report "other"');
    expect(() => new Report({ pod: {} }).parse(stdout)("pod").get("cgroup")).to.throw("the host did not report");
  });

  it("are kept apart by script, and lack what a script did not come to", () => {
    const report = new Report({ pod: { PID: "1", ADDRESS: "x" } });
    const mark = /MARK='(.*)'/.exec(report.text())?.[1] ?? "";
    const section = (scope: string, text: string) => `${mark} begin ${scope} file\n${text}\n\n${mark} end 0\n`;
    const read = report.parse(`${section("a", "1")}${section("b", "2")}${mark} begin b more\n3`, " within 9 s");
    expect([read("a").text("file"), read("b").text("file")]).to.deep.equal(["1", "2"]);
    expect(() => read("b").get("more")).to.throw('the host did not report "more" within 9 s');
    expect(() => read("c").get("file")).to.throw('the host did not report "file" within 9 s');
  });

  it("come from each script though another ends early", () => {
    const report = new Report({ routes: { TARGETS: "" }, pod: { PID: "self", ADDRESS: "nowhere" } });
    const { stdout } = spawnSync("sh", ["-c", report.text().replace("UNIT=", "exit 7\nUNIT=")], { encoding: "utf8" });
    expect(report.parse(stdout)("pod").get("cgroup").code).to.equal(0);
    expect(() => report.parse(stdout)("routes").get("routes")).to.throw("the host did not report");
  });

  it("are read from systemctl show", () => {
    expect(properties("A=1\nB=a=b\nnothing")).to.deep.equal({ A: "1", B: "a=b" });
    expect(units("Id=a.swap\nX=1\n\nId=b.swap\nX=\n\n\n")).to.deep.equal([
      { Id: "a.swap", X: "1" },
      { Id: "b.swap", X: "" },
    ]);
    expect(units("")).to.deep.equal([]);
  });
});

/** A verification that runs, once it has said what it found. */
async function hold(values: Readonly<Record<"RUN" | "LOCKS" | "IPV4", string>>, env = process.env) {
  const child = spawn("sh", ["-c", scriptText("hold", values)], { env });
  const ended = new Promise((resolve) => child.on("close", resolve));
  const said = await new Promise<string>((done) => child.stdout.once("data", (data: Buffer) => done(String(data))));
  return { child, ended, said };
}

describe("host scripts", () => {
  it("get values as they are, however odd", () => {
    const odd = 'a\'b $(touch /x) "c"\nd\\';
    const text = scriptText("lib", { ODD: odd });
    const { stdout } = spawnSync("sh", ["-c", `${text}\nprintf %s "$ODD"`], { encoding: "utf8" });
    expect(stdout).to.equal(odd);
  });

  it("run as root by sudo unless the login is root", () => {
    const folder = mkdtempSync(join(tmpdir(), "hardway-root-"));
    const program = (name: string, text: string) =>
      writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    program("sudo", 'echo "sudo $*"');
    const run = (id: string) => {
      program("id", `echo ${id}`);
      const env = { PATH: `${folder}:${process.env["PATH"]}` };
      return spawnSync("sh", ["-c", commandLine(["echo", "it's"], true)], { encoding: "utf8", env }).stdout;
    };
    try {
      expect(run("0")).to.equal("it's\n");
      expect(run("1000")).to.equal("sudo -n echo it's\n");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("tell running verifications from dead ones by a lock that dies with them", async () => {
    const locks = mkdtempSync(join(tmpdir(), "hardway-locks-"));
    const ipv4 = mkdtempSync(join(tmpdir(), "hardway-ipv4-"));
    writeFileSync(join(ipv4, "ip_forward"), "1\n");
    const start = (run: string) => hold({ RUN: run, LOCKS: locks, IPV4: ipv4 });
    const alive = (...runs: string[]) => {
      const report = new Report({ alive: { RUNS: runs.join(" "), LOCKS: locks } });
      return report
        .parse(spawnSync("sh", ["-c", report.text()], { encoding: "utf8" }).stdout)("alive")
        .text("runs");
    };
    try {
      const first = await start("a1");
      const second = await start("b2");
      expect(alive("a1", "b2", "c3")).to.equal("a1\nb2");
      first.child.stdin.end();
      second.child.kill("SIGKILL");
      await Promise.all([first.ended, second.ended]);
      // The lock goes with whoever reads the connection, also where the shell could not remove its file.
      for (let tries = 0; tries < 100 && alive("b2") !== ""; tries++) await new Promise((done) => setTimeout(done, 20));
      expect(alive("a1", "b2", "c3")).to.equal("");
      expect(readdirSync(locks)).to.deep.equal(["hardway-verify-b2.lock", "hardway-verify-b2.logs"]);
      // The next run removes what the killed one's pods printed.
      const third = await start("c3");
      third.child.stdin.end();
      await third.ended;
      expect(readdirSync(locks)).to.deep.equal(["hardway-verify-b2.lock"]);
    } finally {
      for (const folder of [locks, ipv4]) rmSync(folder, { recursive: true });
    }
  });

  describe("with a kubelet that is held still", () => {
    let folder: string;
    let kubelet: ChildProcess;
    let runs: ChildProcess[];
    const pid = () => String(kubelet.pid);
    const state = () => /\) (.)/.exec(readFileSync(`/proc/${pid()}/stat`, "utf8"))?.[1];
    /** A signal takes effect once the process is given the processor. */
    const becomes = (wanted: string) =>
      waitFor(
        () => state() === wanted,
        `state ${wanted} of the kubelet`,
        10,
        () => `it is ${state()}`,
      );
    const asked = () => readFileSync(join(folder, "asked"), "utf8").trim().split("\n");

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "hardway-kubelet-"));
      mkdirSync(join(folder, "ipv4"));
      writeFileSync(join(folder, "ipv4", "ip_forward"), "1\n");
      kubelet = spawn("sleep", ["600"]);
      runs = [];
      const program = (name: string, text: string) =>
        writeFileSync(join(folder, name), `#!/bin/sh\necho "${name} $*" >>${folder}/asked\n${text}\n`, { mode: 0o755 });
      program("systemd-run", "");
      program("systemctl", `case $1 in show) echo ${pid()} ;; kill) kill -CONT ${pid()} ;; esac`);
    });
    afterEach(() => {
      for (const run of runs) run.stdin?.end();
      kubelet.kill("SIGKILL");
      rmSync(folder, { recursive: true });
    });

    const env = () => ({ ...process.env, PATH: `${folder}:${process.env["PATH"]}` });
    async function start(run: string) {
      const started = await hold({ RUN: run, LOCKS: folder, IPV4: join(folder, "ipv4") }, env());
      runs.push(started.child);
      return started;
    }
    const ask = (run: string, script: string, section: string) => {
      const report = new Report({ [script]: { RUN: run, LIMIT: "300", PID: pid() } });
      const text = report.text().replace(`LOCKS='${lockFolder}'`, () => `LOCKS='${folder}'`);
      const { stdout } = spawnSync("sh", ["-c", text], { encoding: "utf8", env: env() });
      return report.parse(stdout)(script).get(section);
    };

    it("stop it, after they made a timer that lets it go on, and let it go on when they end", async () => {
      const run = await start("a1");
      expect(ask("a1", "still", "kubelet")).to.deep.equal({ code: 0, text: pid() });
      await becomes("T");
      expect(asked()[1]).to.match(
        /^systemd-run .*--unit=hardway-verify-a1 --on-active=300 .* kill -s CONT kubelet.service$/,
      );
      run.child.stdin.end();
      await run.ended;
      await becomes("S");
      expect(asked().at(-1)).to.equal("systemctl stop hardway-verify-*.timer");
      expect(readdirSync(folder).filter((name) => name.startsWith("hardway-"))).to.deep.equal([]);
    });

    it("let it go on only when no other run needs it still", async () => {
      const [first, second] = [await start("a1"), await start("b2")];
      for (const run of ["a1", "b2"]) ask(run, "still", "kubelet");
      expect(ask("a1", "resume", "state").text).to.equal("other run");
      first.child.stdin.end();
      await first.ended;
      await becomes("T");
      // It sleeps, or is about to.
      expect(ask("b2", "resume", "state").text).to.match(/^[SR]$/);
      second.child.stdin.end();
      await second.ended;
    });

    it("do not leave it stopped where they ended meanwhile, and do not stop it without a timer", async () => {
      ask("a1", "still", "kubelet");
      await becomes("S");
      expect(readdirSync(folder).filter((name) => name.startsWith("hardway-"))).to.deep.equal([]);
      writeFileSync(join(folder, "systemd-run"), "#!/bin/sh\necho no timers >&2; exit 1\n", { mode: 0o755 });
      expect(ask("a1", "still", "kubelet")).to.deep.equal({ code: 1, text: "no timers" });
      expect(asked()).to.not.include("kill -STOP");
      await becomes("S");
    });
  });

  describe("with forwarding off", () => {
    let locks: string;
    let ipv4: string;
    const read = (path: string) => readFileSync(join(ipv4, path), "utf8").trim();
    const write = (path: string, value: string) => writeFileSync(join(ipv4, path), `${value}\n`);
    const files = ["ip_forward", "conf/eth1/forwarding", "conf/tun0/forwarding", "conf/all/accept_redirects"];
    const seen = () => files.map(read).join(" ");
    /** What the kernel makes of it when a plugin sets ip_forward. */
    const addPod = () => files.forEach((path, at) => write(path, at < 3 ? "1" : "0"));

    beforeEach(() => {
      locks = mkdtempSync(join(tmpdir(), "hardway-locks-"));
      ipv4 = mkdtempSync(join(tmpdir(), "hardway-ipv4-"));
      for (const folder of ["eth1", "tun0", "all"]) mkdirSync(join(ipv4, "conf", folder), { recursive: true });
      mkdirSync(join(locks, "lock"));
      files.forEach((path, at) => write(path, ["0", "0", "1", "1"][at] ?? ""));
    });
    afterEach(() => [locks, ipv4].forEach((folder) => rmSync(folder, { recursive: true })));

    const start = (run: string) => hold({ RUN: run, LOCKS: locks, IPV4: ipv4 });
    const putBack = () => {
      const script = [
        scriptText("lib", { MARK: "m", LOCKS: locks, IPV4: ipv4 }),
        scriptText("forwarding", { SCOPE: "f" }),
      ];
      expect(spawnSync("sh", ["-c", script.join("\n")], { encoding: "utf8" }).stderr).to.equal("");
    };

    it("put back what their pods turned on, and again when they end or are killed", async () => {
      const run = await start("a1");
      expect(run.said).to.equal("ready, forwarding is off\n");
      addPod();
      putBack();
      expect(seen()).to.equal("0 0 1 1");
      addPod();
      run.child.stdin.end();
      await run.ended;
      expect(seen()).to.equal("0 0 1 1");
      expect(readdirSync(locks)).to.deep.equal(["lock"]);
    });

    it("do so for one that came while another's pods had turned it on", async () => {
      const first = await start("a1");
      addPod();
      const second = await start("b2");
      expect(second.said).to.equal("ready, forwarding is off\n");
      first.child.stdin.end();
      await first.ended;
      addPod();
      second.child.stdin.end();
      await second.ended;
      expect(seen()).to.equal("0 0 1 1");
      expect(readdirSync(locks)).to.deep.equal(["lock"]);
    });

    it("leave what a step has mended since then, and what was on before", async () => {
      const run = await start("a1");
      addPod();
      await new Promise((done) => setTimeout(done, 20));
      writeFileSync(join(locks, "lock", "hardway.lock"), "20-kernel-prep");
      run.child.stdin.end();
      await run.ended;
      expect(seen()).to.equal("1 1 1 0");
      const next = await start("b2");
      expect(next.said).to.equal("ready\n");
      next.child.stdin.end();
      await next.ended;
      expect(readdirSync(locks)).to.deep.equal(["lock"]);
    });
  });
});
