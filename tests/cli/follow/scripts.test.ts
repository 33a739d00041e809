import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scriptText } from "../../../cli/verify/hostScript";
import { Report, type Scripts } from "../../../cli/verify/facts";
import { temporaryFolder } from "../support";

/** The scripts as a host runs them, with programs of the test's in place of the kernel's. */
describe("scripts of a follow", () => {
  const folder = temporaryFolder();
  const at = (name: string) => join(folder(), name);
  const program = (name: string, text: string) => writeFileSync(at(name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  const env = () => ({ PATH: `${folder()}:${process.env["PATH"]}` });
  const lines = (name: string) => readFileSync(at(name), "utf8").trim().split("\n");

  function run(scripts: Scripts) {
    const text = new Report(scripts);
    const script = text.text().replaceAll(/LOCKS='[^']*'/g, `LOCKS='${folder()}'`);
    return text.parse(spawnSync("sh", ["-c", script], { encoding: "utf8", env: env(), cwd: folder() }).stdout)(
      Object.keys(scripts)[0]!,
    );
  }

  /** What a run has noted of itself on the host. */
  function leftBy(name: string): void {
    const own = at(`hardway-follow-${name}`);
    mkdirSync(own);
    writeFileSync(join(own, "spaces"), "host -\na /run/netns/x\n");
    writeFileSync(join(own, "monitors"), "999999999\n");
    writeFileSync(join(own, "pods"), `hardway-follow-${name}-a\n`);
    writeFileSync(join(own, "bridge.conf"), "{}");
    symlinkSync(folder(), join(own, "bin"));
    program("nft", `echo "$*" >>${at("nfted")}`);
    program("nsenter", `echo "$*" >>${at("entered")}`);
    program("bridge", `echo "$CNI_COMMAND $CNI_CONTAINERID $CNI_NETNS $CNI_PATH $(cat)" >>${at("plugged")}`);
    program("ip", `echo "$*" >>${at("ipped")}`);
  }

  const takenAway = (name: string) => {
    expect(existsSync(at(`hardway-follow-${name}`))).to.equal(false);
    const tables = ["netdev", "bridge", "ip"].map((family) => `delete table ${family} hardway_follow_${name}`);
    expect(lines("nfted").filter((line) => line.startsWith("delete"))).to.deep.equal(tables);
    expect(lines("entered")).to.deep.equal(tables.map((words) => `--net=/run/netns/x nft ${words}`));
    expect(lines("plugged")).to.deep.equal([
      // The plugin calls others that are beside it.
      `DEL hardway-follow-${name}-a /run/netns/hardway-follow-${name}-a ${at(`hardway-follow-${name}`)}/bin {}`,
    ]);
  };

  it("take away what a run has made, and say what is left", () => {
    leftBy("0a");
    program(
      "nft",
      `case "$*" in 'list tables') echo 'table ip hardway_follow_0a' ;; *) echo "$*" >>${at("nfted")} ;; esac`,
    );
    expect(run({ followend: { RUN: "0a" } }).text("left")).to.equal("table ip hardway_follow_0a");
    takenAway("0a");
  });

  it("take it away when the connection ends, and what a run has left that was killed", () => {
    for (const name of ["0a", "0b"]) {
      leftBy("0b");
      writeFileSync(at("ip_forward"), "1\n");
      // Its own, when it ends, and another's, when it begins.
      const hold = scriptText("hold", { RUN: name, LOCKS: folder(), IPV4: folder() });
      spawnSync("sh", ["-c", hold], { input: "", env: env(), cwd: folder() });
      takenAway("0b");
      for (const file of ["nfted", "entered", "plugged"]) writeFileSync(at(file), "");
    }
  });

  it("leave what a run has made that is still there", () => {
    leftBy("0b");
    writeFileSync(at("ip_forward"), "1\n");
    const hold = scriptText("hold", { RUN: "0a", LOCKS: folder(), IPV4: folder() });
    const held = `exec 7>hardway-verify-0b.lock; flock 7; ${hold}`;
    spawnSync("sh", ["-c", held], { input: "", env: env(), cwd: folder() });
    expect(existsSync(at("hardway-follow-0b/pods"))).to.equal(true);
    expect(existsSync(at("nfted"))).to.equal(false);
  });

  it("make nothing for a run that was interrupted", () => {
    program("nft", "");
    program("ip", `echo "$*" >>${at("ipped")}`);
    const values = { RUN: "0a", OWN: "a", BIN_DIR: folder(), BRIDGE_CONF: "{}", ADDRESSES: "" };
    const facts = run({ followpod: values });
    expect(() => facts.get("own a")).to.throw("did not report");
    expect(existsSync(at("hardway-follow-0a"))).to.equal(false);
    expect(existsSync(at("ipped"))).to.equal(false);
  });
});
