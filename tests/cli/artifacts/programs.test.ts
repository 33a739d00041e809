import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { builtArtifacts, readMirrorSums, sha256, type BuiltArtifact } from "../../../cli/artifacts/built";
import { cacheDirectory } from "../../../cli/paths";
import { mirrorDirectory } from "../../../cloud/daemon/MirrorServer";

import { temporaryFolder } from "../support";

/** Building takes minutes, so these are for what `hardway artifacts build` has made here already. */
describe("the programs that were built", () => {
  const folder = temporaryFolder();
  const cache = cacheDirectory();
  const built = builtArtifacts(mirrorDirectory(cache), readMirrorSums(cache) ?? "");

  function found(context: Mocha.Context, name: string): BuiltArtifact {
    const artifact = built.find((entry) => entry.name === name);
    if (artifact === undefined) context.skip();
    expect(sha256(readFileSync(artifact.file))).to.equal(artifact.sha256);
    return artifact;
  }
  const unpack = ({ file }: BuiltArtifact) => execFileSync("tar", ["-xzf", file, "-C", folder()]);
  const run = (program: string, ...args: string[]) =>
    execFileSync(join(folder(), program), args, { encoding: "utf8", env: {} });

  /** Whether a program asks for no dynamic loader: it has no such program header (elf(5), PT_INTERP). */
  function isStatic(file: string): boolean {
    const elf = readFileSync(file);
    const [start, size, count] = [Number(elf.readBigUInt64LE(32)), elf.readUInt16LE(54), elf.readUInt16LE(56)];
    return Array.from({ length: count }, (_, index) => elf.readUInt32LE(start + index * size)).every(
      (type) => type !== 3,
    );
  }

  it("containerd, its shim and ctr run, and know btrfs", function () {
    const artifact = found(this, "containerd");
    unpack(artifact);
    const { version } = artifact;
    expect(run("bin/containerd", "--version")).to.match(new RegExp(`containerd/v2 v${version} ?\n$`));
    expect(run("bin/ctr", "--version")).to.equal(`ctr github.com/containerd/containerd/v2 v${version}\n`);
    expect(run("bin/containerd-shim-runc-v2", "-v")).to.contain(`Version:  v${version}\n`);
    expect(run("bin/containerd", "config", "default")).to.contain("io.containerd.snapshotter.v1.btrfs");
  });

  it("runc runs and has seccomp", function () {
    const artifact = found(this, "runc");
    copyFileSync(artifact.file, join(folder(), "runc"));
    chmodSync(join(folder(), "runc"), 0o755);
    expect(run("runc", "--version")).to.match(new RegExp(`^runc version ${artifact.version}\n[^]*\nlibseccomp: 2\\.`));
  });

  it("gVisor's programs run, and need nothing of the computer", function () {
    for (const name of ["runsc", "containerd-shim-runsc-v1"]) {
      copyFileSync(found(this, name).file, join(folder(), name));
      chmodSync(join(folder(), name), 0o755);
      expect(isStatic(join(folder(), name)), name).to.equal(true);
    }
    expect(run("runsc", "--version")).to.match(new RegExp(`^runsc version ${found(this, "runsc").version}\n`));
    expect(run("containerd-shim-runsc-v1", "-v")).to.contain("Version: ");
  });

  it("cri-dockerd runs, and needs nothing of the computer", function () {
    const artifact = found(this, "cri-dockerd");
    unpack(artifact);
    const { version } = artifact;
    expect(isStatic(join(folder(), "cri-dockerd/cri-dockerd"))).to.equal(true);
    expect(run("cri-dockerd/cri-dockerd", "--version")).to.equal(`cri-dockerd ${version} (v${version})\n`);
  });

  it("CRI-O and pinns run, and need nothing of the computer", function () {
    const artifact = found(this, "cri-o");
    unpack(artifact);
    for (const name of ["crio", "pinns"]) expect(isStatic(join(folder(), "cri-o/bin", name)), name).to.equal(true);
    const said = run("cri-o/bin/crio", "--version");
    expect(said.split("\n")[0]).to.equal(`crio version ${artifact.version}`);
    expect(said)
      .to.match(/Linkmode: +static\n/)
      .and.match(/SeccompEnabled: +true\n/);
    const { stderr } = spawnSync(join(folder(), "cri-o/bin/pinns"), { encoding: "utf8", env: {} });
    expect(stderr).to.contain("Path for pinning namespaces not specified");
  });

  it("the CNI plugins run and know their version", function () {
    const artifact = found(this, "cni-plugins");
    unpack(artifact);
    const { stderr } = spawnSync(join(folder(), "bridge"), { encoding: "utf8", env: {} });
    expect(stderr).to.match(new RegExp(`^CNI bridge plugin v${artifact.version}\n`));
  });

  it("CoreDNS runs, and needs nothing of the computer", function () {
    const artifact = found(this, "coredns");
    execFileSync("tar", ["-xf", artifact.file, "-C", folder()]);
    const [image] = JSON.parse(readFileSync(join(folder(), "manifest.json"), "utf8")) as { Layers: string[] }[];
    execFileSync("tar", ["-xf", join(folder(), image?.Layers[0] ?? ""), "-C", folder()]);
    expect(isStatic(join(folder(), "coredns"))).to.equal(true);
    const { version } = artifact;
    expect(run("coredns", "-version")).to.match(new RegExp(`^CoreDNS-${version}\n.*, v${version}\n$`));
  });
});
