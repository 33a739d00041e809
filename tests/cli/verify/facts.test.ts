import { expect } from "chai";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { properties, Report, units } from "../../../cli/verify/facts";
import { asRoot, scriptText } from "../../../cli/verify/hostScript";

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
      return spawnSync("sh", ["-c", asRoot("echo", "it's")], { encoding: "utf8", env }).stdout;
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
    const hold = async (run: string) => {
      const child = spawn("sh", ["-c", scriptText("hold", { RUN: run, LOCKS: locks })]);
      const ended = new Promise((resolve) => child.on("close", resolve));
      await new Promise((resolve) => child.stdout.once("data", resolve));
      return { child, ended };
    };
    const alive = (...runs: string[]) => {
      const report = new Report({ alive: { RUNS: runs.join(" "), LOCKS: locks } });
      return report
        .parse(spawnSync("sh", ["-c", report.text()], { encoding: "utf8" }).stdout)("alive")
        .text("runs");
    };
    try {
      const first = await hold("a1");
      const second = await hold("b2");
      expect(alive("a1", "b2", "c3")).to.equal("a1\nb2");
      first.child.stdin.end();
      second.child.kill("SIGKILL");
      await Promise.all([first.ended, second.ended]);
      // The lock goes with whoever reads the connection, also where the shell could not remove its file.
      for (let tries = 0; tries < 100 && alive("b2") !== ""; tries++) await new Promise((done) => setTimeout(done, 20));
      expect(alive("a1", "b2", "c3")).to.equal("");
      expect(readdirSync(locks)).to.deep.equal(["hardway-verify-b2.lock"]);
    } finally {
      rmSync(locks, { recursive: true });
    }
  });
});
