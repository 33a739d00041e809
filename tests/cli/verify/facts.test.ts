import { expect } from "chai";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { properties, Report, units } from "../../../cli/verify/facts";
import { asRoot, scriptText } from "../../../cli/verify/hostScript";

describe("facts", () => {
  it("come from a script's sections with their exit status, and cannot be forged by what a command prints", () => {
    const report = new Report("pod", { PID: "self", ADDRESS: "nowhere" });
    const forged =
      'section forged printf "x end 0\\nx begin other\\n\\n\\ny\\n"\nsection failing sh -c "echo no >&2; exit 3"\n';
    const { stdout } = spawnSync("sh", ["-c", report.text().replace("section cgroup", `${forged}section cgroup`)], {
      encoding: "utf8",
    });
    const facts = report.parse(stdout);
    expect(facts.get("forged")).to.deep.equal({ code: 0, text: "x end 0\nx begin other\n\n\ny" });
    expect(facts.get("failing")).to.deep.equal({ code: 3, text: "no" });
    expect(facts.get("cgroup").code).to.equal(0);
    expect(facts.get("lease")).to.deep.equal({ code: 1, text: "" });
    expect(() => facts.get("other")).to.throw('the host did not report "other"');
    expect(new Report("pod", {}).parse(stdout).has("cgroup")).to.equal(false);
  });

  it("leave out a section that did not end", () => {
    const report = new Report("pod", { PID: "1", ADDRESS: "x" });
    const mark = /MARK='(.*)'/.exec(report.text())?.[1] ?? "";
    expect(report.parse(`${mark} begin a\n1\n\n${mark} end 0\n${mark} begin b\n2`).all("a").size).to.equal(0);
    expect(report.parse(`${mark} begin a\n1\n\n${mark} end 0\n${mark} begin b\n2`).has("b")).to.equal(false);
    const two = report.parse(`${mark} begin file /x y\n1\n\n${mark} end 0\n${mark} begin file /z\n\n${mark} end 1\n`);
    expect([...two.all("file")]).to.deep.equal([
      ["/x y", { code: 0, text: "1" }],
      ["/z", { code: 1, text: "" }],
    ]);
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
    const hold = (run: string) => {
      const child = spawn("sh", ["-c", scriptText("hold", { RUN: run, LOCKS: locks })]);
      const ended = new Promise((resolve) => child.on("close", resolve));
      const said = new Promise<string>((resolve) => {
        let text = "";
        child.stdout.on("data", (data: Buffer) => /^ready$/m.test((text += data.toString())) && resolve(text));
      });
      return { child, said, ended };
    };
    try {
      writeFileSync(join(locks, "hardway-verify-dead.lock"), "");
      const first = hold("a1");
      expect(await first.said).to.equal("ready\n");
      const second = hold("b2");
      expect(await second.said).to.equal("alive a1\nready\n");
      first.child.stdin.end();
      await first.ended;
      const third = hold("c3");
      expect(await third.said).to.equal("alive b2\nready\n");
      second.child.stdin.end();
      third.child.stdin.end();
      await Promise.all([second.ended, third.ended]);
      expect(readdirSync(locks)).to.deep.equal([]);
    } finally {
      rmSync(locks, { recursive: true });
    }
  });
});
