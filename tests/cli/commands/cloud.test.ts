import type { CloudInstance } from "../../../cloud/daemon/control";
import { expect } from "chai";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cloudLogs, setCloud, cloudStatus, stopCloud } from "../../../cli/commands/cloud";
import { trace } from "../../../cli/commands/cloudTrace";
import { console } from "../../../cli/commands/console";
import { ssh } from "../../../cli/commands/ssh";
import { startMachines, stopMachines } from "../../../cli/commands/power";
import { status as labStatus } from "../../../cli/commands/status";
import type { GlobalOptions } from "../../../cli/lab/context";
import { UserError } from "../../../cli/errors";
import { writeLogins } from "../../../cli/lab/logins";
import { tryLock, type Lock } from "../../../cloud/lock";
import { labPaths } from "../../../cli/paths";
import { readInventoryHosts } from "../../../cli/ssh/sshFiles";
import { generateKeyPair } from "../../../cloud/machines/identity";
import { ec2Error, FakeCloud, instance } from "../fakeCloud";
import { runCommand } from "../inProcess";
import { failureOf, temporaryFolder } from "../support";
import { plan } from "../verify/samples";

describe("hardway cloud set", () => {
  const wrong = [
    "routesPerTable",
    "routesPerTable=",
    "routesPerTable=0",
    "routesPerTable=-1",
    "routesPerTable=many",
    "routesPerTable=1.5",
    "routesperTable=3",
    "insufficientCapacity",
    "guestPorts=0",
    "guestPorts=65536",
    "guestPorts=8080,",
    "guestPorts=http",
    "=3",
    "",
  ];
  for (const text of wrong) {
    it(`refuses ${JSON.stringify(text)}`, async () => {
      const error = await failureOf(() => setCloud({ lab: "dev", color: false }, ["routesPerTable=3", text]));
      expect(error).to.be.instanceOf(UserError).and.have.property("exitCode", 64);
      expect(error.message).to.equal(
        `${JSON.stringify(text)} must be routesPerTable=N, insufficientCapacity=TYPE_OR_ZONE,... or guestPorts=PORT,...`,
      );
    });
  }
});

const options: GlobalOptions = { lab: "dev", color: false };
const json: GlobalOptions = { ...options, json: true };

describe("hardway cloud", () => {
  const folder = temporaryFolder();
  const run = (action: () => Promise<number>) => runCommand(folder(), action);

  describe("that does not run", () => {
    it("is no error for status and stop, and nothing is made", async () => {
      const text = 'The embedded EC2 does not run; "./hardway up" starts it.\n';
      expect(await run(() => cloudStatus(options))).to.deep.equal({ code: 0, stdout: text, error: "" });
      expect(await run(() => cloudStatus(json))).to.deep.equal({ code: 0, stdout: "null\n", error: "" });
      expect(await run(() => stopCloud(options))).to.deep.equal({
        code: 0,
        stdout: "The embedded EC2 does not run.\n",
        error: "",
      });
      expect(readdirSync(folder())).to.deep.equal([]);
    });

    it("is not made to stop or start the machines of a lab that has none", async () => {
      mkdirSync(labPaths("dev", folder()).directory, { recursive: true });
      for (const [name, action] of [
        ["stop", stopMachines],
        ["start", startMachines],
      ] as const)
        expect(await run(() => action(options))).to.deep.include({
          code: 1,
          error: `Lab "dev" has no machines in the embedded EC2 to ${name}.`,
        });
      expect(readdirSync(folder())).to.deep.equal(["labs"]);
    });

    it("cannot be changed and has no log", async () => {
      expect(await run(() => setCloud(options, ["routesPerTable=3"]))).to.deep.equal({
        code: 1,
        stdout: "",
        error: 'The embedded EC2 does not run; start it with "./hardway cloud start".',
      });
      expect(await run(() => cloudLogs(options, { lines: "200" }))).to.deep.equal({
        code: 1,
        stdout: "",
        error: `There is no log (${join(folder(), "cloud/daemon.log")}): the embedded EC2 was never started.`,
      });
    });
  });

  describe("that runs", () => {
    let cloud: FakeCloud;
    beforeEach(async () => {
      cloud = await FakeCloud.start(folder());
      cloud.instances = [
        instance("node-0", { publicAddress: "127.77.0.80" }),
        instance("foreign", { tags: {}, state: "stopped" }),
      ];
    });
    afterEach(() => cloud.stop());

    it("shows where it listens and its instances, each with its lab", async () => {
      const { code, stdout } = await run(() => cloudStatus(options));
      expect(code).to.equal(0);
      expect(stdout).to.match(
        new RegExp(
          `^The embedded EC2 listens on ${cloud.url} \\(pid \\d+, 70 MiB, for .+\\)\\.\nmachines run on KVM\n`,
        ),
      );
      const rows = stdout.split("\n").map((line) => line.trim().replaceAll(/ +/g, " "));
      expect(rows).to.include.members([
        "INSTANCE NAME LAB STATE TYPE VPC ADDRESS PUBLIC",
        "i-node-0 node-0 dev running t2.micro vpc-1 10.240.0.80 127.77.0.80",
        "i-foreign foreign - stopped t2.micro vpc-1 10.240.0.80 -",
      ]);
    });

    it("says where there are no instances", async () => {
      cloud.instances = [];
      expect((await run(() => cloudStatus(options))).stdout).to.contain("\nThere are no instances.\n");
    });

    it("is changed as asked, and says what holds then", async () => {
      const change = await run(() =>
        setCloud(options, ["insufficientCapacity=t2.micro,us-east-1b", "routesPerTable=3"]),
      );
      expect(change).to.deep.equal({
        code: 0,
        stdout: "routesPerTable=3\ninsufficientCapacity=t2.micro,us-east-1b\nguestPorts=\n",
        error: "",
      });
      const none = await run(() => setCloud(json, ["insufficientCapacity="]));
      expect(JSON.parse(none.stdout)).to.deep.equal({ routesPerTable: 3, insufficientCapacity: [] });
      expect(cloud.settings).to.deep.equal({ routesPerTable: 3, insufficientCapacity: [] });
    });

    it("opens ports of this computer to machines, and closes them again", async () => {
      expect((await run(() => setCloud(options, ["guestPorts=8080,9000"]))).stdout).to.contain(
        "\nguestPorts=8080,9000\n",
      );
      expect(cloud.settings).to.deep.include({ guestPorts: [8080, 9000] });
      expect((await run(() => setCloud(options, ["guestPorts="]))).stdout).to.contain("\nguestPorts=\n");
      expect(cloud.settings).to.deep.include({ guestPorts: [] });
    });

    it("prints the end of its log", async () => {
      expect((await run(() => cloudLogs(options, { lines: "200" }))).stdout).to.equal("one\ntwo\nthree\n");
      expect((await run(() => cloudLogs(options, { lines: "2" }))).stdout).to.equal("two\nthree\n");
      expect(JSON.parse((await run(() => cloudLogs(json, { lines: "1" }))).stdout)).to.deep.equal(["three"]);
      for (const lines of ["0", "-1", "x", ""]) {
        const { code, error } = await run(() => cloudLogs(options, { lines }));
        expect([code, error]).to.deep.equal([64, `--lines must be a number from 1; got ${lines}.`]);
      }
    });

    it("does not stop while a lab is in use, whichever", async () => {
      for (const lab of ["dev", "two"]) mkdirSync(labPaths(lab, folder()).directory, { recursive: true });
      const lock = tryLock(labPaths("two", folder()).lock, "up");
      const { code, error } = await run(() => stopCloud(options));
      expect([code, error.split(" since ")[0]]).to.deep.equal([
        75,
        `Lab "two" is in use by "hardway up" (pid ${process.pid})`,
      ]);
      expect(cloud.calls).to.deep.equal([]);
      (lock as Lock).release();
      expect((await run(() => stopCloud(options))).code).to.equal(0);
      for (const lab of ["dev", "two"]) expect(existsSync(labPaths(lab, folder()).lock)).to.equal(false);
    });

    it("does not stop when a machine does not, and says why", async () => {
      cloud.refused.set("StopInstances", ec2Error("UnsupportedOperation", "The instance cannot be stopped"));
      const { code, error } = await run(() => stopCloud(options));
      expect([code, error]).to.deep.equal([1, "The instance cannot be stopped"]);
      expect(cloud.calls).to.deep.equal(["StopInstances i-node-0"]);
      expect((await run(() => cloudStatus(options))).stdout).to.contain(cloud.url);
    });

    it("stops when no machine runs any more, nor is on its way to that", async () => {
      const others = [instance("node-1", { state: "stopping" }), instance("old", { state: "shutting-down" })] as const;
      cloud.instances.push(...others);
      setTimeout(() => (others[0].state = "stopped"), 300);
      setTimeout(() => (others[1].state = "terminated"), 500);
      expect(await run(() => stopCloud(json))).to.deep.include({ code: 0, stdout: '{\n  "stopped": true\n}\n' });
      expect(cloud.calls).to.deep.equal(["StopInstances i-node-0"]);
      expect(cloud.instances.map(({ state }) => state)).to.have.members([
        "stopped",
        "stopped",
        "stopped",
        "terminated",
      ]);
    });

    it("has its machines seen by the commands of their lab", async () => {
      const { stdout } = await run(() => labStatus(json));
      expect(JSON.parse(stdout)).to.deep.equal({
        lab: "dev",
        exists: false,
        machines: [{ ...cloud.instances[0], uptimeSeconds: null }],
        lastRun: null,
      });
      mkdirSync(labPaths("dev", folder()).directory, { recursive: true });
      expect(await run(() => console(options, "nod-0"))).to.deep.equal({
        code: 64,
        stdout: "",
        error: 'Lab "dev" has no host "nod-0" (did you mean "node-0"?); it has node-0.',
      });
      cloud.instances[0]!.state = "stopped";
      expect((await run(() => console(options, "node-0"))).error).to.equal(
        'node-0 is stopped; boot it with "./hardway start".',
      );
    });

    it("has the lab's machines stopped and started, and nobody else's", async () => {
      mkdirSync(labPaths("dev", folder()).directory, { recursive: true });
      const stopped = await run(() => stopMachines(options));
      expect(stopped).to.deep.include({ code: 0, error: "" });
      expect(stopped.stdout).to.match(/\nnode-0 stopped\n$/);
      const started = await run(() => startMachines(json));
      expect(
        (JSON.parse(started.stdout) as CloudInstance[]).map(({ name, state }) => `${name} ${state}`),
      ).to.deep.equal(["node-0 running"]);
      expect(cloud.calls).to.deep.equal(["StopInstances i-node-0", "StartInstances i-node-0"]);
    });

    describe("again, with a machine that has another address than before", () => {
      const paths = () => labPaths("dev", folder());
      const hostKey = generateKeyPair("node-0").publicKey;
      beforeEach(() => {
        mkdirSync(paths().directory, { recursive: true });
        const logins = { "node-0": { host: "127.77.0.80", port: 2222, user: "admin", privateKey: "KEY", hostKey } };
        writeLogins(paths(), logins, plan.hosts);
        cloud.instances[0]!.state = "stopped";
        cloud.afterStart = { state: "running", publicAddress: "127.77.4.80" };
      });
      const written = (file: string) => readFileSync(file, "utf8");

      it("has it in all files of ssh after start", async () => {
        expect((await run(() => startMachines(options))).stdout).to.match(/\nnode-0 running\n$/);
        expect(written(paths().sshConfig)).to.contain("HostName 127.77.4.80\n").and.not.contain("127.77.0.80");
        expect(written(paths().knownHosts)).to.equal(`[127.77.4.80]:2222 ${hostKey}\n`);
        expect(readInventoryHosts(paths().inventory)[0]?.ssh).to.include({
          host: "127.77.4.80",
          privateKeyFile: "keys/node-0",
        });
      });

      it("is not logged in to while it is off: its old address may be another machine's", async () => {
        cloud.instances[0]!.publicAddress = "127.77.5.80";
        expect(await run(() => ssh(options, "node-0", []))).to.deep.equal({
          code: 1,
          stdout: "",
          error: 'node-0 is stopped; boot it with "./hardway start".',
        });
        expect(written(paths().knownHosts), "where it was last").to.contain("[127.77.5.80]:2222");
      });

      it("is not looked for at its old address once it is gone", async () => {
        cloud.instances = [];
        expect((await run(() => ssh(options, "node-0", []))).error).to.equal(
          'node-0 has no machine in the embedded EC2 any more; "./hardway up" makes a new one.',
        );
      });
    });

    it("shows the machines of a lab whose folder somebody removed", async () => {
      const { code, stdout } = await run(() => labStatus(options));
      expect(code).to.equal(0);
      expect(stdout)
        .to.contain('The folder of lab "dev" is gone, and its machines go on')
        .and.match(/node-0 +running +i-node-0/);
    });

    it("is missed by status once it does not run", async () => {
      mkdirSync(labPaths("dev", folder()).directory, { recursive: true });
      await cloud.stop();
      const { stdout } = await run(() => labStatus(options));
      expect(stdout).to.contain(
        'The embedded EC2 does not run, so it cannot be said what is in it; no machine runs. "./hardway cloud start" starts it.',
      );
      expect(JSON.parse((await run(() => labStatus(json))).stdout)).to.deep.include({ machines: [], cloudRuns: false });
      cloud = await FakeCloud.start(folder());
    });

    it("refuses a trace with a wrong port, or of no lab, before anything else is looked at", async () => {
      const traceTcp = () => trace(options, "node-0", "node-1", { protocol: "tcp" });
      expect((await run(traceTcp)).error).to.contain('There is no lab "dev" here');
      mkdirSync(labPaths("dev", folder()).directory, { recursive: true });
      const { code, error } = await run(traceTcp);
      expect([code, error]).to.deep.equal([64, "--port must be a number from 1 to 65535 for tcp."]);
    });
  });
});
