import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { CriClient } from "../../cli/verify/cri/client";
import { crioConfig } from "../../components/node/runtime/crio";
import { crioExpectations, renderCrioConf, renderImagePolicy } from "../../components/node/runtime/crioFiles";
import { buildStandIn, crioArchive, criDockerdArchive } from "./archives";
import { settingsWith } from "../components/node/runtime/runtimeSettings";

/** Archives for real machines, whose programs are built with Go from tests/standin/cri. */
describe("archives with stand-in daemons", function () {
  this.timeout(300_000); // the first build fetches Go modules
  let folder: string;
  let daemon: ChildProcess | undefined;

  before(function () {
    if (spawnSync("go", ["version"]).status !== 0) this.skip();
    folder = mkdtempSync(join(tmpdir(), "hardway-standin-"));
    buildStandIn(join(folder, "standin"));
  });
  afterEach(async () => {
    if (daemon?.exitCode === null) {
      daemon.kill();
      await once(daemon, "exit");
    }
    daemon = undefined;
  });
  after(() => {
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  const unpack = (file: string, into: string) => {
    mkdirSync(into, { recursive: true });
    execFileSync("tar", ["-xzf", file, "-C", into]);
  };

  it("have CRI-O's layout, and a daemon that answers with its configuration", async () => {
    const archive = crioArchive(folder, "1.36.3", { file: join(folder, "standin") });
    expect(archive.file).to.match(/cri-o\.amd64\.v1\.36\.3\.tar\.gz$/);
    const root = join(folder, "root");
    // The stand-in reads its files below a root of the test's; paths in them stay those of a host.
    unpack(archive.file, join(root, "opt/hardway/crio/x"));
    execFileSync("ln", ["-s", "x/cri-o", join(root, "opt/hardway/crio/current")]);
    const programs = join(root, "opt/hardway/crio/current/bin");
    const crio = join(programs, "crio");
    expect(execFileSync(crio, ["--version"], { encoding: "utf8" })).to.match(/^crio version 1\.36\.3\n/);

    const config = crioConfig(settingsWith({ runtimeSource: "release", handlers: ["runc", "crun"] }));
    for (const path of ["etc/crio/crio.conf.d", "etc/cni/net.d"]) mkdirSync(join(root, path), { recursive: true });
    writeFileSync(join(root, "etc/crio/crio.conf.d/99-hardway.conf"), renderCrioConf(config));
    writeFileSync(join(root, "etc/crio/policy.json"), renderImagePolicy());
    daemon = spawn(crio, ["--root-folder", root], { stdio: "inherit", env: { PATH: programs } });
    const socket = join(root, "var/run/crio/crio.sock");
    for (let tries = 0; !existsSync(socket) && tries < 100; tries++) await sleep(50);

    const said = execFileSync(crio, ["status", "--socket", socket, "config"], { encoding: "utf8" });
    expect(wanting(said, crioExpectations(config))).to.deep.equal([]);
    expect(wanting(said, `crio.runtime.runtimes.crun|runtime_path="${programs}/crun"`)).to.deep.equal([]);
    expect(wanting(said, "crio.runtime|nonsense=1")).to.deep.equal(["crio.runtime|nonsense=1"]);

    const client = new CriClient(socket);
    try {
      expect(await client.call("Version", { version: "v1" })).to.deep.include({
        runtimeName: "cri-o",
        runtimeVersion: "1.36.3",
        runtimeApiVersion: "v1",
      });
      const ready = async () =>
        (await client.call("Status", { verbose: false })).status?.conditions.map(({ type, status }) => [type, status]);
      expect(await ready()).to.deep.equal([
        ["RuntimeReady", true],
        ["NetworkReady", false],
      ]);
      writeFileSync(join(root, "etc/cni/net.d/10-bridge.conf"), "{}");
      expect((await ready())?.[1]).to.deep.equal(["NetworkReady", true]);
    } finally {
      client.close();
    }
  });

  it("have cri-dockerd's layout, and a program that takes its options and no others", () => {
    const archive = criDockerdArchive(folder, "0.4.3", { file: join(folder, "standin") });
    expect(archive.file).to.match(/cri-dockerd-0\.4\.3\.amd64\.tgz$/);
    unpack(archive.file, join(folder, "docker"));
    const program = join(folder, "docker/cri-dockerd/cri-dockerd");
    expect(execFileSync(program, ["--version"], { encoding: "utf8" })).to.equal("cri-dockerd 0.4.3 (stand-in)\n");
    expect(spawnSync(program, ["--cgroup-driver=systemd"]).status).to.not.equal(0);
    const alone = spawnSync(program, [], { encoding: "utf8", env: { PATH: "/nowhere" } });
    expect(alone.stderr).to.contain("cri-dockerd: cannot reach Docker");
  });

  it("are the same whenever they are made", () => {
    const [one, other] = ["a", "b"].map((name) => crioArchive(join(folder, name), "1.36.3", { text: "x" }));
    expect(one?.sha256).to.match(/^[0-9a-f]{64}$/);
    expect(one?.sha256).to.equal(other?.sha256);
  });
});

/** Those of the expected lines that CRI-O's TOML does not say; the node script does the same in awk. */
function wanting(toml: string, expected: string): string[] {
  let table = "";
  const said = toml.split("\n").flatMap((line) => {
    const text = line.trim();
    if (text.startsWith("[")) table = text.slice(1, -1);
    const at = text.indexOf(" = ");
    return at < 0 ? [] : [`${table}|${text.slice(0, at)}=${text.slice(at + 3)}`];
  });
  return expected.split("\n").filter((line) => !said.includes(line));
}
