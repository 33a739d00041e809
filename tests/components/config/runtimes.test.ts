import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { secretKeys } from "../../../components/config/load";
import { parseConfig, type ConfigContext } from "../../../components/config/parse";
import { mirrorPath, type ArtifactName } from "../../../components/node/runtime/artifacts/lock";
import { containerd } from "../../../components/node/runtime/containerd";
import { runtimeDefaults } from "../../../components/node/runtime/runtimes";
import { configProblems } from "../../support/configProblems";
import { criDockerdArtifact, crioRepository } from "../node/runtime/runtimeSettings";

const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG+0URgznktt6L/ECNJLLcgEytVg91TzqsTVifIUnsDG";
const ssh = { host: "192.0.2.1", password: "x", hostKey };
const hosts = [
  { name: "server", role: "controller", address: "10.240.0.10", ssh },
  { name: "node-0", role: "worker", address: "10.240.0.80", ssh },
  { name: "node-1", role: "worker", address: "10.240.0.81", ssh },
];

const parse = (values: object) => parseConfig({ target: "hosts", hosts, ...values }, { directory: "/" });
const problems = (values: object) => configProblems(() => parse(values));

describe("runtimes of a configuration", () => {
  it("are containerd, runc and overlayfs on every worker by default", () => {
    const node = { kind: "containerd", settings: runtimeDefaults };
    expect(parse({}).runtimes).to.deep.equal({ "node-0": node, "node-1": node });
    expect(parse({ target: "aws", hosts: [], workers: 1 }).runtimes).to.deep.equal({ "node-0": node });
  });

  it("can differ by worker", () => {
    const { runtimes } = parse({
      handlers: ["crun", "runc"],
      cgroupDriver: "cgroupfs",
      snapshotter: "devmapper",
      snapshotterDevice: "/dev/vdb",
      nodes: {
        "node-1": {
          handlers: ["runc", "runsc"],
          defaultHandler: "runsc",
          runtimeSource: "release",
          snapshotter: "btrfs",
          snapshotterDevice: "",
        },
      },
    });
    expect(runtimes["node-0"]).to.deep.equal({
      kind: "containerd",
      settings: {
        ...runtimeDefaults,
        handlers: ["crun", "runc"],
        defaultHandler: "crun",
        cgroupDriver: "cgroupfs",
        snapshotter: "devmapper",
      },
      store: { device: "/dev/vdb", sizeGiB: 8 },
    });
    expect(runtimes["node-1"]).to.deep.equal({
      kind: "containerd",
      settings: {
        ...runtimeDefaults,
        runtimeSource: "release",
        handlers: ["runc", "runsc"],
        defaultHandler: "runsc",
        cgroupDriver: "cgroupfs",
        snapshotter: "btrfs",
      },
      store: { device: "", sizeGiB: 8 },
    });
  });

  it("can be another runtime on each worker, with programs from where the user has them", () => {
    const { runtimes } = parse({
      runtime: "crio",
      runtimeSource: "repository",
      runtimeRepositories: [crioRepository],
      nodes: {
        "node-1": {
          runtime: "docker",
          runtimeSource: "distro",
          runtimeRepositories: [],
          runtimeArtifacts: [criDockerdArtifact],
        },
      },
    });
    expect(runtimes).to.deep.equal({
      "node-0": {
        kind: "crio",
        settings: { ...runtimeDefaults, runtimeSource: "repository", runtimeRepositories: [crioRepository] },
      },
      "node-1": { kind: "docker", settings: { ...runtimeDefaults, runtimeArtifacts: [criDockerdArtifact] } },
    });
    expect(
      problems({
        runtime: "mirantis",
        runtimeArtifacts: [{ ...criDockerdArtifact, sha256: "0".repeat(63), sha512: "" }],
        nodes: { "node-1": { runtimeRepositories: [{ ...crioRepository, suite: "a b" }] } },
      }),
    ).to.deep.equal([
      `hardway:runtimeArtifacts[0].sha256 must be a SHA-256: 64 of 0-9 and a-f; got "${"0".repeat(63)}"`,
      "hardway:runtimeArtifacts[0].sha512 is not a known key",
      'hardway:nodes.node-1.runtimeRepositories[0].suite must be one word; got "a b"',
    ]);
  });

  it("are refused with everything that cannot be, each once", () => {
    expect(
      problems({
        runtimeVersion: "2.2.0",
        runtimeMirrorSums: "/dev/null",
        handlers: ["crun", "kata", "crun"],
        defaultHandler: "runc",
        snapshotterDevice: "/dev/vdb",
        nodes: { "node-1": { snapshotter: "btrfs", handlers: ["kata"], defaultHandler: "" }, "node-l": {}, server: {} },
      }),
    ).to.deep.equal([
      'hardway:runtimeVersion must not be set with source "distro": the distribution decides; got "2.2.0"',
      'hardway:handlers cannot have kata with source "distro": no package brings it. Name a mirror that has it as runtimeMirror, or use source "release" or "mirror"',
      'hardway:defaultHandler must be one of handlers (crun, kata, crun); got "runc"',
      'hardway:handlers[2] is there twice; got "crun"',
      'hardway:snapshotterDevice is of no use: snapshotter overlayfs needs no device of its own; got "/dev/vdb"',
      'hardway:nodes.node-l is not a worker of this lab (did you mean "node-0"?); there are node-0, node-1',
      "hardway:nodes.server is not a worker of this lab; there are node-0, node-1",
    ]);
  });

  it("name the worker whose own values cannot be", () => {
    expect(
      problems({ nodes: { "node-1": { handlers: ["kata"], runtimeSource: "mirror", defaultHandler: "runsc" } } }),
    ).to.deep.equal([
      'hardway:nodes.node-1.runtimeMirror is missing: source "mirror" needs its base URL',
      'hardway:nodes.node-1.defaultHandler must be one of handlers (kata); got "runsc"',
    ]);
  });

  it("are spelled as the schema has them", () => {
    expect(
      problems({
        runtime: "containrd",
        handlers: ["run"],
        snapshotter: "btrf",
        runtimeMirror: "mirror.example",
        runtimeVersion: "latest",
        snapshotterDevice: "vdb",
        registryMirrors: { "../../etc": ["https://a.example"], "docker.io": ["ftp://b.example"] },
        registryCredentials: { "a.example": { usernam: "x", password: "canary" } },
        nodes: { "node-0": { handelrs: ["crun"], cgroupDriver: "systemdd" } },
      }),
    ).to.deep.equal([
      'hardway:runtime must be one of "containerd", "crio", "docker", "mirantis" (did you mean "containerd"?); got "containrd"',
      'hardway:runtimeVersion must be a version such as 2.2.0; got "latest"',
      'hardway:runtimeMirror must be a URL that begins with https:// or http://; got "mirror.example"',
      'hardway:handlers[0] must be one of "runc", "crun", "runsc", "kata" (did you mean "runc"?); got "run"',
      'hardway:snapshotter must be one of "overlayfs", "btrfs", "zfs", "devmapper" (did you mean "btrfs"?); got "btrf"',
      'hardway:snapshotterDevice must be a block device such as /dev/vdb; got "vdb"',
      "hardway:registryMirrors.../../etc must be a registry's host such as docker.io or registry.example:5000",
      'hardway:registryMirrors.docker.io[0] must be a URL that begins with https:// or http://; got "ftp://b.example"',
      "hardway:registryCredentials.a.example.username is missing",
      'hardway:registryCredentials.a.example.usernam is not a known key (did you mean "username"?)',
      'hardway:nodes.node-0.cgroupDriver must be one of "systemd", "cgroupfs" (did you mean "systemd"?); got "systemdd"',
      'hardway:nodes.node-0.handelrs is not a known key (did you mean "handlers"?)',
    ]);
  });

  it("are refused without showing a login", () => {
    const canary = "canary-secret";
    const found = [
      ...problems({ registryCredentials: { "a.example": { username: canary, password: [canary] } } }),
      ...problems({ registryCredentials: { "a.example": canary } }),
      ...problems({ registryCredentials: { "a.example": { username: "u", password: canary, typo: canary } } }),
      ...problems({ registryCredentials: canary }),
    ];
    expect(found).to.have.length(4);
    expect(found.join("\n")).not.to.contain(canary);
  });

  it("take logins only as secrets", () => {
    const values = { registryCredentials: { "a.example": { username: "me", password: "canary-secret" } } };
    const parseWith = (keys: string, own: object) => () =>
      parseConfig(
        { target: "hosts", hosts, ...own },
        { directory: "/", isSecret: secretKeys({ PULUMI_CONFIG_SECRET_KEYS: keys }) },
      );
    for (const keys of ["", "[]", '["hardway:hosts","registryCredentials"]'])
      expect(configProblems(parseWith(keys, values))).to.deep.equal([
        "hardway:registryCredentials must be secret, or the passwords stand in the stack's file as they are: remove it " +
          "(pulumi config rm registryCredentials), change the passwords where that file was shared, and set each with pulumi " +
          `config set --secret --path 'registryCredentials["docker.io"].password'`,
      ]);
    expect(configProblems(parseWith('["hardway:registryCredentials"]', values))).to.deep.equal([]);
    expect(configProblems(parseWith("[]", {}))).to.deep.equal([]);
  });

  describe("with release files", () => {
    let folder: string;
    beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "hardway-sums-"))));
    afterEach(() => rmSync(folder, { recursive: true }));
    const line = (digest: string, name: ArtifactName, version: string) =>
      `${digest.repeat(64)}  ${mirrorPath(name, version, "amd64")}\n`;
    const sums = line("a", "containerd", "2.9.1") + line("b", "runc", "1.9.2") + line("c", "cni-plugins", "1.9.3");
    const write = (text = sums) => writeFileSync(join(folder, "SHA256SUMS"), text);
    const values = { runtimeSource: "mirror", runtimeMirror: "https://mirror.example" };
    const settingsOf = (own: Record<string, unknown>, more: Partial<ConfigContext> = {}) =>
      parseConfig({ target: "hosts", hosts, ...own }, { directory: folder, ...more }).runtimes["node-0"]!.settings;

    it("take the newest of the lock file, or what is asked for", () => {
      for (const [runtimeVersion, version] of [
        ["", "2.3.4"],
        ["2.2.7", "2.2.7"],
      ] as const) {
        const variables = containerd.variables(settingsOf({ runtimeSource: "release", runtimeVersion }));
        expect(variables["ARTIFACTS"]!.split("\n").map((text) => text.split(" ").slice(0, 3).join(" "))).to.deep.equal([
          `amd64 containerd ${version}`,
          `arm64 containerd ${version}`,
          "amd64 runc 1.4.3",
          "arm64 runc 1.4.3",
        ]);
        expect(variables["FILE_1"]).to.contain("ExecStart=/usr/local/bin/containerd\n");
      }
    });

    it("come from a mirror by the list of what its owner built", () => {
      write();
      const settings = settingsOf({ ...values, runtimeMirrorSums: "SHA256SUMS" });
      expect(settings.runtimeMirrorSums).to.equal(sums);
      expect(containerd.variables(settings)["ARTIFACTS"]!.split("\n")[0]).to.equal(
        `amd64 containerd 2.9.1 tar.gz ${"a".repeat(64)} https://mirror.example/${mirrorPath("containerd", "2.9.1", "amd64")}`,
      );
    });

    it("come from a mirror where packages do not have them, and only then", () => {
      const own = { runtimeMirror: values.runtimeMirror, handlers: ["runc", "runsc"] };
      const variables = containerd.variables(settingsOf(own));
      expect(variables["ARTIFACTS"]!.split("\n").map((text) => text.replace(/ \S+ \S{128}/, ""))).to.deep.equal(
        ["runsc", "containerd-shim-runsc-v1"].flatMap((name) =>
          ["amd64", "arm64"].map((arch) => {
            const path = mirrorPath(name as ArtifactName, "20260622.0", arch as "amd64");
            return `${arch} ${name} 20260622.0 https://mirror.example/${path}`;
          }),
        ),
      );
      expect(variables).to.include({ SOURCE: "distro", PACKAGES: "runc", FILES: "0644 /etc/containerd/runsc.toml" });
      expect(variables["CONFIG_V2"]).to.contain('runtime_type = "io.containerd.runsc.v1"');
      expect(problems({ handlers: ["runc", "runsc"] })).to.deep.equal([
        'hardway:handlers cannot have runsc with source "distro": Debian\'s package starts no pods, since it takes a ' +
          "pod's network namespace for the host's, and lacks gVisor's shim. Name a mirror that has it as runtimeMirror, or " +
          'use source "release" or "mirror"',
      ]);
      expect(problems({ runtimeSource: "release", runtimeMirror: values.runtimeMirror })).to.deep.equal([
        'hardway:runtimeMirror must not be set with source "release", which takes everything from the projects; got "https://mirror.example"',
      ]);
    });

    it("come from the mirror that the command line serves, where none is named", () => {
      write();
      const defaultMirror = { url: "http://10.0.2.2:4600", sumsFile: join(folder, "SHA256SUMS") };
      expect(settingsOf({ runtimeSource: "mirror" }, { defaultMirror })).to.include({
        runtimeMirror: "http://10.0.2.2:4600",
        runtimeMirrorSums: sums,
      });
      expect(settingsOf(values, { defaultMirror })).to.include({
        runtimeMirror: values.runtimeMirror,
        runtimeMirrorSums: "",
      });
      expect(settingsOf({}, { defaultMirror })).to.include({ runtimeMirror: "", runtimeMirrorSums: "" });
      // What packages do not have.
      write(sums + line("d", "cri-dockerd", "0.9.4"));
      const docker = settingsOf({ runtime: "docker" }, { defaultMirror });
      expect(docker).to.include({ runtimeSource: "distro", runtimeMirror: "http://10.0.2.2:4600" });
    });

    it("are refused without a checksum, all at once", () => {
      write();
      const found = problems({
        ...values,
        runtimeMirrorSums: join(folder, "SHA256SUMS"),
        runtimeVersion: "2.3.4",
        handlers: ["runc", "crun"],
      });
      expect(found).to.deep.equal([
        'hardway:runtimeVersion cannot be had: There is no checksum for containerd 2.3.4 on amd64; there are 2.9.1. Choose one of these, or name the file with its URL and SHA-256 in runtimeArtifacts; got "2.3.4"',
        'hardway:handlers cannot be had: There is no checksum for crun of any version on amd64. Name the file with its URL and SHA-256 in runtimeArtifacts; got "crun"',
      ]);
      expect(problems({ ...values, runtimeMirrorSums: "/none" })[0]).to.match(
        /^hardway:runtimeMirrorSums names a file that cannot be read: ENOENT/,
      );
      expect(problems({ runtimeMirrorSums: join(folder, "SHA256SUMS") })).to.deep.equal([
        "hardway:runtimeMirrorSums is of no use without runtimeMirror",
      ]);
      expect(problems({ runtimeSource: "mirror", runtimeMirror: "https://me:secret@mirror.example/" })[0]).to.match(
        /^hardway:runtimeMirror must not have a user or password in it/,
      );
    });

    it("can be named one by one", () => {
      const runtimeArtifacts = [
        {
          name: "containerd",
          version: "2.9.9",
          arch: "amd64",
          url: "https://me.example/c.tgz",
          sha256: "d".repeat(64),
        },
      ];
      const settings = settingsOf({ runtimeSource: "release", runtimeVersion: "2.9.9", runtimeArtifacts });
      expect(containerd.variables(settings)["ARTIFACTS"]).to.match(
        new RegExp(`^amd64 containerd 2\\.9\\.9 tar\\.gz ${"d".repeat(64)} https://me\\.example/c\\.tgz\n`),
      );
      expect(problems({ runtimeArtifacts: [{ ...runtimeArtifacts[0], sha256: "abc" }] })[0]).to.contain(
        "hardway:runtimeArtifacts[0].sha256 must be a SHA-256: 64 of 0-9 and a-f",
      );
    });
  });
});
