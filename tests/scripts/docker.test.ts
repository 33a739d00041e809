import { rmSync } from "node:fs";
import { expect } from "chai";
import { docker } from "../../components/node/runtime/docker";
import { mirantis } from "../../components/node/runtime/mirantis";
import type { RuntimeSettings } from "../../components/node/runtime/runtimeSettings";
import { mirantisRepository, settingsWith } from "../components/node/runtime/runtimeSettings";
import { aptOptions, purge, recordNew, updateOwn } from "./fakePackages";
import { FakeRuntimes } from "./fakeRuntimes";

const units = ["docker.service", "cri-docker.socket", "cri-docker.service"];

describe("32-docker.sh", () => {
  let host: FakeRuntimes;
  beforeEach(() => (host = new FakeRuntimes()));
  afterEach(() => host.remove());

  const variables = (change: Partial<RuntimeSettings> = {}) =>
    docker.variables(
      settingsWith({
        ...host.artifact(host.criDockerd),
        ...change,
      }),
    );

  it("installs Docker and cri-dockerd, then changes nothing, and undo leaves nothing", () => {
    const before = host.contents();
    const first = host.run("32-docker", variables({ handlers: ["runc", "crun"] }));
    expect(first.stderr).to.equal("");
    expect(first.changes.filter(([name]) => name === "apt-get")).to.deep.equal([
      ["apt-get", ...aptOptions, "update"],
      ["apt-get", ...aptOptions, ...recordNew, "--no-install-recommends", "install", "crun", "docker.io"],
    ]);
    expect(first.changes.slice(-5)).to.deep.equal([
      ["systemctl", "daemon-reload"],
      ["systemctl", "enable", "cri-docker.socket"],
      ["systemctl", "enable", "cri-docker.service"],
      ["systemctl", "reset-failed", "containerd.service", ...units],
      ["systemctl", "restart", "containerd.service", ...units],
    ]);
    expect(first.facts()).to.deep.equal({
      changed: true,
      version: "26.1.5",
      criDockerd: "0.3.26",
      socket: "/run/cri-dockerd.sock",
      cgroupDriver: "systemd",
      cgroupVersion: 1,
      handlers: { runc: "1.1.15+ds1", crun: "1.21" },
      snapshotter: "overlayfs",
      source: "distro",
    });
    expect(host.read("/etc/containerd/config.toml")).to.equal(variables()["CONTAINERD_V2"]);
    const after = host.tree();
    const second = host.run("32-docker", variables({ handlers: ["runc", "crun"] }));
    expect(second.stderr).to.equal("");
    expect(second.changes).to.deep.equal([]);
    expect(second.facts()).to.deep.equal({ ...first.facts(), changed: false });
    expect(host.tree()).to.deep.equal(after);

    const undo = host.run("32-docker.undo");
    expect(undo.stderr).to.equal("");
    expect(undo.changes).to.deep.include(purge("containerd", "crun", "docker.io", "runc"));
    expect(host.contents()).to.deep.equal(before);
    expect(host.run("32-docker.undo").stdout).to.equal('{"changed":false}\n');
  });

  it("replaces no daemon.json that data and other programs hang on, and no command line", () => {
    const command = "/usr/sbin/dockerd -H fd:// --data-root=/data/docker";
    host.write("/exec-start/docker.service", `{ path=/usr/sbin/dockerd ; argv[]=${command} ; ignore_errors=no }\n`);
    host.write(
      "/etc/docker/daemon.json",
      '{"data-root": "/data/docker", "log-opts": {"max-size": "10m"},\n "storage-driver": "overlay2",\n "insecure-registries": ["10.0.0.1:5000"]}\n',
    );
    const before = host.contents();
    const run = host.run("32-docker", docker.variables(settingsWith({})));
    expect(run.stderr.split("\n").filter((line) => line.startsWith("- "))).to.deep.equal([
      "- docker.service is started with options of this host's own (says: " +
        `${command}), so that /etc/docker/daemon.json would not be all that counts: --data-root. Take them out and restart the ` +
        "service, or leave this host out of the lab",
      "- /etc/docker/daemon.json is this host's own and would be replaced, but data or other programs hang on what it says: " +
        'data-root="/data/docker"; insecure-registries=["10.0.0.1:5000"]. Move what hangs on it and take it out, or leave this host ' +
        "out of the lab",
    ]);
    expect(host.contents()).to.deep.equal(before);
  });

  it("installs Mirantis' engine and cri-dockerd's package from a repository", () => {
    const before = host.contents();
    const settings = settingsWith({ runtimeSource: "repository", runtimeRepositories: [mirantisRepository] });
    const run = host.run("32-docker", mirantis.variables(settings));
    expect(run.stderr).to.equal("");
    expect(run.changes.filter(([name]) => name === "apt-get")).to.deep.equal([
      ["apt-get", ...aptOptions, "update"],
      updateOwn(host, "32-docker"),
      [
        "apt-get",
        ...aptOptions,
        ...recordNew,
        ...["--no-install-recommends", "install", "docker-ee", "docker-ee-cli", "containerd.io", "cri-dockerd"],
      ],
    ]);
    expect(run.facts()).to.include({ criDockerd: "0.4.3", source: "repository" });
    const after = host.tree();
    expect(host.run("32-docker", mirantis.variables(settings)).changes).to.deep.equal([]);
    expect(host.tree()).to.deep.equal(after);
    expect(host.run("32-docker.undo").stderr).to.equal("");
    expect(host.contents()).to.deep.equal(before);
  });

  it("finds a cgroup driver that is not the kubelet's", () => {
    host.run("32-docker", variables());
    const run = host.run("32-docker", {
      ...variables(),
      CGROUP_DRIVER: "cgroupfs",
      HANDLERS: "runc - runc -\ncrun - runc -",
    });
    expect(run.stderr).to.contain(
      "Docker 26.1.5 runs with another configuration than /etc/docker/daemon.json; do options of its unit (systemctl cat " +
        "docker) say otherwise?\n- wanted cgroup driver=cgroupfs; found: systemd \n- wanted handler=crun; found: runc \n",
    );
  });

  const refused: [what: string, change: Partial<RuntimeSettings>, unit: string][] = [
    ["Docker", { registryMirrors: { "docker.io": ["https://broken.example"] } }, "docker.service"],
    ["cri-dockerd", { sandboxImage: "broken" }, "cri-docker.service"],
  ];
  for (const [what, change, unit] of refused) {
    it(`puts the earlier configuration back when ${what} refuses the new one`, () => {
      host.run("32-docker", variables());
      const before = host.contents();
      const bad = host.run("32-docker", variables(change));
      expect(bad.status).to.equal(1);
      expect(bad.stderr).to.match(
        new RegExp(
          `does not start with the new configuration\\. What worked before is back in place\\. The last lines of ${unit} were:\\nlevel=fatal msg=bad of ${unit}\\n$`,
        ),
      );
      for (const file of ["/etc/docker/daemon.json", "/etc/systemd/system/cri-docker.service"])
        expect(host.contents()[file]).to.equal(before[file]);
      for (const one of ["docker.service", "cri-docker.service"])
        expect(host.exists(`/systemd/active/${one}`)).to.equal(true);
      expect(host.run("32-docker", variables()).facts()).to.include({ changed: true });
      expect(host.run("32-docker", variables()).facts()).to.include({ changed: false });
    });
  }

  it("is not content with a daemon that runs and does not answer", () => {
    host.write("/running/mute", "");
    expect(host.run("32-docker", variables()).stderr).to.contain(
      "hardway: 32-docker: cri-dockerd does not answer the CRI on /run/cri-dockerd.sock. ",
    );
  });

  it("starts again what somebody stopped or what is silent, and nothing else", () => {
    host.run("32-docker", variables());
    const before = host.contents();
    for (const { drift, restarted } of [
      { drift: "/systemd/active/cri-docker.service", restarted: ["cri-docker.service"] },
      { drift: "/run/cri-dockerd.sock", restarted: ["cri-docker.socket", "cri-docker.service"] },
    ]) {
      rmSync(host.path(drift));
      const run = host.run("32-docker", variables());
      expect(run.stderr).to.equal("");
      expect(run.changes.at(-1)).to.deep.equal(["systemctl", "restart", ...restarted]);
      expect(host.contents()).to.deep.equal(before);
    }
    expect(host.run("32-docker", variables()).facts().changed).to.equal(false);
  });

  it("leaves the snapshotter's store alone when it is undone", () => {
    host.write("/var/lib/hardway/25-snapshotter-store/mount", "/var/lib/docker\n");
    host.write("/var/lib/hardway/25-snapshotter-store/dirs", "/var/lib/docker\n");
    host.write("/var/lib/docker/btrfs", "x");
    host.run("32-docker", variables());
    expect(host.run("32-docker.undo").stderr).to.equal("");
    expect(host.read("/var/lib/docker/btrfs")).to.equal("x");
  });

  it("loads an archive once, and again when its image is gone", () => {
    host.write("/srv/a b.tar", "one");
    const archives = variables({ imageArchives: [host.path("/srv/a b.tar").slice(host.root.length)] });
    expect(host.run("32-docker", archives).changes.at(-1)).to.deep.equal([
      ...["docker.package", "load", "-q", "-i"], // its copy in /usr/bin
      host.path("/srv/a b.tar"),
    ]);
    expect(host.run("32-docker", archives).changes).to.deep.equal([]);
    host.write("/running/images", "");
    expect(host.run("32-docker", archives).changes).to.have.length(1);
  });

  it("names what is wrong before it changes anything, and ends nobody's containers", () => {
    host.run("32-docker", variables());
    host.run("32-docker.undo");
    for (const file of ["docker.io", "containerd", "runc"]) host.write(`/dpkg/${file}`, "");
    host.write("/lib/systemd/system/docker.service", "");
    host.write("/systemd/active/docker.service", "");
    host.write("/running/docker.json", "{}");
    host.write("/running/containers", "db\nweb\n");
    host.program("docker", {
      "info --format {{.LiveRestoreEnabled}}": "echo false",
      "ps *": 'cat "$R/running/containers"',
    });
    const before = host.contents();
    const run = host.run("32-docker", variables({ imageArchives: ["/srv/none.tar"] }));
    expect(run.stderr.split("\n").filter((line) => line.startsWith("- "))).to.deep.equal([
      "- the image archive /srv/none.tar is not on this host. Copy it there, or take it off the list",
      "- Docker runs containers and has to be restarted, which would end them: db web . Stop them, or set live-restore in " +
        "/etc/docker/daemon.json first",
    ]);
    expect(host.contents()).to.deep.equal(before);
  });
});
