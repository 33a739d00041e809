import { rmSync } from "node:fs";
import { expect } from "chai";
import { crio } from "../../components/node/runtime/crio";
import type { HandlerName } from "../../components/node/runtime/handlers";
import type { RuntimeSettings } from "../../components/node/runtime/runtimeSettings";
import { crioRepository, settingsWith } from "../components/node/runtime/runtimeSettings";
import { aptOptions, purge, recordNew, updateOwn } from "./fakePackages";
import { FakeRuntimes } from "./fakeRuntimes";

describe("31-crio.sh", () => {
  let host: FakeRuntimes;
  beforeEach(() => (host = new FakeRuntimes()));
  afterEach(() => host.remove());

  const settings = (change: Partial<RuntimeSettings> = {}) =>
    settingsWith({
      runtimeSource: "release",
      ...host.artifact(host.crio["1.36.3"]),
      ...change,
    });
  const variables = (change: Partial<RuntimeSettings> = {}) => crio.variables(settings(change));

  it("installs CRI-O from an archive, then changes nothing, and undo leaves nothing", () => {
    const before = host.contents();
    const first = host.run("31-crio", variables({ handlers: ["runc", "crun"] }));
    expect(first.stderr).to.equal("");
    expect(first.changes).to.deep.equal([
      ["systemctl", "daemon-reload"],
      ["systemctl", "enable", "crio.service"],
      ["systemctl", "reset-failed", "crio.service"],
      ["systemctl", "start", "crio.service"],
    ]);
    expect(first.facts()).to.deep.equal({
      changed: true,
      version: "1.36.3",
      socket: "/var/run/crio/crio.sock",
      cgroupDriver: "systemd",
      cgroupVersion: 1,
      handlers: { runc: "1.4.2", crun: "1.26" },
      snapshotter: "overlayfs",
      source: "release",
    });
    expect(host.read("/opt/hardway/cri-o/current/cri-o/bin/crio")).to.contain("1.36.3");
    const after = host.tree();
    const second = host.run("31-crio", variables({ handlers: ["runc", "crun"] }));
    expect(second.stderr).to.equal("");
    expect(second.changes).to.deep.equal([]);
    expect(second.facts()).to.deep.equal({ ...first.facts(), changed: false });
    expect(host.tree()).to.deep.equal(after);

    const undo = host.run("31-crio.undo");
    expect(undo.stderr).to.equal("");
    expect(undo.changes).to.deep.equal([
      ["systemctl", "disable", "crio.service"],
      ["systemctl", "stop", "crio.service"],
      ["systemctl", "daemon-reload"],
      ["systemctl", "reset-failed", "crio.service"],
    ]);
    expect(host.contents()).to.deep.equal(before);
    expect(host.run("31-crio.undo").stdout).to.equal('{"changed":false}\n');
  });

  it("copies the images of archives into CRI-O's storage, once, and again those that are gone", () => {
    const before = host.contents();
    host.write("/srv/a b.tar", "lab.local");
    const run = () => host.run("31-crio", variables({ imageArchives: ["/srv/a b.tar"] }));
    const first = run();
    expect(first.stderr).to.equal("");
    const store = "containers-storage:[overlay@/var/lib/containers/storage+/run/containers/storage]";
    const copy = (image: string) => [
      ...["skopeo.package", "--policy", host.path("/etc/crio/policy.json"), "copy", "-q"],
      ...[`docker-archive:${host.path("/srv/a b.tar")}:${image}`, `${store}${image}`],
    ];
    expect(first.changes.slice(-3)).to.deep.equal([
      ["apt-get", ...aptOptions, ...recordNew, "--no-install-recommends", "install", "skopeo"],
      copy("lab.local/pause:1"),
      copy("lab.local/busybox:1"),
    ]);
    expect(run().changes).to.deep.equal([]);
    host.write("/running/stored", `${store}lab.local/pause:1\n`);
    expect(run().changes).to.deep.equal([copy("lab.local/busybox:1")]);
    host.run("31-crio.undo");
    rmSync(host.path("/srv"), { recursive: true });
    rmSync(host.path("/running/stored"));
    expect(host.contents()).to.deep.equal(before);
  });

  it("names an image archive that is not there, and one that cannot be read", () => {
    const missing = host.run("31-crio", variables({ imageArchives: ["/srv/none.tar"] }));
    expect(missing.stderr).to.contain("- the image archive /srv/none.tar is not on this host");
    expect(missing.changes).to.deep.equal([]);
    host.write("/srv/empty.tar", "");
    const bad = host.run("31-crio", variables({ imageArchives: ["/srv/empty.tar"] }));
    expect(bad.status).to.equal(1);
    expect(bad.stderr).to.contain(
      "cannot read /srv/empty.tar; is it an image archive (docker save) whose images have names?",
    );
  });

  it("takes what an archive has not from packages, and gives it up for one that has", () => {
    const before = host.contents();
    const own = host.artifact(host.crioFromSource);
    const handlers: HandlerName[] = ["runc", "crun"];
    const run = host.run("31-crio", variables({ handlers, ...own }));
    expect(run.stderr).to.equal("");
    expect(run.changes.slice(0, 2)).to.deep.equal([
      ["apt-get", ...aptOptions, "update"],
      ["apt-get", ...aptOptions, ...recordNew, "--no-install-recommends", "install", "conmon", "runc", "crun"],
    ]);
    expect(run.facts()).to.deep.include({ version: "1.36.4", handlers: { runc: "1.1.15+ds1", crun: "1.21" } });
    expect(host.run("31-crio", variables({ handlers, ...own })).changes).to.deep.equal([]);

    const whole = host.run("31-crio", variables({ handlers }));
    expect(whole.changes).to.deep.equal([["systemctl", "restart", "crio.service"]]);
    expect(whole.facts().handlers).to.deep.equal({ runc: "1.4.2", crun: "1.26" });

    const undo = host.run("31-crio.undo");
    expect(undo.changes).to.deep.include(purge("conmon", "crun", "runc"));
    expect(host.contents()).to.deep.equal(before);
  });

  it("installs packages of a repository, and keeps their network away from pods", () => {
    const before = host.contents();
    const packaged = {
      runtimeSource: "repository",
      runtimeVersion: "",
      runtimeArtifacts: [],
      runtimeRepositories: [crioRepository],
    } satisfies Partial<RuntimeSettings>;
    const run = host.run("31-crio", variables(packaged));
    expect(run.stderr).to.equal("");
    expect(run.changes).to.deep.equal([
      ["apt-get", ...aptOptions, "update"],
      updateOwn(host, "31-crio"),
      ["apt-get", ...aptOptions, ...recordNew, "--no-install-recommends", "install", "cri-o"],
      ["systemctl", "start", "crio.service"], // by the package
      ["systemctl", "restart", "crio.service"],
    ]);
    expect(host.read("/etc/apt/sources.list.d/hardway-31-crio.sources")).to.equal(variables(packaged)["REPOSITORIES"]);
    expect(host.exists("/etc/cni/net.d/10-crio-bridge.conflist")).to.equal(false);
    expect(run.facts()).to.include({ version: "1.36.3", source: "repository" });
    const after = host.tree();
    expect(host.run("31-crio", variables(packaged)).changes).to.deep.equal([]);
    expect(host.tree()).to.deep.equal(after);
    const undo = host.run("31-crio.undo");
    expect(undo.stderr).to.equal("");
    expect(host.contents()).to.deep.equal(before);
  });

  it("goes to another version and back, and keeps the old one until the new one works", () => {
    host.run("31-crio", variables());
    const run = host.run("31-crio", variables(host.artifact(host.crio["1.36.2"])));
    expect(run.changes).to.deep.equal([["systemctl", "restart", "crio.service"]]);
    expect(run.facts()).to.include({ version: "1.36.2" });
    expect(host.exists(`/opt/hardway/cri-o/1.36.3-${host.crio["1.36.3"].sha256.slice(0, 12)}`)).to.equal(false);
    const broken = host.run("31-crio", variables({ sandboxImage: "broken" }));
    expect(broken.status).to.equal(1);
    expect(broken.stderr).to.contain(
      "hardway: 31-crio: CRI-O 1.36.3 does not start with the new configuration. What worked before is back in " +
        "place. The last lines of crio.service were:\nlevel=fatal msg=bad of crio.service\n",
    );
    expect(host.read("/opt/hardway/cri-o/current/cri-o/bin/crio")).to.contain("1.36.2");
    expect(host.read(crio.configFile)).to.equal(variables()["FILE_1"]);
    expect(host.exists("/systemd/active/crio.service")).to.equal(true);
    expect(host.run("31-crio", variables()).facts()).to.include({ version: "1.36.3", changed: true });
    expect(host.run("31-crio", variables()).facts()).to.include({ changed: false });
  });

  it("finds a key that is not in effect", () => {
    host.run("31-crio", variables());
    host.write("/etc/crio/crio.conf.d/zz.conf", '[crio.image]\npause_image = "registry.k8s.io/pause:3.9"\n');
    const run = host.run("31-crio", {
      ...variables(),
      EXPECTED: 'crio.runtime|cgroup_manager="cgroupfs"\ncrio|nonsense=1',
    });
    expect(run.stderr).to.contain(
      "CRI-O 1.36.3 runs with another configuration than /etc/crio/crio.conf.d/99-hardway.conf; does a file that sorts " +
        'later in that folder, or /etc/crio/crio.conf, say otherwise?\n- wanted crio.runtime|cgroup_manager="cgroupfs"; ' +
        'found: "systemd" \n- wanted crio|nonsense=1; found: \n',
    );
  });

  it("is not content with a daemon that runs and does not answer", () => {
    host.write("/running/mute", "");
    expect(host.run("31-crio", variables()).stderr).to.contain(
      "hardway: 31-crio: CRI-O 1.36.3 does not answer the CRI on /var/run/crio/crio.sock. ",
    );
  });

  it("starts a daemon that somebody disabled and stopped, restarts one that is silent, and unpacks changed programs again", () => {
    host.run("31-crio", variables());
    const before = host.contents();
    for (const { drift, changes } of [
      {
        drift: ["/systemd/enabled/crio.service", "/systemd/active/crio.service"],
        changes: ["enable", "reset-failed", "start"],
      },
      { drift: ["/var/run/crio/crio.sock"], changes: ["restart"] },
      { drift: ["/opt/hardway/cri-o/current/cri-o/bin/pinns"], changes: [] },
    ]) {
      for (const path of drift) rmSync(host.path(path));
      const run = host.run("31-crio", variables());
      expect(run.stderr).to.equal("");
      expect(run.facts().changed).to.equal(true);
      expect(run.changes).to.deep.equal(changes.map((verb) => ["systemctl", verb, "crio.service"]));
      expect(host.contents()).to.deep.equal(before);
    }
    expect(host.run("31-crio", variables()).facts().changed).to.equal(false);
  });

  it("uses nothing of an archive with another checksum", () => {
    const before = host.contents();
    const { runtimeArtifacts } = host.artifact(host.crio["1.36.3"]);
    const wrong = runtimeArtifacts.map((one) => ({ ...one, sha256: "0".repeat(64) }));
    const run = host.run("31-crio", variables({ runtimeArtifacts: wrong }));
    expect(run.stderr).to.match(
      /cri-o\.amd64\.v1\.36\.3\.tar\.gz has the wrong checksum; wanted 0{64}; found [0-9a-f]{64} in /,
    );
    expect(host.exists("/opt/hardway")).to.equal(false);
    host.run("31-crio.undo");
    expect(host.contents()).to.deep.equal(before);
  });

  it("names everything that is missing before it installs anything", () => {
    const before = host.contents();
    host.program("uname", { "-r": "echo 6.12.0", "-m": "echo riscv64" });
    const run = host.run("31-crio", {
      ...variables({ handlers: ["runc", "kata"] }),
      MODULES: "",
    });
    expect(run.stderr.split("\n").filter((line) => line.startsWith("- "))).to.deep.equal([
      ...["cri-o", "kata"].map(
        (name) =>
          `- there is no release of ${name} for this host's architecture, riscv64; take packages, or a mirror that has it`,
      ),
      "- a handler needs /dev/kvm, which this host does not have: its processor or its hypervisor offers no virtualization " +
        "(nested virtualization, on a virtual machine). Take that handler (kata) off the list, or use machines that have it",
    ]);
    expect(host.contents()).to.deep.equal(before);
  });

  it("leaves the snapshotter's store mounted when it is undone", () => {
    const store = "/var/lib/containers/storage";
    host.write("/var/lib/hardway/25-snapshotter-store/mount", `${store}\n`);
    host.program("umount", {}, { "-l *": ":" });
    expect(host.run("31-crio", variables()).stderr).to.equal("");
    const mounts = [store, `${store}/overlay/x/merged`, "/srv"].map((path) => `/dev/vdb ${path} btrfs rw 0 0\n`);
    host.write("/proc/mounts", mounts.join(""));
    const undo = host.run("31-crio.undo");
    expect(undo.stderr).to.equal("");
    expect(undo.changes.filter(([name]) => name === "umount")).to.deep.equal([
      ["umount", "-l", `${store}/overlay/x/merged`],
    ]);
  });

  it("keeps logins in a file of root's alone", () => {
    const credentials = { "docker.io": { username: "me", password: "hunter2" } };
    const secrets = crio.secrets?.(settings(), credentials) ?? {};
    const run = host.run("31-crio", { ...variables(), ...secrets });
    expect(run.stderr).to.equal("");
    expect(host.contents()["/etc/crio/auth.json"]).to.match(/^600 /);
    expect(host.read("/var/log/hardway/31-crio.log")).to.not.contain(Buffer.from("me:hunter2").toString("base64"));
  });
});
