import { expect } from "chai";
import { chmodSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { Report } from "../../../cli/verify/facts";
import { judgeStepFiles, stepOfFiles } from "../../../cli/verify/stepFiles";
import { stepNames } from "../../../components/plan/steps";
import { FakeHost } from "../../scripts/fakeHost";
import { facts, lines } from "./samples";

const lib = ["lib", "lib-own"].map((name) => readFileSync(`scripts/node/${name}.sh`, "utf8")).join("\n");
const wrote = "as the step wrote them";

/** A step that owns two files and a link runs on a fake host, and the verification's own script looks at them. */
describe("what the steps wrote", () => {
  let host: FakeHost;
  beforeEach(() => {
    host = new FakeHost();
    host.write("/etc/edited", "before us");
    const step = `begin
own_file /etc/a.toml 0600 'root = 1'
own_file "/etc/b c" 0644 b
own_link /etc/mask /dev/null
[ -e "$state/own/etc/edited" ] || claim /etc/edited
finish`;
    for (const changed of [true, false]) {
      const run = host.runText(`set -eu\n${lib}\n${step}`, { STEP: "40-cni-config" });
      expect(run.facts()).to.deep.equal({ changed });
    }
  });
  afterEach(() => host.remove());

  function see(): string[] {
    const report = new Report({ files: { ROOT: host.root } });
    const { stdout } = spawnSync("dash", ["-c", report.text()], { encoding: "utf8" });
    const checks = judgeStepFiles("node-0", report.parse(stdout)("files"));
    expect(checks.map(({ area, ok, expected }) => [area, ok, expected])).to.deep.equal(
      checks.map(({ observed }) => ["cni", observed === wrote, wrote]),
    );
    return lines(checks);
  }

  it("is as they wrote it, whatever became of files that they only edit", () => {
    host.write("/etc/edited", "by somebody else");
    expect(see()).to.deep.equal([`files of 40-cni-config: ${wrote}`]);
  });

  it("was changed, is gone, has another mode or leads elsewhere", () => {
    host.write("/etc/a.toml", "root = 2");
    rmSync(host.path("/etc/b c"));
    rmSync(host.path("/etc/mask"));
    host.link("/etc/mask", "/dev/zero");
    expect(see()).to.deep.equal([
      "files of 40-cni-config: /etc/a.toml was changed; /etc/a.toml has mode 644 instead of 600; " +
        "/etc/b c is gone; /etc/mask leads to /dev/zero",
    ]);
    host.write("/etc/a.toml", "root = 1");
    chmodSync(host.path("/etc/a.toml"), 0o666);
    rmSync(host.path("/etc/mask"));
    host.write("/etc/mask", "");
    expect(see()[0]).to.contain("/etc/a.toml has mode 666 instead of 600; /etc/b c is gone; /etc/mask was changed");
  });

  it("belongs to a step, whichever script it is", () => {
    const scripts = readdirSync("scripts/node")
      .sort()
      .flatMap((file) => /^(\d\d-.+)\.undo\.sh$/.exec(file)?.[1] ?? []);
    const found = scripts.map((script) => stepOfFiles(`files of ${script}`));
    expect([...new Set(found)]).to.deep.equal(stepNames);
    const checks = judgeStepFiles("server", facts({ "step 60-etcd": "", "step 20-kernel-prep": "", "step 99-x": "" }));
    expect(checks.map(({ area }) => area)).to.deep.equal(["cluster", "kernel", "host"]);
  });
});
