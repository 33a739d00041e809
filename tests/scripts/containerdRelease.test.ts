import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { containerd } from "../../components/node/runtime/containerd";
import { renderContainerdUnit } from "../../components/node/runtime/containerdUnit";
import { runtimeDefaults } from "../../components/node/runtime/runtimes";
import { fakeContainerdService } from "./fakeContainerd";
import { FakeHost } from "./fakeHost";
import { aptOptions, fakePackages } from "./fakePackages";
import { releaseArchive } from "./releaseArchive";

const config = "/etc/containerd/config.toml";
const unit = "/etc/systemd/system/containerd.service";
const cache = "/var/cache/hardway/artifacts";

/** A stand-in for the daemon: it says its version, what it reads, and whether it starts. */
const daemon = (version: string, starts = true) => `#!/bin/dash
case "$*" in
--version) echo "containerd github.com/containerd/containerd/v2 ${version} 1a2b3c" ;;
--start) ${starts ? "exit 0" : "exit 1"} ;;
*"config dump") cat "$2" ;;
*) exit 96 ;;
esac
`;

/** A host on which systemd runs what the unit says, ours before the package's. */
function releaseHost(): FakeHost {
  const host = new FakeHost();
  const start = `p="$R/usr/bin/containerd"; [ ! -e "$R${unit}" ] || p="$R/usr/local/bin/containerd"
"$p" --start || exit 1; "$p" --version | cut -d ' ' -f 3 >"$R/active"; mkdir -p "$R/var/lib/containerd" "$R/run/containerd"`;
  for (const folder of ["/etc/systemd/system", "/opt", "/usr/local/bin", "/usr/local/sbin", "/usr/bin", cache])
    host.write(`${folder}/.keep`, "");
  host.write("/proc/mounts", "/dev/vda / ext4 rw 0 0\n");
  host.write("/sys/fs/cgroup/cgroup.controllers", "cpu memory\n");
  host.write("/packaged", daemon("1.7.24~ds1"));
  fakePackages(host, {
    containerd: {
      install: `cp "$R/packaged" "$R/usr/bin/containerd"; chmod 755 "$R/usr/bin/containerd"; ln -s "$R/usr/bin/containerd" ${host.programs}/containerd; mkdir -p "$R/etc/containerd"; echo 'version = 2' >"$R${config}"; touch "$R/enabled"; ${start}`,
      purge: `rm "$R/usr/bin/containerd" ${host.programs}/containerd; rm -f "$R${config}" "$R/enabled" "$R/active"`,
    },
    runc: {},
  });
  host.program("uname", { "-r": "echo 6.12.0", "-m": "echo x86_64" });
  host.program("containerd-shim-runc-v2", {});
  host.program("runc", { "--version": "echo 'runc version 1.1.15+ds1'" });
  fakeContainerdService(host, start);
  const socket = `--address ${host.root}/run/containerd/containerd.sock --timeout 20s`;
  host.program("ctr", {
    [`${socket} version`]:
      '[ -e "$R/active" ] && printf "Client:\\n  Version:  x\\nServer:\\n  Version:  %s\\n" "$(cat "$R/active")"',
    [`${socket} plugins ls`]: `echo 'io.containerd.snapshotter.v1 overlayfs linux/amd64 ok'
echo 'io.containerd.cri.v1 images - ok'; echo 'io.containerd.cri.v1 runtime linux/amd64 ok'; echo 'io.containerd.grpc.v1 cri linux/amd64 ok'`,
    "--address * --timeout 20s namespaces ls -q": "echo k8s.io",
    "--address * --timeout 20s -n k8s.io tasks ls -q": "exit 0",
    "--address * --timeout 20s -n k8s.io containers ls -q": "exit 0",
  });
  return host;
}

describe("30-containerd.sh with releases", () => {
  let host: FakeHost;
  beforeEach(() => (host = releaseHost()));
  afterEach(() => host.remove());

  interface Release {
    readonly daemonText?: string;
    readonly runcText?: string;
    readonly config?: string;
  }
  /** The step's variables for a release that is in the cache, as if it had been downloaded. */
  function release(version: string, { daemonText, runcText, config: text }: Release = {}): Record<string, string> {
    const real = (name: string) => `#!/bin/dash\nPATH=\${PATH##*:} exec ${name} "$@"\n`;
    const archives = [
      releaseArchive("containerd", version, {
        "bin/containerd": daemonText ?? daemon(`v${version}`),
        "bin/containerd-shim-runc-v2": real("containerd-shim-runc-v2"),
        "bin/ctr": real("ctr"),
      }),
      releaseArchive("runc", "1.4.3", { "": runcText ?? "#!/bin/dash\necho runc version 1.4.3\n" }),
    ];
    for (const { digest, bytes } of archives) writeFileSync(host.path(`${cache}/${digest}`), bytes);
    const settings = { ...runtimeDefaults, runtimeSource: "release" as const, runtimeVersion: version };
    return {
      ...containerd.variables(settings),
      ARTIFACTS: archives.map(({ line }) => line).join("\n"),
      ...(text !== undefined && { CONFIG_V3: text }),
    };
  }
  const distro = () => containerd.variables(runtimeDefaults);
  const trees = (name: string) => readdirSync(host.path(`/opt/hardway/${name}`)).sort();
  const running = () => (host.exists("/active") ? host.read("/active").trim() : undefined);
  /** Without the cache, whose files are the test's. */
  const contents = () =>
    Object.fromEntries(Object.entries(host.contents()).filter(([path]) => !path.startsWith("/var/cache/")));

  it("installs, configures and starts them, then changes nothing, and undo leaves nothing", () => {
    const before = contents();
    const first = host.run("30-containerd", release("2.3.4"));
    expect(first.stderr).to.equal("");
    expect(first.changes).to.deep.equal([
      ["systemctl", "daemon-reload"],
      ["systemctl", "enable", "containerd"],
      ["systemctl", "reset-failed", "containerd"],
      ["systemctl", "start", "containerd"],
    ]);
    expect(first.facts()).to.include({ version: "2.3.4", configVersion: 3, source: "release" });
    expect(first.facts().handlers).to.deep.equal({ runc: "1.4.3" });
    expect(running()).to.equal("v2.3.4");
    expect(host.contents()["/usr/local/bin/containerd"]).to.equal(
      "-> ../../../opt/hardway/containerd/current/bin/containerd",
    );
    expect(host.contents()["/usr/local/sbin/runc"]).to.equal("-> ../../../opt/hardway/runc/current/runc");
    expect(host.read(unit)).to.equal(renderContainerdUnit("2.3.4"));
    const after = host.tree();
    const second = host.run("30-containerd", release("2.3.4"));
    expect(second.changes).to.deep.equal([]);
    expect(second.facts()).to.deep.equal({ ...first.facts(), changed: false });
    expect(Object.keys(host.tree())).to.deep.equal(Object.keys(after));

    const undo = host.run("30-containerd.undo");
    expect(undo.stderr).to.equal("");
    expect(undo.changes.slice(0, 2)).to.deep.equal([
      ["systemctl", "stop", "containerd"],
      ["systemctl", "disable", "containerd"],
    ]);
    expect(contents()).to.deep.equal(before);
  });

  it("upgrades in place with one restart, and removes the old version when the new one works", () => {
    host.run("30-containerd", release("2.2.7"));
    const [old] = trees("containerd");
    const upgrade = host.run("30-containerd", release("2.3.4"));
    expect(upgrade.stderr).to.equal("");
    expect(upgrade.changes).to.deep.equal([["systemctl", "restart", "containerd"]]);
    expect(running()).to.equal("v2.3.4");
    expect(trees("containerd")).to.have.length(2).and.include("current").and.not.include(old);
    expect(trees("runc")).to.have.length(2);
  });

  it("takes over from the distribution's package and gives back to it", () => {
    host.run("30-containerd", distro());
    expect(running()).to.equal("1.7.24~ds1");
    const packaged = contents();
    const upgrade = host.run("30-containerd", release("2.3.4"));
    expect(upgrade.stderr).to.equal("");
    expect(upgrade.changes).to.deep.equal([
      ["systemctl", "daemon-reload"],
      ["systemctl", "restart", "containerd"],
    ]);
    expect(running()).to.equal("v2.3.4");
    expect(host.read(config)).to.contain("version = 3");
    expect(host.exists("/dpkg/containerd"), "its shims may still run").to.equal(true);

    const back = host.run("30-containerd", distro());
    expect(back.stderr).to.equal("");
    expect(back.facts()).to.include({ version: "1.7.24~ds1", configVersion: 2, source: "distro" });
    expect(running()).to.equal("1.7.24~ds1");
    expect(host.exists(unit)).to.equal(false);
    expect(trees("containerd")).to.deep.equal([]);
    const now = contents();
    for (const path of Object.keys(packaged).filter((path) => !path.startsWith("/var/lib/hardway/")))
      expect(now[path], path).to.equal(packaged[path]);
  });

  it("gives a containerd that was there before us back when it is undone", () => {
    for (const name of ["containerd", "runc"]) host.write(`/dpkg/${name}`, "");
    host.write("/usr/bin/containerd", daemon("1.7.24~ds1"), 0o755);
    host.write(config, "# mine\n");
    for (const folder of ["/var/lib/containerd", "/run/containerd"]) host.write(`${folder}/.keep`, "");
    host.write("/enabled", "");
    host.write("/active", "1.7.24~ds1\n");
    const before = contents();
    expect(host.run("30-containerd", release("2.3.4")).stderr).to.equal("");
    expect(running()).to.equal("v2.3.4");
    const undo = host.run("30-containerd.undo");
    expect(undo.stderr).to.equal("");
    expect(undo.changes).to.deep.equal([
      ["systemctl", "daemon-reload"],
      ["systemctl", "restart", "containerd"],
    ]);
    expect(contents()).to.deep.equal(before);
  });

  it("brings a handler that packages do not have beside the distribution's containerd", () => {
    const before = contents();
    const programs = { runsc: "echo runsc version release-20260622.0", "containerd-shim-runsc-v1": "exit 0" };
    const archives = Object.entries(programs).map(([name, text]) =>
      releaseArchive(name, "20260622.0", { "": `#!/bin/dash\n${text}\n` }),
    );
    for (const { digest, bytes } of archives) writeFileSync(host.path(`${cache}/${digest}`), bytes);
    const settings = { ...runtimeDefaults, runtimeMirror: "http://10.0.2.2:4600" };
    const withRunsc = {
      ...containerd.variables({ ...settings, handlers: ["runc", "runsc"] }),
      ARTIFACTS: archives.map(({ line }) => line).join("\n"),
    };
    const first = host.run("30-containerd", withRunsc);
    expect(first.stderr).to.equal("");
    expect(first.facts()).to.deep.include({
      ...{ version: "1.7.24~ds1", source: "distro" },
      handlers: { runc: "1.1.15+ds1", runsc: "release-20260622.0" },
    });
    expect(host.contents()["/usr/local/bin/runsc"]).to.equal("-> ../../../opt/hardway/runsc/current/runsc");
    expect(host.read(config)).to.contain('runtime_type = "io.containerd.runsc.v1"');
    const after = host.tree();
    expect(host.run("30-containerd", withRunsc).changes).to.deep.equal([]);
    expect(host.tree()).to.deep.equal(after);

    const without = host.run("30-containerd", containerd.variables(settings));
    expect(without.changes).to.deep.equal([["systemctl", "restart", "containerd"]]);
    expect(host.exists("/usr/local/bin/runsc")).to.equal(false);
    expect(trees("runsc")).to.deep.equal([]);
    expect(host.run("30-containerd.undo").stderr).to.equal("");
    expect(contents()).to.deep.equal(before);
  });

  for (const [name, bad] of [
    ["does not start", { daemonText: daemon("v2.3.4", false) }],
    ["makes something else of its configuration", { config: "version = 3\n" }],
  ] as const) {
    it(`brings the earlier version and its configuration back when the new one ${name}`, () => {
      host.run("30-containerd", release("2.2.7"));
      const before = Object.keys(contents()).filter((path) => !path.startsWith("/var/lib/hardway/"));
      const failed = host.run("30-containerd", release("2.3.4", bad));
      expect(failed.status).to.equal(1);
      expect(failed.stderr).to.contain(
        "What worked before is back in place. The last lines of containerd were:\nlevel=fatal msg=bad\n",
      );
      expect(failed.changes.at(-1)).to.deep.equal(["systemctl", "restart", "containerd"]);
      expect(running()).to.equal("v2.2.7");
      expect(host.read(config)).to.equal(release("2.2.7")["CONFIG_V3"]);
      expect(host.read(unit)).to.equal(renderContainerdUnit("2.2.7"));
      expect(Object.keys(contents())).to.include.members(before);
      // What works is asked for again: nothing of the failed version is left.
      const again = host.run("30-containerd", release("2.2.7"));
      expect(again.stderr).to.equal("");
      expect(running()).to.equal("v2.2.7");
      expect(trees("containerd")).to.have.length(2);
      expect(host.run("30-containerd", release("2.2.7")).facts().changed).to.equal(false);
    });
  }

  it("brings the package's containerd back when the release does not start", () => {
    host.run("30-containerd", distro());
    const failed = host.run("30-containerd", release("2.3.4", { daemonText: daemon("v2.3.4", false) }));
    expect(failed.stderr).to.contain(
      "containerd 2.3.4 does not start with the new configuration. What worked before is back in place",
    );
    expect(running()).to.equal("1.7.24~ds1");
    expect(host.exists(unit)).to.equal(false);
    expect(host.read(config)).to.equal(distro()["CONFIG_V2"]);
  });

  it("brings the release back, its unit and links with it, when the package's containerd does not start", () => {
    host.run("30-containerd", release("2.2.7"));
    host.write("/packaged", daemon("1.7.24~ds1", false));
    expect(host.run("30-containerd", distro()).stderr).to.contain("What worked before is back in place. ");
    expect(running()).to.equal("v2.2.7");
    expect(host.read(unit)).to.equal(renderContainerdUnit("2.2.7"));
    expect(host.read("/usr/local/sbin/runc")).to.contain("1.4.3");
    expect(host.run("30-containerd", release("2.2.7")).facts()).to.include({ version: "2.2.7", source: "release" });
    expect(host.run("30-containerd", release("2.2.7")).facts().changed).to.equal(false);
  });

  it("switches nothing when a program does not run here or is another than it should be", () => {
    host.run("30-containerd", distro());
    const before = Object.entries(contents()).filter(([path]) => !/^\/(var\/lib\/hardway|opt)(\/|$)/.test(path));
    for (const [bad, text] of [
      [
        { daemonText: "#!/bin/dash\necho GLIBC_2.99 not found >&2; exit 1\n" },
        "containerd 2.3.4 does not run on this host; it says: GLIBC_2.99 not found",
      ],
      [
        { daemonText: daemon("v9.9.9") },
        "the release of containerd 2.3.4 says that it is another: containerd github.com/containerd/containerd/v2 v9.9.9",
      ],
      [{ runcText: "#!/bin/dash\nexit 1\n" }, "runc 1.4.3 does not run on this host"],
    ] as const) {
      const run = host.run("30-containerd", release("2.3.4", bad));
      expect(run.stderr).to.contain(text);
      expect(run.changes).to.deep.equal([]);
      expect(
        Object.entries(contents()).filter(([path]) => !/^\/(var\/lib\/hardway|opt)(\/|$)/.test(path)),
      ).to.deep.equal(before);
    }
    expect(running()).to.equal("1.7.24~ds1");
  });

  it("goes back to what worked before an interrupted upgrade", () => {
    host.run("30-containerd", release("2.2.7"));
    const bad = release("2.3.4", { daemonText: daemon("v2.3.4", false) });
    // Killed after the links were switched and the configuration written, before the restart.
    host.program("sync", { "*": "case $2$1 in *containerd.service*) kill -KILL $PPID ;; esac" });
    expect(host.run("30-containerd", bad).status).to.not.equal(0);
    host.program("sync", { "*": "exit 0" });
    expect(running()).to.equal("v2.2.7");
    const failed = host.run("30-containerd", bad);
    expect(failed.stderr).to.contain("What worked before is back in place");
    expect(running()).to.equal("v2.2.7");
    expect(host.read(unit)).to.equal(renderContainerdUnit("2.2.7"));
  });

  it("installs no packages", () => {
    const run = host.run("30-containerd", release("2.3.4"));
    expect(run.changes.flat()).to.not.include(aptOptions[0]);
    expect(existsSync(join(host.root, "dpkg/containerd"))).to.equal(false);
  });
});
