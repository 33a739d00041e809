import { expect } from "chai";
import { parse } from "smol-toml";
import { crio, crioConfig } from "../../../../components/node/runtime/crio";
import {
  crioExpectations,
  renderContainersAuth,
  renderCrioConf,
  renderCrioUnit,
  renderImagePolicy,
  renderRegistriesConf,
} from "../../../../components/node/runtime/crioFiles";
import { releases } from "../../../../components/node/runtime/artifacts/lock";
import { settingProblems } from "../../../../components/node/runtime/runtimes";
import { expectGolden } from "../../../support/golden";
import { criDockerdArtifact, crioRepository, settingsWith } from "./runtimeSettings";

const fromArchive = settingsWith({ runtimeSource: "release" });
const everything = settingsWith({
  runtimeSource: "repository",
  runtimeRepositories: [crioRepository],
  runtimeMirror: "http://10.0.2.2:4600",
  handlers: ["runc", "crun", "runsc", "kata"],
  defaultHandler: "crun",
  cgroupDriver: "cgroupfs",
  snapshotter: "btrfs",
});

describe("CRI-O's files", () => {
  it("are these for an archive", () => {
    expectGolden("crio/99-hardway.archive.conf", renderCrioConf(crioConfig(fromArchive)));
    expectGolden("crio/crio.service", renderCrioUnit("/opt/hardway/cri-o/current/cri-o/bin"));
    expectGolden("crio/policy.json", renderImagePolicy());
  });

  it("are these for packages, every handler, cgroupfs, btrfs and logins", () => {
    expectGolden("crio/99-hardway.package.conf", renderCrioConf(crioConfig(everything, true)));
    expectGolden("crio/auth.json", renderContainersAuth({ "docker.io": { username: "me", password: 'p:"w' } }));
  });

  it("name mirrors without a scheme, and plain HTTP as insecure", () => {
    expectGolden("crio/registries.none.conf", renderRegistriesConf({}));
    expectGolden(
      "crio/registries.conf",
      renderRegistriesConf({
        "docker.io": ["https://mirror.example.org/docker/", "http://10.0.2.2:5000"],
        "registry.example.org:5000": ["https://copy.example.org"],
      }),
    );
  });

  it("confine by AppArmor unless told not to, and say so to the script", () => {
    const free = crioConfig({ ...fromArchive, appArmorProfile: "unconfined" });
    expect(renderCrioConf(free)).to.contain('apparmor_profile = "unconfined"');
    expect(crioExpectations(free)).to.contain('crio.runtime|apparmor_profile="unconfined"');
    expect(renderCrioConf(crioConfig(fromArchive))).not.to.contain("apparmor");
  });

  it("survive hostile values", () => {
    const sandboxImage = 'a"b\\c\n[crio]\nx = "y';
    const config = parse(renderCrioConf({ ...crioConfig(fromArchive), sandboxImage })) as {
      crio: { image: { pause_image: string } };
    };
    expect(config.crio.image.pause_image).to.equal(sandboxImage);
  });

  it("are what the script expects of the running daemon", () => {
    expect(crioExpectations(crioConfig(everything, true)).split("\n")).to.deep.equal([
      'crio|storage_driver="btrfs"',
      'crio.runtime|cgroup_manager="cgroupfs"',
      'crio.runtime|default_runtime="crun"',
      "crio.runtime|drop_infra_ctr=false",
      ...["runc", "crun"].flatMap((name) => [
        `crio.runtime.runtimes.${name}|runtime_path="/usr/libexec/crio/${name}"`,
        `crio.runtime.runtimes.${name}|runtime_root="/run/${name}"`,
        `crio.runtime.runtimes.${name}|runtime_type="oci"`,
        ...monitor(name),
      ]),
      'crio.runtime.runtimes.runsc|runtime_path="/usr/local/bin/runsc"',
      'crio.runtime.runtimes.runsc|runtime_root="/run/runsc"',
      'crio.runtime.runtimes.runsc|runtime_type="oci"',
      ...monitor("runsc"),
      'crio.runtime.runtimes.kata|runtime_path="/opt/kata/bin/containerd-shim-kata-v2"',
      'crio.runtime.runtimes.kata|runtime_root="/run/vc"',
      'crio.runtime.runtimes.kata|runtime_type="vm"',
      'crio.runtime.runtimes.kata|runtime_config_path="/opt/kata/share/defaults/kata-containers/configuration.toml"',
      "crio.runtime.runtimes.kata|privileged_without_host_devices=true",
      'crio.image|pause_image="registry.k8s.io/pause:3.9"',
      'crio.image|signature_policy="/etc/crio/policy.json"',
      'crio.image|global_auth_file="/etc/crio/auth.json"',
      'crio.network|network_dir="/etc/cni/net.d"',
      'crio.network|plugin_dirs=["/opt/cni/bin"]',
    ]);
  });
});

function monitor(name: string): string[] {
  return [
    `crio.runtime.runtimes.${name}|monitor_path="/usr/libexec/crio/conmon"`,
    `crio.runtime.runtimes.${name}|monitor_cgroup="pod"`,
    `crio.runtime.runtimes.${name}|monitor_env=["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]`,
  ];
}

describe("CRI-O as a runtime", () => {
  it("hands its script what it needs", () => {
    expect(crio.variables(fromArchive)).to.deep.include({
      SOURCE: "release",
      REPOSITORIES: "",
      PROGRAM: "/opt/hardway/cri-o/current/cri-o/bin/crio",
      HANDLERS: "runc - runc -",
      DEVICES: "",
      SOCKET: "/var/run/crio/crio.sock",
      FILES: [
        "0644 /etc/crio/crio.conf.d/99-hardway.conf",
        "0644 /etc/crio/policy.json",
        "0644 /etc/containers/registries.conf.d/99-hardway.conf",
        "0644 /etc/systemd/system/crio.service",
      ].join("\n"),
    });
    expect(crio.variables(everything)).to.deep.include({
      PROGRAM: "crio",
      HANDLERS: [
        "runc - /usr/libexec/crio/runc -",
        "crun - /usr/libexec/crio/crun -",
        "runsc - /usr/local/bin/runsc -",
        "kata - /opt/kata/bin/containerd-shim-kata-v2 /opt/kata/share/defaults/kata-containers/configuration.toml",
      ].join("\n"),
      DEVICES: "/dev/kvm",
      MODULES: "vhost vhost_net vhost_vsock",
    });
  });

  it("takes from the mirror what its packages do not have", () => {
    const lines = crio.variables(everything)["ARTIFACTS"]!.split("\n");
    expect(lines.map((line) => line.split(" ").slice(0, 3).join(" "))).to.deep.equal([
      ...["amd64 runsc 20260622.0", "arm64 runsc 20260622.0", "amd64 kata 3.32.0", "arm64 kata 3.32.0"],
    ]);
    expect(lines[0]).to.match(/ http:\/\/10\.0\.2\.2:4600\/storage\.googleapis\.com\/gvisor\/\S+\/x86_64\/runsc$/);
    expect(settingProblems(crio, { ...everything, runtimeMirror: "" }).map(({ rule }) => rule)).to.deep.equal([
      "cannot have runsc with source \"repository\": Debian's package starts no pods, since it takes a pod's network " +
        "namespace for the host's, and lacks gVisor's shim. Name a mirror that has it as runtimeMirror, or use source " +
        '"release" or "mirror"',
      'cannot have kata with source "repository": no package brings it. Name a mirror that has it as runtimeMirror, or use ' +
        'source "release" or "mirror"',
    ]);
  });

  it("keeps logins out of its variables and in a file of root's", () => {
    const credentials = { "docker.io": { username: "me", password: "hunter2" } };
    const encoded = Buffer.from("me:hunter2").toString("base64");
    const secrets = crio.secrets?.(fromArchive, credentials) ?? {};
    expect(secrets["FILES"]?.split("\n")[3]).to.equal("0600 /etc/crio/auth.json");
    expect(secrets["FILE_4"]).to.contain(encoded);
    expect(secrets["EXPECTED"]).to.contain('crio.image|global_auth_file="/etc/crio/auth.json"');
    expect(JSON.stringify(crio.variables(fromArchive))).to.not.contain("auth");
  });

  it("says everything that it cannot do", () => {
    const problems = settingProblems(
      crio,
      settingsWith({ snapshotter: "devmapper", seccompProfile: "runtime/default" }),
    );
    expect(problems.map(({ setting, rule }) => `${setting} ${rule}`)).to.deep.equal([
      "runtimeSource must be one of release, mirror, repository with runtime crio",
      "snapshotter must be one of overlayfs, btrfs, zfs with runtime crio: containers/storage has no such driver",
      "seccompProfile must be unconfined: CRI-O filters no container that names no profile. A kubelet can name one for all its pods: seccompDefault",
    ]);
    expect(settingProblems(crio, fromArchive, true)).to.deep.equal([]);
    expect(settingProblems(crio, everything)).to.deep.equal([]);
  });

  it("takes its archive from the lock file, a mirror, or where the user has it", () => {
    const { amd64, arm64 } = releases["cri-o"].versions["1.36.3"]!;
    const released = settingsWith({ runtimeSource: "release", runtimeVersion: "1.36.3", handlers: ["runc", "runsc"] });
    const own = { ...criDockerdArtifact, name: "cri-o", version: "1.99.0", url: "https://me.example/c.tgz" } as const;
    const cases: [Partial<typeof released>, string][] = [
      [
        {},
        `amd64 cri-o 1.36.3 tar.gz ${amd64} https://storage.googleapis.com/cri-o/artifacts/cri-o.amd64.v1.36.3.tar.gz`,
      ],
      [
        { runtimeSource: "mirror", runtimeMirror: "http://10.0.2.2:8080/" },
        `amd64 cri-o 1.36.3 tar.gz ${amd64} http://10.0.2.2:8080/storage.googleapis.com/cri-o/artifacts/cri-o.amd64.v1.36.3.tar.gz`,
      ],
      [{ runtimeArtifacts: [own], runtimeVersion: "" }, `amd64 cri-o 1.99.0 tar.gz ${own.sha256} ${own.url}`],
    ];
    for (const [change, line] of cases)
      expect(crio.variables({ ...released, ...change })["ARTIFACTS"]!.split("\n")[0]).to.equal(line);
    const lines = crio.variables(released)["ARTIFACTS"]!.split("\n");
    expect(lines[1]).to.contain(`arm64 cri-o 1.36.3 tar.gz ${arm64} `);
    expect(lines.slice(2).map((line) => line.split(" ", 2).join(" "))).to.deep.equal(["amd64 runsc", "arm64 runsc"]);
    const [problem] = settingProblems(crio, { ...released, runtimeVersion: "1.2.3" });
    expect(problem?.setting).to.equal("runtimeVersion");
    expect(problem?.rule).to.match(
      /^cannot be had: There is no checksum for cri-o 1\.2\.3 on amd64; there are 1\.36\.3, /,
    );
  });

  it("refuses artifacts that are not held to a checksum", () => {
    const runtimeArtifacts = [{ ...criDockerdArtifact, url: "ftp://example.org/x", sha256: "ABC" }];
    expect(settingProblems(crio, settingsWith({ runtimeSource: "release", runtimeArtifacts }))).to.deep.equal([
      {
        setting: "runtimeArtifacts",
        rule: "must have addresses that begin with https:// or http://",
        got: "ftp://example.org/x",
      },
      {
        setting: "runtimeArtifacts",
        rule: "must have the SHA-256 of ftp://example.org/x, 64 digits of 0-9 and a-f",
        got: "ABC",
      },
    ]);
  });
});
