import { mkdirSync, rmSync } from "node:fs";
import { expect } from "chai";
import { cases, units } from "./clusterCases";
import { ClusterHost } from "./fakeCluster";
import type { Run } from "./fakeHost";

for (const [script, one] of Object.entries(cases)) {
  describe(`${script}.sh`, () => {
    let host: ClusterHost;
    let bare: string;
    let untouched: Record<string, string>;
    let installed: string;
    let first: Run;

    const run = (step = one.step) => host.step(script, step);
    const undo = () => host.run(`${script}.undo`);

    // What takes its time is done once; each test begins with the step done.
    before(() => {
      host = new ClusterHost(one.services);
      one.prepare?.(host);
      bare = host.copy();
      untouched = host.contents();
      first = run();
      installed = host.copy();
    });
    beforeEach(() => host.restore(installed));
    after(() => host.remove());

    const expectUndone = (when: string) => {
      expect(undo().stderr, when).to.equal("");
      expect(host.contents(), when).to.deep.equal(untouched);
    };
    const own = one.step.files.services.map(({ name }) => name);
    const restarts = (services: readonly string[]) =>
      services.flatMap((name) => [
        ["systemctl", "reset-failed", name],
        ["systemctl", "restart", "--no-block", name],
      ]);
    const systemctl = (changes: string[][]) => changes.filter(([name]) => name === "systemctl");

    it("installs and starts them in order, then changes nothing, and undo leaves nothing, also twice", () => {
      expect(first.stderr).to.equal("");
      expect(systemctl(first.changes)).to.deep.equal([["systemctl", "daemon-reload"], ...restarts(own)]);
      expect(first.facts()).to.include({ changed: true, version: one.version });
      for (const name of own) {
        expect(host.contents()[`${units}/multi-user.target.wants/${name}.service`]).to.equal(
          `-> ${units}/${name}.service`,
        );
        expect(host.read(`/running/${name}`)).to.contain(one.version.replace("v", ""));
      }
      const after = host.tree();
      const second = run();
      expect(second.stderr).to.equal("");
      expect(second.changes).to.deep.equal([]);
      expect(second.facts()).to.deep.equal({ ...first.facts(), changed: false });
      expect(host.tree()).to.deep.equal(after);

      const undone = undo();
      expect(undone.stderr).to.equal("");
      expect(undone.stdout).to.equal('{"changed":true}\n');
      expect(undone.changes.slice(0, 2 * own.length)).to.deep.equal(
        [...own].reverse().flatMap((name) => [
          ["systemctl", "stop", name],
          ["systemctl", "reset-failed", name],
        ]),
      );
      expect(host.contents()).to.deep.equal(untouched);
      expect(undo().stdout).to.equal('{"changed":false}\n');
    });

    it("keeps keys in files of root's alone, and in no log", () => {
      expect(host.contents()[one.key]).to.match(one.key.endsWith(".crt") ? /^644 / : /^600 /);
      expect(host.contents()[one.key]).to.contain("hidden-");
      const log = host.read(`/var/log/hardway/${script}.log`);
      expect(log).to.not.match(/hidden-|BEGIN/);
      expect(log).to.not.contain(Buffer.from("hidden-").toString("base64").slice(0, 8));
    });

    it("restarts only the service that reads what has changed", () => {
      const changed = run(one.change.step);
      expect(changed.stderr).to.equal("");
      expect(changed.changes).to.deep.equal([["systemctl", "daemon-reload"], ...restarts([one.change.service])]);
      const back = run();
      expect(back.facts()).to.include({ changed: true });
      undo();
      expect(host.contents()).to.deep.equal(untouched);
    });

    const { upgrade } = one;
    if (upgrade !== undefined)
      it("restarts what runs a program of another version, and removes the old one", () => {
        const upgraded = run(upgrade.step);
        expect(upgraded.stderr).to.equal("");
        expect(systemctl(upgraded.changes).filter(([, verb]) => verb === "restart")).to.deep.equal(
          upgrade.services.map((name) => ["systemctl", "restart", "--no-block", name]),
        );
        expect(upgraded.facts()["version"]).to.not.equal(one.version);
        const old = one.version.replace("v", "");
        expect(Object.keys(host.contents()).filter((path) => path.includes(`/${old}-`))).to.deep.equal([]);
      });

    if (upgrade !== undefined)
      it("refuses a version that is older than what runs here", () => {
        run(upgrade.step);
        const newer = host.contents();
        const older = run();
        expect(older.stderr).to.match(
          /- (\S+) (\S+) is older than (\S+), which runs here\. Take \3 or newer, or remove/,
        );
        expect([older.status, older.changes]).to.deep.equal([1, []]);
        expect(host.contents()).to.deep.equal(newer);
      });

    const { skip } = one;
    if (skip !== undefined)
      it("refuses a version that skips a minor one", () => {
        const skipped = run(skip.step);
        expect(skipped.stderr).to.match(/- (\S+) (\S+) skips a minor version: (\S+) runs here\. Take /);
        expect(skipped.stderr).to.contain(`Take ${skip.next} first, or remove the cluster first`);
        expect([skipped.status, skipped.changes]).to.deep.equal([1, []]);
        expect(run().facts()).to.include({ changed: false });
      });

    it("brings back what worked where a service does not get ready, and shows its last lines", () => {
      const { step, service, said } = one.broken;
      host.restore(bare);
      const never = run(step);
      expect(never.status).to.equal(1);
      expect(never.stderr).to.contain(
        `${said}. Mend what its last lines say, then run again. The last lines of ${service} were:\nlast words of ${service}\n`,
      );
      expect(run().facts()).to.include({ changed: true });
      const working = host.contents();
      const failed = run(step);
      expect(failed.status).to.equal(1);
      expect(failed.stderr).to.contain(
        `hardway: ${script}: ${said}. Mend what its last lines say, then run again. What worked before is back in ` +
          `place. The last lines of ${service} were:\nlast words of ${service}\n`,
      );
      const now = host.contents();
      for (const path of Object.keys(working).filter((path) => !path.startsWith("/var/lib/hardway")))
        expect(now[path], path).to.equal(working[path]);
      expect(host.exists(`/running/${service}`)).to.equal(true);
      expect(run().facts()).to.include({ changed: true });
      expect(run().facts()).to.include({ changed: false });
    });

    it("names a port that is taken, and by whom, and another's unit, before it changes anything", () => {
      const [port, service] = one.port;
      host.restore(bare);
      host.write(`/ports/${port}`, `LISTEN 0 4096 *:${port} *:* users:(("nginx",pid=77,fd=6))\n`);
      for (const name of own) host.write(`/lib/systemd/system/${name}.service`, "");
      const taken = host.contents();
      const refused = run();
      expect(refused.status).to.equal(1);
      for (const name of own)
        expect(refused.stderr).to.contain(`- /lib/systemd/system/${name}.service is a ${name} of somebody else's. `);
      expect(refused.stderr).to.contain(
        `- port ${port} of ${service} is in use by nginx (pid 77). End that program, or let it use another port`,
      );
      expect(refused.changes).to.deep.equal([]);
      expect(host.contents()).to.deep.equal(taken);
      undo();
      expect(host.contents()).to.deep.equal(taken);
    });

    it("takes its own program's port for its own", () => {
      host.write(`/ports/${one.port[0]}`, `LISTEN 0 4096 *:1 *:* users:(("mine",pid=4711,fd=6))\n`);
      expect(run().facts()).to.include({ changed: false });
    });

    it("is finished by the next run wherever it was cut off, and undone as well, also where undo was cut off", () => {
      const whole = host.contents();
      const undoCutOff = host.moments(undo);
      host.restore(bare);
      const cutOff = host.moments(run);
      for (const [at, moment] of cutOff.entries()) {
        host.restore(moment);
        // One after the other, since every run takes its time.
        if (at % 2 === 0) {
          expect(run().facts(), `again after ${at}`).to.include({ changed: true, version: one.version });
          expect(host.contents(), `again after ${at}`).to.deep.equal(whole);
        } else expectUndone(`undo after ${at}`);
      }
      for (const [at, moment] of undoCutOff.entries()) {
        host.restore(moment);
        expectUndone(`undo after undo was cut at ${at}`);
      }
    });

    it("puts back files that were there before, and leaves folders", () => {
      host.restore(bare);
      host.write(one.key, "somebody's", 0o640);
      host.write("/var/lib/kubelet/seed", "somebody's");
      mkdirSync(host.path("/var/lib/etcd"), { recursive: true, mode: 0o755 });
      const mine = host.contents();
      expect(run().stderr).to.equal("");
      expect(undo().stderr).to.equal("");
      expect(host.contents()).to.deep.equal(mine);
    });

    it("starts what somebody has stopped, and makes what somebody has removed", () => {
      const whole = host.contents();
      rmSync(host.path(`/systemd/active/${own[0]}.service`));
      rmSync(host.path(`${units}/multi-user.target.wants/${own[0]}.service`));
      rmSync(host.path(one.key));
      expect(run().facts()).to.include({ changed: true });
      expect(host.contents()).to.deep.equal(whole);
      expect(run().facts()).to.include({ changed: false });
    });
  });
}
