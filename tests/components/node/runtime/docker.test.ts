import { expect } from "chai";
import { docker } from "../../../../components/node/runtime/docker";
import {
  renderCriDockerdService,
  renderCriDockerdSocket,
  renderDaemonJson,
  renderDockerContainerd,
} from "../../../../components/node/runtime/dockerFiles";
import { releases } from "../../../../components/node/runtime/artifacts/lock";
import { mirantis } from "../../../../components/node/runtime/mirantis";
import type { RuntimeSettings } from "../../../../components/node/runtime/runtimeSettings";
import { settingProblems } from "../../../../components/node/runtime/runtimes";
import { expectGolden } from "../../../support/golden";
import { criDockerdArtifact, mirantisRepository, settingsWith } from "./runtimeSettings";

const plain = settingsWith({ runtimeArtifacts: [criDockerdArtifact] });

describe("Docker's files", () => {
  it("are these by default", () => {
    const variables = docker.variables(plain);
    expectGolden("docker/daemon.json", variables["FILE_1"] ?? "");
    expectGolden("docker/cri-docker.service", variables["FILE_2"] ?? "");
    expectGolden("docker/cri-docker.socket", variables["FILE_3"] ?? "");
    expect(variables["FILES"]?.split("\n")).to.deep.equal([
      "0644 /etc/docker/daemon.json",
      "0644 /etc/systemd/system/cri-docker.service",
      "0644 /etc/systemd/system/cri-docker.socket",
    ]);
  });

  it("turn containerd's own CRI off, in the schema of either major version", () => {
    expectGolden("docker/containerd.v2.toml", renderDockerContainerd(2));
    expectGolden("docker/containerd.v3.toml", renderDockerContainerd(3));
  });

  it("have handlers, mirrors, cgroupfs and btrfs", () => {
    const json = renderDaemonJson({
      cgroupDriver: "cgroupfs",
      storageDriver: "btrfs",
      defaultHandler: "crun",
      handlers: { crun: "/usr/bin/crun" },
      registryMirrors: ["https://mirror.example.org"],
    });
    expectGolden("docker/daemon.everything.json", json);
  });

  it("quote what systemd would take for its own", () => {
    const unit = renderCriDockerdService({
      program: "/opt/a b/cri-dockerd",
      sandboxImage: 'x%n$HOME"\\',
      cniBinDir: "/opt/cni/bin",
      cniConfDir: "/etc/cni/net.d",
    });
    expect(unit).to.contain(
      '\nExecStart="/opt/a b/cri-dockerd" --container-runtime-endpoint=fd:// --network-plugin=cni ' +
        "--cni-conf-dir=/etc/cni/net.d --cni-bin-dir=/opt/cni/bin " +
        '"--pod-infra-container-image=x%%n$$HOME\\"\\\\"\n',
    );
    expect(() => renderCriDockerdSocket("/run/a\nExecStartPre=/bin/sh")).to.throw(
      'ListenStream of a systemd unit must be one line; got "/run/a\\nExecStartPre=/bin/sh"',
    );
  });
});

describe("Docker Engine as a runtime", () => {
  it("hands its script what it needs", () => {
    const settings: RuntimeSettings = { ...plain, handlers: ["runc", "crun"], imageArchives: ["/a.tar"] };
    expect(docker.variables(settings)).to.deep.include({
      SOURCE: "distro",
      ENGINE: "docker.io",
      ARTIFACTS: `amd64 cri-dockerd 0.4.3 tar.gz ${criDockerdArtifact.sha256} ${criDockerdArtifact.url}`,
      REPOSITORIES: "",
      CRI_DOCKERD: "/opt/hardway/cri-dockerd/current/cri-dockerd/cri-dockerd",
      HANDLERS: "runc - runc -\ncrun - /usr/bin/crun -",
      PACKAGES: "crun",
      CGROUP_DRIVER: "systemd",
      STORAGE_DRIVER: "overlay2",
      SOCKET: "/run/cri-dockerd.sock",
      IMAGE_ARCHIVES: "/a.tar",
    });
  });

  it("takes cri-dockerd from its project, or from the mirror where one is named", () => {
    const { amd64, arm64 } = releases["cri-dockerd"].versions["0.3.26"]!;
    const path = "github.com/Mirantis/cri-dockerd/releases/download/v0.3.26/cri-dockerd-0.3.26";
    const lines = (base: string) =>
      `amd64 cri-dockerd 0.3.26 tar.gz ${amd64} ${base}/${path}.amd64.tgz\n` +
      `arm64 cri-dockerd 0.3.26 tar.gz ${arm64} ${base}/${path}.arm64.tgz`;
    expect(docker.variables(settingsWith({}))["ARTIFACTS"]).to.equal(lines("https:/"));
    const mirrored = settingsWith({ runtimeMirror: "http://10.0.2.2:4600" });
    expect(settingProblems(docker, mirrored)).to.deep.equal([]);
    expect(docker.variables(mirrored)["ARTIFACTS"]).to.equal(lines("http://10.0.2.2:4600"));
    expect(settingProblems(docker, { ...mirrored, runtimeMirrorSums: "\n" })).to.deep.equal([
      {
        setting: "runtimeMirror",
        rule:
          "cannot be had: There is no checksum for cri-dockerd of any version on amd64. Name the file with its URL and " +
          "SHA-256 in runtimeArtifacts",
      },
    ]);
  });

  it("says everything that it cannot do", () => {
    const problems = settingProblems(
      docker,
      settingsWith({
        handlers: ["runc", "runsc", "kata"],
        snapshotter: "devmapper",
        registryMirrors: { "docker.io": ["https://a.example"], "quay.io": ["https://b.example"] },
        seccompProfile: "runtime/default",
        appArmorProfile: "unconfined",
      }),
      true,
    );
    expect(problems.map(({ setting, rule }) => `${setting} ${rule}`)).to.deep.equal([
      "handlers must be one of runc, crun with runtime docker: Docker does not tell gVisor which containers are one pod's, nor wait for the pod's network",
      "handlers must be one of runc, crun with runtime docker: Docker does not tell Kata which containers are one pod's, nor wait for the pod's network",
      "snapshotter must be one of overlayfs, btrfs, zfs with runtime docker: Docker has no devicemapper since version 25",
      "registryCredentials must not be set with runtime docker, which takes logins from the kubelet alone",
      "registryMirrors must be of docker.io alone: Docker has no mirrors of other registries",
      "seccompProfile must be unconfined: cri-dockerd filters no container that names no profile. A kubelet can name one for all its pods: seccompDefault",
      "appArmorProfile must be runtime/default: Docker confines every container that does not ask to be unconfined itself",
    ]);
    expect(settingProblems(docker, plain)).to.deep.equal([]);
  });
});

describe("Mirantis Container Runtime", () => {
  const settings = settingsWith({ runtimeSource: "repository", runtimeRepositories: [mirantisRepository] });

  it("is Docker from a repository of the user's", () => {
    const variables = mirantis.variables(settings);
    expect(variables).to.deep.include({
      SOURCE: "repository",
      ENGINE: "docker-ee docker-ee-cli containerd.io",
      ARTIFACTS: "",
      CRI_DOCKERD: "/usr/bin/cri-dockerd",
    });
    expectGolden("docker/mirantis.sources", variables["REPOSITORIES"] ?? "");
    expect(variables["FILE_1"]).to.equal(docker.variables(plain)["FILE_1"]);
    expect(settingProblems(mirantis, settings)).to.deep.equal([]);
  });

  it("takes cri-dockerd from a mirror where one is named", () => {
    const { ARTIFACTS, CRI_DOCKERD } = mirantis.variables({ ...settings, runtimeMirror: "http://10.0.2.2:4600" });
    expect(ARTIFACTS).to.match(
      /^amd64 cri-dockerd 0\.3\.26 tar\.gz [0-9a-f]{64} http:\/\/10\.0\.2\.2:4600\/github\.com\//,
    );
    expect(CRI_DOCKERD).to.equal("/opt/hardway/cri-dockerd/current/cri-dockerd/cri-dockerd");
  });

  it("needs one", () => {
    expect(settingProblems(mirantis, { ...settings, runtimeRepositories: [] })).to.deep.equal([
      { setting: "runtimeRepositories", rule: 'is missing: source "repository" needs one' },
    ]);
    expect(settingProblems(mirantis, plain).map(({ rule }) => rule)).to.deep.equal([
      "must be repository with runtime mirantis",
    ]);
  });

  it("refuses repositories that apt would not take, or that nobody signs", () => {
    const repositories = [
      { url: "repos.mirantis.com", suite: "noble", components: [], key: "0x1234" },
      { ...mirantisRepository, suite: "/" },
    ];
    expect(settingProblems(mirantis, { ...settings, runtimeRepositories: repositories })).to.deep.equal(
      [
        ["must have a url that begins with https:// or http://", "repos.mirantis.com"],
        ["must have components, unless it is a flat one, whose suite ends in a slash", []],
        [
          "must have an ASCII-armored public key, from -----BEGIN PGP PUBLIC KEY BLOCK----- on; gpg --enarmor makes one",
          "0x1234",
        ],
        ["must have no components where the suite ends in a slash (a flat repository)", ["stable-29.4"]],
      ].map(([rule, got]) => ({ setting: "runtimeRepositories", rule, got })),
    );
  });
});
