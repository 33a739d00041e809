import { copyFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { containerd } from "../../components/node/runtime/containerd";
import type { RuntimeSettings } from "../../components/node/runtime/runtimeSettings";
import { runtimeDefaults } from "../../components/node/runtime/runtimes";
import { renderSecrets } from "../../components/remote/scriptText";
import { fakeContainerdService } from "./fakeContainerd";
import { FakeHost } from "./fakeHost";
import { aptOptions, fakePackages, purge, recordNew } from "./fakePackages";

const file = "/etc/containerd/config.toml";
const packaged = "version = 2\n# as packaged\n";

function variables(change: Partial<RuntimeSettings> = {}): Record<string, string> {
  return containerd.variables({ ...runtimeDefaults, ...change });
}

/** What `containerd config dump` of 2.x prints: other quotes, indented, and the list form of the plugin folder. */
const dump3 = `version = 3
[plugins]
  [plugins.'io.containerd.cri.v1.images']
    snapshotter = 'overlayfs'
    [plugins.'io.containerd.cri.v1.images'.pinned_images]
      sandbox = 'registry.k8s.io/pause:3.9'
  [plugins.'io.containerd.cri.v1.runtime']
    [plugins.'io.containerd.cri.v1.runtime'.containerd]
      default_runtime_name = 'runc'
      [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes]
        [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
          runtime_type = 'io.containerd.runc.v2'
          snapshotter = ''
          [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
            SystemdCgroup = true
    [plugins.'io.containerd.cri.v1.runtime'.cni]
      bin_dir = ''
      bin_dirs = ['/opt/cni/bin']
      conf_dir = '/etc/cni/net.d'
`;

/** Shell text that installs a program which says its version and nothing else. */
function fakeProgram(name: string, version: string): string {
  const file = `"$R/usr/bin/${name}"`;
  return `printf '#!/bin/sh\\necho ${version}\\n' >${file}; chmod 755 ${file}`;
}

/** A host without containerd; the daemon runs while /active exists, and refuses a configuration with "broken" in it. */
function emptyHost(version = "1.7.24~ds1"): FakeHost {
  const host = new FakeHost();
  const start = `if grep -q broken "$R${file}"; then exit 1; fi; touch "$R/active"; mkdir -p "$R/var/lib/containerd" "$R/opt/containerd" "$R/run/containerd"`;
  const program = join(host.programs, "containerd");
  for (const folder of ["/etc", "/opt"]) host.write(`${folder}/.keep`, "");
  host.write("/proc/mounts", "/dev/vda / ext4 rw 0 0\n");
  host.write("/dump3", dump3);
  fakePackages(host, {
    containerd: {
      install: `cp "${program}.package" "${program}"; mkdir -p "$R/etc/containerd"; [ -e "$R${file}" ] || printf '${packaged.replace(/\n/g, "\\n")}' >"$R${file}"; touch "$R/enabled"; ${start}`,
      purge: `rm "${program}"; rm -f "$R${file}" "$R/enabled"; rmdir "$R/etc/containerd" 2>/dev/null || :`,
    },
    runc: {},
    crun: { install: fakeProgram("crun", "crun version 1.21; echo commit: 10269"), purge: 'rm "$R/usr/bin/crun"' },
    runsc: {
      install: fakeProgram("runsc", "runsc version 0.0~20240729.0; echo spec: 1.1.0"),
      purge: 'rm "$R/usr/bin/runsc"',
    },
  });
  for (const folder of ["/usr/bin", "/lib/modules/6.12.0"]) host.write(`${folder}/.keep`, "");
  host.write("/sys/fs/cgroup/cgroup.controllers", "cpu memory\n");
  host.program("uname", { "-r": "echo 6.12.0" });
  host.program("containerd-shim-runc-v2", {});
  host.program("containerd.package", {
    "--version": `echo containerd github.com/containerd/containerd ${version} ${version}-6`,
    [`--config * config dump`]: version.startsWith("1") ? 'cat "$2"' : 'cat "$R/dump3"',
  });
  host.program("runc", { "--version": "echo 'runc version 1.1.15+ds1'; echo 'spec: 1'" });
  fakeContainerdService(host, start);
  const socket = `--address ${host.root}/run/containerd/containerd.sock`;
  host.program(
    "ctr",
    {
      [`${socket} --timeout 20s version`]: '[ -e "$R/active" ] && [ ! -e "$R/hangs" ]',
      [`${socket} --timeout 20s plugins ls`]: `echo 'TYPE ID PLATFORMS STATUS'
echo 'io.containerd.snapshotter.v1 overlayfs linux/amd64 ok'
echo 'io.containerd.snapshotter.v1 zfs linux/amd64 skip'
echo 'io.containerd.cri.v1 images - ok'; echo 'io.containerd.cri.v1 runtime linux/amd64 ok'
echo 'io.containerd.grpc.v1 cri linux/amd64 ok'`,
      [`${socket} --timeout 20s -n k8s.io images ls -q`]: 'cat "$R/image-names" 2>/dev/null || :',
      "--address * --timeout 20s namespaces ls -q": "echo k8s.io",
      "--address * --timeout 20s -n k8s.io tasks ls -q": "exit 0",
      "--address * --timeout 20s -n k8s.io containers ls -q": "exit 0",
    },
    {
      [`${socket} -n k8s.io images import *`]:
        'name="name-of-$(cat "$7")"; grep -qsxF "$name" "$R/image-names" || echo "$name" >>"$R/image-names"',
      [`${socket} -n k8s.io images label * io.cri-containerd.pinned=pinned`]: '[ ! -e "$R/unlabelled" ]',
    },
  );
  return host;
}

describe("30-containerd.sh", () => {
  let host: FakeHost;
  beforeEach(() => (host = emptyHost()));
  afterEach(() => host.remove());

  it("installs and configures containerd, then changes nothing, and undo leaves nothing", () => {
    const before = host.contents();
    const first = host.run("30-containerd", variables());
    expect(first.stderr).to.equal("");
    expect(first.told).to.deep.equal(["installing containerd runc"]);
    expect(first.changes).to.deep.equal([
      ["apt-get", ...aptOptions, "update"],
      ["apt-get", ...aptOptions, ...recordNew, "--no-install-recommends", "install", "containerd", "runc"],
      ["systemctl", "restart", "containerd"],
    ]);
    expect(first.facts()).to.deep.equal({
      changed: true,
      version: "1.7.24~ds1",
      handlers: { runc: "1.1.15+ds1" },
      configVersion: 2,
      snapshotter: "overlayfs",
      cgroupDriver: "systemd",
      cgroupVersion: 2,
      sandboxImage: "registry.k8s.io/pause:3.9",
      socket: "/run/containerd/containerd.sock",
      source: "distro",
    });
    expect(host.read(file)).to.equal(variables()["CONFIG_V2"]);
    const after = host.tree();
    const second = host.run("30-containerd", variables());
    expect(second.changes).to.deep.equal([]);
    expect(second.facts()).to.deep.equal({ ...first.facts(), changed: false });
    expect(host.tree()).to.deep.equal(after);

    const undo = host.run("30-containerd.undo");
    expect(undo.stderr).to.equal("");
    expect(undo.changes).to.deep.equal([
      ["systemctl", "stop", "containerd"],
      purge("containerd", "runc"),
      ["systemctl", "daemon-reload"],
      ["systemctl", "reset-failed", "containerd"],
    ]);
    expect(host.contents()).to.deep.equal(before);
    expect(host.run("30-containerd.undo").stdout).to.equal('{"changed":false}\n');
  });

  it("gives a 2.x daemon schema 3, and reads its effective configuration in either spelling", () => {
    host.remove();
    host = emptyHost("v2.1.4");
    const run = host.run("30-containerd", variables());
    expect(run.stderr).to.equal("");
    expect(run.facts()).to.include({ version: "2.1.4", configVersion: 3 });
    expect(host.read(file)).to.equal(variables()["CONFIG_V3"]);
    const other = host.run("30-containerd", variables({ cniBinDir: "/usr/lib/cni" }));
    expect(other.stderr).to.contain(
      'has another bin_dir in [plugins."io.containerd.cri.v1.runtime".cni]; wanted "/usr/lib/cni"; found: ""',
    );
  });

  it("leaves a containerd that was there as it was", () => {
    host.write("/dpkg/containerd.io", "");
    copyFileSync(join(host.programs, "containerd.package"), join(host.programs, "containerd"));
    host.write(file, "# mine\n", 0o600);
    for (const flag of ["/active", "/enabled"]) host.write(flag, "");
    for (const folder of ["/var/lib/containerd", "/opt/containerd", "/run/containerd"])
      host.write(`${folder}/.keep`, "");
    const before = host.contents();
    const run = host.run("30-containerd", variables());
    expect(run.changes).to.deep.equal([["systemctl", "restart", "containerd"]]);
    const undo = host.run("30-containerd.undo");
    expect(undo.changes).to.deep.equal([["systemctl", "restart", "containerd"]]);
    expect(host.contents()).to.deep.equal(before);
  });

  describe("on a host whose containerd was set up for something else", () => {
    const problems = (stderr: string) => stderr.split("\n").filter((line) => line.startsWith("- "));

    /** containerd as a package of Docker's, running with this configuration. */
    function setUp(config: string): void {
      host.write("/dpkg/containerd.io", "");
      copyFileSync(join(host.programs, "containerd.package"), join(host.programs, "containerd"));
      host.write(file, config);
      for (const flag of ["/active", "/enabled"]) host.write(flag, "");
    }

    it("leaves settings alone that data and other programs hang on, and names them", () => {
      setUp(`version = 2
root = "/data/containerd"
state = "/run/containerd"
imports = ["/etc/containerd/conf.d/*.toml", "/etc/containerd/none.toml"]
[grpc]
address = "/run/containerd/containerd.sock"
[proxy_plugins.stargz]
address = "/run/stargz.sock"
[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "stargz"
[plugins."io.containerd.grpc.v1.cri".registry]
config_path = ""
[plugins."io.containerd.grpc.v1.cri".registry.mirrors."docker.io"]
endpoint = ["https://mirror.example"]
`);
      host.write("/etc/containerd/conf.d/site.toml", "");
      const before = host.contents();
      const run = host.run("30-containerd", variables());
      expect(problems(run.stderr)).to.deep.equal([
        `- ${file} is this host's own and would be replaced, but data or other programs hang on what it says: ` +
          'root="/data/containerd"; proxy_plugins.stargz address="/run/stargz.sock"; ' +
          'plugins."io.containerd.grpc.v1.cri".containerd snapshotter="stargz"; ' +
          'plugins."io.containerd.grpc.v1.cri".registry.mirrors."docker.io" endpoint=["https://mirror.example"]; ' +
          "imports /etc/containerd/conf.d/site.toml. Move what hangs on it and take it out, or leave this host out of the lab",
      ]);
      expect(run.changes).to.deep.equal([]);
      expect(host.contents()).to.deep.equal(before);
    });

    it("leaves handlers alone that pods ask for by name, the default one, and another program for runc", () => {
      const cri = 'plugins."io.containerd.grpc.v1.cri".containerd';
      setUp(`version = 2
[${cri}]
default_runtime_name = "nvidia"
[${cri}.runtimes.nvidia]
runtime_type = "io.containerd.runc.v2"
[${cri}.runtimes.nvidia.options]
BinaryName = "/usr/bin/nvidia-container-runtime"
[${cri}.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[${cri}.runtimes.runc.options]
BinaryName = "/opt/runc"
`);
      const before = host.contents();
      const run = host.run("30-containerd", variables());
      expect(problems(run.stderr)).to.deep.equal([
        `- ${file} is this host's own and would be replaced, but data or other programs hang on what it says: ` +
          `${cri} default_runtime_name="nvidia"; ${cri}.runtimes.nvidia runtime_type="io.containerd.runc.v2"; ` +
          `${cri}.runtimes.runc.options BinaryName="/opt/runc". Move what hangs on it and take it out, or leave this host out of the lab`,
      ]);
      expect(run.changes).to.deep.equal([]);
      expect(host.contents()).to.deep.equal(before);
    });

    it("replaces no configuration that its containerd cannot read, and says why", () => {
      setUp('version = 3\nroot = "/data/containerd"\n');
      host.program("containerd", {
        "--version": "echo containerd github.com/containerd/containerd 1.7.24 1.7.24-6",
        "--config * config dump": "echo 'containerd: expected containerd config version `2`, got `3`' >&2; exit 1",
      });
      const before = host.contents();
      const run = host.run("30-containerd", variables());
      expect(problems(run.stderr)[0])
        .to.contain(`${file} is this host's own and would be replaced`)
        .and.to.contain("expected containerd config version `2`, got `3`. Mend it or take it away");
      expect(host.contents()).to.deep.equal(before);
    });

    it("counts a folder of registries only where something is in it", () => {
      setUp(
        '[plugins."io.containerd.grpc.v1.cri".registry]\nconfig_path = "/etc/containerd/certs.d:/etc/docker/certs.d"\n',
      );
      host.write("/etc/docker/certs.d/registry.example/ca.crt", "");
      expect(host.run("30-containerd", variables()).stderr).to.contain(
        'registry config_path="/etc/containerd/certs.d:/etc/docker/certs.d".',
      );
      rmSync(host.path("/etc/docker/certs.d/registry.example/ca.crt"));
      expect(host.run("30-containerd", variables()).stderr).to.equal("");
    });

    it("asks about a configuration that an earlier package left, once there is a containerd to ask", () => {
      host.write(file, 'root = "/data/containerd"\n');
      const run = host.run("30-containerd", variables());
      expect(run.stderr).to.contain("no settings were changed:\n").and.to.contain('root="/data/containerd"');
      expect(host.read(file)).to.equal('root = "/data/containerd"\n');
    });

    it("finds that a drop-in starts it with another file, and says which", () => {
      setUp("version = 2\n");
      host.run("30-containerd", variables());
      const dropIn = "/etc/systemd/system/containerd.service.d/10-site.conf";
      host.write(dropIn, "[Service]\nExecStart=\nExecStart=/usr/bin/containerd --config /etc/containerd/site.toml\n");
      host.write("/lib/systemd/system/containerd.service", "[Service]\n");
      host.write("/unit-files", `/lib/systemd/system/containerd.service\n${dropIn}\n`);
      const command = "/usr/bin/containerd --config /etc/containerd/site.toml";
      const execStart = (argv: string) => `{ path=/usr/bin/containerd ; argv[]=${argv} ; ignore_errors=no ; pid=0 }\n`;
      host.write("/exec-start", execStart(command));
      expect(problems(host.run("30-containerd", variables()).stderr)).to.deep.equal([
        `- containerd.service is started with options of this host's own (${dropIn} says: ${command}), so that ${file} would not be ` +
          "all that counts: --config. Take them out and restart the service, or leave this host out of the lab",
      ]);
      for (const same of [
        `/usr/bin/containerd -c ${file}`,
        `/usr/bin/containerd --config=${file}`,
        "/usr/bin/containerd",
      ]) {
        host.write("/exec-start", execStart(same));
        expect(host.run("30-containerd", variables()).stderr).to.equal("");
      }
    });

    it("does not take its pods over", () => {
      setUp("version = 2\n");
      host.program("ctr", { "--address * --timeout 20s -n k8s.io tasks ls -q": "echo pod" });
      expect(problems(host.run("30-containerd", variables()).stderr)).to.deep.equal([
        "- containerd still runs 1 containers, which would be left alone. Drain this node or delete its pods first",
      ]);
    });
  });

  it("puts the earlier configuration back when the daemon refuses the new one", () => {
    host.run("30-containerd", variables());
    const bad = host.run("30-containerd", variables({ sandboxImage: "broken" }));
    expect(bad.status).to.equal(1);
    expect(bad.stderr).to.match(
      /\nhardway: 30-containerd: containerd 1\.7\.24~ds1 does not start with the new configuration\. What worked before is back in place\. The last lines of containerd were:\nlevel=fatal msg=bad\n$/,
    );
    expect(host.read(file)).to.equal(variables()["CONFIG_V2"]);
    expect(host.exists("/active")).to.equal(true);
    const good = host.run("30-containerd", variables());
    expect(good.facts().changed).to.equal(true);
    expect(host.run("30-containerd", variables()).facts().changed).to.equal(false);
  });

  /** Somebody changes the host after the step; gives what the next run does, which is to leave everything as the first did. */
  function mended(drift: () => void): string[] {
    host.run("30-containerd", variables());
    const before = host.contents();
    drift();
    const run = host.run("30-containerd", variables());
    expect(run.stderr).to.equal("");
    rmSync(host.path("/dpkg-verify"), { recursive: true, force: true });
    expect(host.contents()).to.deep.equal(before);
    expect(host.run("30-containerd", variables()).changes).to.deep.equal([]);
    return run.changes.map((change) =>
      change.filter((word) => ![...aptOptions, ...recordNew].includes(word)).join(" "),
    );
  }

  for (const masked of ["masked", "masked-runtime"])
    it(`starts a daemon that somebody stopped, disabled and masked (${masked})`, () => {
      const changes = mended(() => {
        rmSync(host.path("/active"));
        rmSync(host.path("/enabled"));
        host.write("/masked", `${masked}\n`);
      });
      expect(changes).to.deep.equal([
        `systemctl unmask ${masked === "masked" ? "" : "--runtime "}containerd`,
        "systemctl enable containerd",
        "systemctl reset-failed containerd",
        "systemctl start containerd",
      ]);
    });

  it("leaves a daemon running that somebody disabled", () => {
    expect(mended(() => rmSync(host.path("/enabled")))).to.deep.equal(["systemctl enable containerd"]);
  });

  it("puts its configuration back and restarts the daemon, whose containers outlive that", () => {
    expect(mended(() => host.write(file, "version = 2\n"))).to.deep.equal(["systemctl restart containerd"]);
  });

  it("restarts a daemon that runs with what its configuration was when somebody had edited it", () => {
    expect(mended(() => host.write("/since", "Wed 2020-01-01 10:00:00 UTC\n"))).to.deep.equal([
      "systemctl restart containerd",
    ]);
  });

  it("restarts a daemon that does not answer", () => {
    expect(mended(() => host.write("/hangs", ""))).to.deep.equal(["systemctl restart containerd"]);
  });

  it("installs packages again that lost a program, whatever became of their documentation and configuration", () => {
    const verify = "missing     /usr/bin/runc\n";
    const changes = mended(() => {
      host.write("/dpkg-verify/runc", verify);
      host.write(
        "/dpkg-verify/containerd",
        "missing     /usr/share/doc/containerd\n??5?????? c /etc/containerd/config.toml\n",
      );
    });
    expect(changes).to.deep.equal(["apt-get --no-install-recommends install --reinstall runc"]);
  });

  it("says so when no repository has the programs that somebody replaced", () => {
    host.run("30-containerd", variables());
    host.write("/dpkg-verify/runc", "??5??????   /usr/sbin/runc\n");
    host.program("apt-get", {}, { "*": "exit 0" });
    expect(host.run("30-containerd", variables()).stderr).to.contain(
      "programs of runc are not as they were packaged, and no repository of this host has them",
    );
  });

  it("masks a daemon again that was masked before", () => {
    host.write("/dpkg/containerd.io", "");
    copyFileSync(join(host.programs, "containerd.package"), join(host.programs, "containerd"));
    host.write("/masked", "masked\n");
    const before = host.contents();
    host.run("30-containerd", variables());
    expect(host.exists("/masked")).to.equal(false);
    const undo = host.run("30-containerd.undo");
    expect(undo.changes.at(-1)).to.deep.equal(["systemctl", "mask", "containerd"]);
    const kept = (tree: Record<string, string>) =>
      Object.keys(tree).filter((path) => path === "/masked" || path === file);
    expect(kept(host.contents())).to.deep.equal(kept(before));
  });

  it("restarts the daemon when an earlier run was cut off before it did", () => {
    host.run("30-containerd", variables());
    host.program("sync", { "*": "case $1 in *config.toml*) kill -KILL $PPID ;; esac" });
    const cut = host.run("30-containerd", variables({ cgroupDriver: "cgroupfs" }));
    expect(cut.status).to.not.equal(0);
    host.program("sync", { "*": "exit 0" });
    const run = host.run("30-containerd", variables({ cgroupDriver: "cgroupfs" }));
    expect(run.changes).to.deep.equal([["systemctl", "restart", "containerd"]]);
    expect(run.facts()["cgroupDriver"]).to.equal("cgroupfs");
  });

  it("imports an archive once, pinned, and again when its image is gone or it could not be pinned", () => {
    host.write("/srv/a b.tar", "one");
    host.write("/image-names", "theirs\n");
    host.write("/unlabelled", "");
    const archives = variables({ imageArchives: ["/srv/a b.tar"] });
    const run = () => host.run("30-containerd", archives);
    expect(run().stderr).to.contain(
      "cannot pin the image name-of-one, which the kubelet could remove for want of space",
    );
    rmSync(host.path("/unlabelled"));
    const first = run();
    expect(first.told).to.include("importing the images of a b.tar");
    const both = [
      ["import", host.path("/srv/a b.tar")],
      ["label", "name-of-one", "io.cri-containerd.pinned=pinned"],
    ];
    expect(first.changes.map((call) => call.slice(6))).to.deep.equal(both);
    expect(run().changes).to.deep.equal([]);
    host.write("/image-names", "");
    expect(run().changes.map((call) => call.slice(6))).to.deep.equal(both);
  });

  it("names what is missing before it installs anything", () => {
    const program = join(host.programs, "containerd");
    copyFileSync(`${program}.package`, program);
    const before = host.contents();
    const run = host.run("30-containerd", variables({ imageArchives: ["/srv/none.tar", "/srv/nor-this.tar"] }));
    expect(run.stderr.split("\n").filter((line) => line.startsWith("- "))).to.deep.equal([
      "- the image archive /srv/none.tar is not on this host. Copy it there, or take it off the list",
      "- the image archive /srv/nor-this.tar is not on this host. Copy it there, or take it off the list",
      `- ${program} comes from no package, and would be mixed up with the distribution's containerd. Remove it`,
    ]);
    expect(host.contents()).to.deep.equal(before);
  });

  describe("with handlers", () => {
    const settings = { handlers: ["runc", "crun"], defaultHandler: "crun" } satisfies Partial<RuntimeSettings>;

    it("installs their packages, checks that they run, and takes them along", () => {
      const before = host.contents();
      const first = host.run("30-containerd", variables(settings));
      expect(first.stderr).to.equal("");
      expect(first.changes[1]?.slice(-4)).to.deep.equal(["install", "containerd", "runc", "crun"]);
      expect(first.facts()["handlers"]).to.deep.equal({ runc: "1.1.15+ds1", crun: "1.21" });
      expect(host.run("30-containerd", variables(settings)).changes).to.deep.equal([]);
      expect(host.run("30-containerd.undo").stderr).to.equal("");
      expect(host.contents()).to.deep.equal(before);
    });

    it("finds one that does not run, and one that is gone", () => {
      host.run("30-containerd", variables(settings));
      host.write("/usr/bin/crun", "#!/bin/sh\necho 'crun: not for this processor' >&2; exit 1\n", 0o755);
      expect(host.run("30-containerd", variables(settings)).stderr).to.contain(
        "the handler crun does not run: /usr/bin/crun --version says crun: not for this processor",
      );
      host.write("/usr/bin/crun", "", 0o644);
      expect(host.run("30-containerd", variables(settings)).stderr).to.contain(
        "the handler crun has no program: /usr/bin/crun is not on this host",
      );
    });

    it("finds each one's settings missing in what the daemon made of the file", () => {
      host.remove();
      host = emptyHost("v2.1.4"); // whose dump knows runc alone
      host.program("containerd.package", {
        "--version": "echo containerd github.com/containerd/containerd v2.1.4 v2.1.4-6",
        "--config * config dump": 'grep -q crun "$2" && cat "$R/dump-crun" || cat "$R/dump3"',
      });
      host.write(
        "/dump-crun",
        dump3.replace("default_runtime_name = 'runc'", "default_runtime_name = 'crun'") +
          `[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.crun]
runtime_type = 'io.containerd.runc.v2'
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.crun.options]
SystemdCgroup = true
BinaryName = ''
`,
      );
      expect(host.run("30-containerd", variables(settings)).stderr).to.contain(
        "containerd's effective configuration has another BinaryName in " +
          '[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.crun.options]; wanted "/usr/bin/crun"; found: ""',
      );
    });

    it("refuses Kata where there is no virtualization, before it changes anything", () => {
      host.program("uname", { "-r": "echo 6.12.0", "-m": "echo x86_64" });
      host.write("/sys/module/vhost/initstate", "live\n");
      host.program("modprobe", {
        "--show-depends vhost_net": "echo 'install /bin/false '",
        "--show-depends vhost_vsock": "exit 1",
      });
      const before = host.contents();
      const kata = { handlers: ["runc", "kata"], runtimeSource: "release" } satisfies Partial<RuntimeSettings>;
      const run = host.run("30-containerd", variables(kata));
      expect(run.stderr.split("\n").filter((line) => line.startsWith("- "))).to.deep.equal([
        "- a handler needs /dev/kvm, which this host does not have: its processor or its hypervisor offers no " +
          "virtualization (nested virtualization, on a virtual machine). Take that handler (kata) off the list, or use " +
          "machines that have it",
        "- a handler needs a kernel module: for the module vhost_net, or for one that it needs, modprobe.d has: install " +
          "... /bin/false. Remove that line, or take that handler (kata) off the list",
        "- a handler needs a kernel module: kernel 6.12.0 has no module vhost_vsock and it is not built in. Install the " +
          "full kernel package (not a cut-down cloud or container one), or reboot if a newer kernel was just installed, or " +
          "take that handler (kata) off the list",
      ]);
      expect(host.contents()).to.deep.equal(before);
      host.write("/dev/kvm", "");
      host.write("/proc/sys/kernel/modules_disabled", "1\n");
      expect(
        host
          .run("30-containerd", variables(kata))
          .stderr.split("\n")
          .filter((line) => line.startsWith("- ")),
      ).to.deep.equal(
        ["vhost_net", "vhost_vsock"].map(
          (module) =>
            "- a handler needs a kernel module: the kernel loads no more modules (kernel.modules_disabled is 1, which only " +
            `a reboot ends), and the module ${module} is not loaded. Take away what sets it, reboot and run this again, ` +
            "or take that handler (kata) off the list",
        ),
      );
    });
  });

  it("keeps each registry's file, removes it when it is no longer wanted, and checks that the daemon reads them", () => {
    const registryMirrors = { "docker.io": ["https://mirror.example"], "registry.example:5000": ["http://10.0.0.1"] };
    const run = host.run("30-containerd", variables({ registryMirrors }));
    expect(run.stderr).to.equal("");
    const hosts = (registry: string) => `/etc/containerd/certs.d/${registry}/hosts.toml`;
    expect(host.read(hosts("docker.io"))).to.equal(variables({ registryMirrors })["FILE_1"]);
    expect(host.exists(hosts("registry.example:5000"))).to.equal(true);
    // The folder is the same, so the daemon need not be told.
    const fewer = host.run("30-containerd", variables({ registryMirrors: { "docker.io": ["https://b.example"] } }));
    expect(fewer.changes).to.deep.equal([]);
    expect(fewer.facts()["changed"]).to.equal(true);
    expect(host.read(hosts("docker.io"))).to.contain("https://b.example");
    expect(host.exists(hosts("registry.example:5000"))).to.equal(false);
    const wrong = host.run("30-containerd", { ...variables({ registryMirrors }), REGISTRY_FOLDER: "/etc/other" });
    expect(wrong.stderr).to.contain('has another config_path in [plugins."io.containerd.grpc.v1.cri".registry]');
  });

  it("takes logins from standard input into a file of root's alone, and shows them nowhere", () => {
    const credentials = { "registry.example": { username: "me", password: "canary 'pass\nword" } };
    const settings = { ...runtimeDefaults };
    const secrets = containerd.secrets?.(settings, credentials) ?? {};
    const wanted = { ...variables(), SECRETS: "stdin" };
    const run = host.run("30-containerd", wanted, renderSecrets(secrets));
    expect(run.stderr).to.equal("");
    expect(host.read(file)).to.equal(secrets["CONFIG_V2"]);
    expect(statSync(host.path(file)).mode & 0o777).to.equal(0o600);
    expect(host.run("30-containerd", wanted, renderSecrets(secrets)).changes).to.deep.equal([]);
    const log = host.read("/var/log/hardway/30-containerd.log");
    expect(JSON.stringify([run.stdout, run.stderr, run.changes, log])).not.to.contain("canary");
    const bad = host.run("30-containerd", wanted, "CONFIG_V2 %%%\n");
    expect(bad.stderr).to.contain("cannot read the secret CONFIG_V2 from standard input");
    // Without logins the file is everybody's again.
    host.run("30-containerd", variables());
    expect(statSync(host.path(file)).mode & 0o777).to.equal(0o644);
  });

  it("leaves the snapshotter's store mounted, which has an undo of its own", () => {
    const store = "/var/lib/containerd/io.containerd.snapshotter.v1.btrfs";
    host.write("/var/lib/hardway/25-snapshotter-store/dirs", `/var/lib/containerd\n${store}\n`);
    host.write("/var/lib/hardway/25-snapshotter-store/mount", `${store}\n`);
    host.write(`${store}/.keep`, "");
    host.run("30-containerd", variables());
    expect(host.read("/var/lib/hardway/30-containerd/before")).to.equal(" \n");
    host.write("/proc/mounts", `/dev/vdb ${store} btrfs rw 0 0\nshm /run/containerd/x/shm tmpfs rw 0 0\n`);
    host.program("umount", {}, { "-l *": "exit 0" });
    const undo = host.run("30-containerd.undo");
    expect(undo.stderr).to.equal("");
    expect(undo.changes.filter(([name]) => name === "umount")).to.deep.equal([
      ["umount", "-l", "/run/containerd/x/shm"],
    ]);
  });

  it("takes the pods' bridge and leases along when pods outlived the CNI step", () => {
    host.program("ip", {}, { "link delete cni0": 'rm -r "$R/sys/class/net/cni0"' });
    host.run("30-containerd", variables());
    host.write("/var/lib/hardway/30-containerd/pod-network", "cni0 bridge true\n"); // left by 40-cni-config.undo
    host.write("/sys/class/net/cni0/brif/.keep", "");
    host.write("/var/lib/cni/networks/bridge/10.200.0.2", "");
    host.write("/run/netns/cni-1234", "");
    const undo = host.run("30-containerd.undo");
    expect(undo.stderr).to.equal("");
    expect(undo.changes).to.deep.include(["ip", "link", "delete", "cni0"]);
    expect(host.exists("/var/lib/cni")).to.equal(false);
    expect(host.exists("/run/netns/cni-1234")).to.equal(false);
  });

  it("keeps the packages that something else needs by now", () => {
    host.run("30-containerd", variables());
    host.write("/dpkg/docker.io", "containerd (>= 1.5), libc6\n");
    host.write("/dpkg/containerd", "runc\n");
    const undo = host.run("30-containerd.undo");
    expect(undo.changes).to.deep.equal([["systemctl", "restart", "containerd"]]);
    expect(host.read(file)).to.equal(packaged);
  });
});
