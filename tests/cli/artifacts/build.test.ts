import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { literal } from "../../../components/literal";
import { buildMirror, copyMirror, type BuildOptions } from "../../../cli/artifacts/build";
import { builtArtifacts, readMirrorSums, sha256 } from "../../../cli/artifacts/built";
import { buildNames, recipes } from "../../../cli/artifacts/recipes";
import { mirrorDirectory } from "../../../cloud/daemon/MirrorServer";
import { artifact } from "../../../components/node/runtime/artifacts/artifact";
import { parseSums } from "../../../components/node/runtime/artifacts/sums";
import { failureOf, RecordedReport, script, temporaryFolder } from "../support";

const containerd = "github.com/containerd/containerd/releases/download/v2.3.7/containerd-2.3.7-linux-amd64.tar.gz";
const runc = "github.com/opencontainers/runc/releases/download/v1.5.2/runc.amd64";
const plugins = "github.com/containernetworking/plugins/releases/download/v1.9.1/cni-plugins-linux-amd64-v1.9.1.tgz";

describe("building the mirror", () => {
  const folder = temporaryFolder();
  const cache = () => join(folder(), "cache");
  const mirror = (path: string) => join(mirrorDirectory(cache()), path);
  const calls = () => readFileSync(join(folder(), "calls"), "utf8").trim().split("\n");
  const options = (more: Partial<BuildOptions> = {}): BuildOptions => ({
    ...{ cache: cache(), path: folder(), arch: "amd64", packages: [], report: new RecordedReport() },
    ...more,
  });

  /** A `go` that makes one small program for each package, or does what it is told. */
  function fakeGo(build = ""): void {
    script(
      join(folder(), "go"),
      `case "$1" in
env) echo go1.26.8 ;;
list) echo "go: downloading example.com/a v1.0.0" >&2; printf 'a\\nb\\n' ;;
mod) mkdir -p "${folder()}/source/$4"; printf '{"Dir":"%s"}' "${folder()}/source/$4" ;;
build) echo "cgo=$CGO_ENABLED $*" >>${folder()}/calls; pwd >>${folder()}/folders
${build}
while [ "$1" != -o ]; do shift; done; out=$2; shift 2
case $out in */) for package; do echo "$package" >"$out\${package##*/}"; done ;; *) echo "$1" >"$out" ;; esac ;;
esac`,
    );
  }
  beforeEach(() => fakeGo());

  it("makes upstream's archives at upstream's paths, with their checksums", async () => {
    const report = new RecordedReport();
    const built = await buildMirror(options({ report }));
    expect(built.map(({ name, version, arch, file }) => [name, version, arch, file])).to.deep.equal([
      ["containerd", "2.3.7", "amd64", mirror(containerd)],
      ["runc", "1.5.2", "amd64", mirror(runc)],
      ["cni-plugins", "1.9.1", "amd64", mirror(plugins)],
    ]);
    const list = (file: string) =>
      execFileSync("tar", ["-tzf", mirror(file)], { encoding: "utf8" })
        .trim()
        .split("\n");
    expect(list(containerd)).to.deep.equal(["bin/", "bin/containerd", "bin/containerd-shim-runc-v2", "bin/ctr"]);
    expect(list(plugins)).to.include.members(["bridge", "host-local", "loopback", "portmap"]).and.have.length(18);
    expect(readFileSync(mirror(runc), "utf8")).to.equal("github.com/opencontainers/runc\n");
    expect(readMirrorSums(cache())).to.equal(
      [containerd, plugins, runc].map((path) => `${sha256(readFileSync(mirror(path)))}  ${path}\n`).join(""),
    );
    expect(report.lines).to.include("building containerd 2.3.7 from Go modules, once; this takes some minutes");
    expect(report.lines.at(-1)).to.equal("= containerd 2.3.7, runc 1.5.2, cni-plugins 1.9.1");
    expect(calls().map((call) => call.slice(0, 5))).to.deep.equal(["cgo=1", "cgo=0", "cgo=1", "cgo=0"]);
    expect(calls()[2]).to.contain(
      "-buildmode=pie -tags seccomp,urfave_cli_no_docs,netgo,osusergo -ldflags -s -w -buildid= -linkmode external",
    );
  });

  const gVisor = (file: string) => `storage.googleapis.com/gvisor/releases/release/20260905.0/x86_64/${file}`;

  it("builds what is asked for, and keeps what is there", async () => {
    await buildMirror(options({ recipes: recipes(["runc"]) }));
    rmSync(join(folder(), "calls"));
    const report = new RecordedReport();
    await buildMirror(options({ report, recipes: recipes(["runsc"]) }));
    expect(calls().map((call) => call.replace(/ -ldflags.* -o \S*\//, " -o "))).to.deep.equal([
      "cgo=0 build -v -trimpath -buildvcs=false -mod=readonly -o  gvisor.dev/gvisor/runsc",
      "cgo=0 build -v -trimpath -buildvcs=false -mod=readonly -o containerd-shim-runsc-v1 gvisor.dev/gvisor/shim",
    ]);
    expect(calls()[0]).to.contain(" -X gvisor.dev/gvisor/runsc/version.version=20260905.0 ");
    expect(readFileSync(mirror(gVisor("runsc")), "utf8")).to.equal("gvisor.dev/gvisor/runsc\n");
    expect(readFileSync(mirror(gVisor("containerd-shim-runsc-v1")), "utf8")).to.equal("gvisor.dev/gvisor/shim\n");
    expect(parseSums(readMirrorSums(cache())!).map(({ path }) => path)).to.deep.equal([
      runc,
      gVisor("containerd-shim-runsc-v1"),
      gVisor("runsc"),
    ]);
    expect(report.lines.at(-1)).to.equal("= runc 1.5.2, runsc 20260905.0, containerd-shim-runsc-v1 20260905.0");

    rmSync(mirror(runc));
    rmSync(mirror(gVisor("runsc")));
    await buildMirror(options({ recipes: recipes(["runsc"]) }));
    expect(readMirrorSums(cache()), "what was removed is on the list no more").to.not.contain("runc.amd64");
  });

  it("builds the programs of one module at once, as far as they are missing", async () => {
    const wanted = recipes(["kubernetes", "crictl"]);
    await buildMirror(options({ recipes: wanted }));
    const packages = () => calls().map((call) => call.split(" ").filter((word) => /\/cmd\//.test(word)));
    const programs = wanted.slice(0, -1).map(({ name }) => name);
    const all = programs.map((name) => `k8s.io/kubernetes/cmd/${name}`);
    expect(packages()).to.deep.equal([all, ["sigs.k8s.io/cri-tools/cmd/crictl"]]);
    const path = (name: string) => mirror(`dl.k8s.io/release/v${wanted[0]!.version}/bin/linux/amd64/${name}`);
    for (const name of programs) expect(readFileSync(path(name), "utf8")).to.equal(`k8s.io/kubernetes/cmd/${name}\n`);
    rmSync(path("kubelet"));
    rmSync(path("kubectl"));
    await buildMirror(options({ recipes: wanted }));
    expect(packages()[2]).to.deep.equal(["k8s.io/kubernetes/cmd/kubelet", "k8s.io/kubernetes/cmd/kubectl"]);
  });

  it("packs a program as an image that every runtime imports by its name", async () => {
    await buildMirror(options({ recipes: recipes(["coredns"]) }));
    const path = mirror("hardway.local/images/coredns-1.14.6-linux-amd64.tar");
    expect(calls()[0]).to.match(/^cgo=0 build .* -tags grpcnotrace .* -o \S*\/coredns github\.com\/coredns\/coredns$/);
    const read = (name: string) => execFileSync("tar", ["-xOf", path, name], { encoding: "utf8" });
    const [image] = JSON.parse(read("manifest.json")) as { Config: string; RepoTags: string[]; Layers: string[] }[];
    expect(image?.RepoTags).to.deep.equal(["hardway.local/coredns:1.14.6"]);
    expect(image?.Layers).to.have.length(1);
    const layer = read(image?.Layers[0] ?? "");
    expect(execFileSync("tar", ["-tv"], { input: layer, encoding: "utf8" })).to.match(
      /^-rwxr-xr-x root\/root .* coredns\n$/,
    );
    expect(JSON.parse(read(image?.Config ?? ""))).to.deep.equal({
      ...{ architecture: "amd64", os: "linux", config: { Entrypoint: ["/coredns"], WorkingDir: "/" } },
      rootfs: { type: "layers", diff_ids: [`sha256:${sha256(layer)}`] },
    });
  });

  it("builds a module with replacements in its own source, by the hash that ours has of it", async () => {
    await buildMirror(options({ recipes: recipes(["cri-dockerd"]) }));
    const path = mirror("github.com/Mirantis/cri-dockerd/releases/download/v0.4.0/cri-dockerd-0.4.0.amd64.tgz");
    expect(execFileSync("tar", ["-tzf", path], { encoding: "utf8" })).to.equal(
      "cri-dockerd/\ncri-dockerd/cri-dockerd\n",
    );
    expect(readFileSync(join(folder(), "folders"), "utf8")).to.equal(
      `${join(folder(), "source/github.com/Mirantis/cri-dockerd")}\n`,
    );
    const version = "-X github.com/Mirantis/cri-dockerd/cmd/version.Version=0.4.0";
    expect(calls()).to.have.length(1);
    expect(calls()[0])
      .to.match(/^cgo=0 build .* -mod=readonly /)
      .and.contain(` ${version} `);
  });

  it("builds what is in C from the same source", async () => {
    script(
      join(folder(), "gcc"),
      `echo "$(pwd) $*" >>${folder()}/calls; while [ "$1" != -o ]; do shift; done; echo C >"$2"`,
    );
    await buildMirror(options({ recipes: recipes(["cri-o"]) }));
    const path = mirror("storage.googleapis.com/cri-o/artifacts/cri-o.amd64.v1.34.0.tar.gz");
    expect(execFileSync("tar", ["-tzf", path], { encoding: "utf8" })).to.equal(
      "cri-o/\ncri-o/bin/\ncri-o/bin/crio\ncri-o/bin/pinns\n",
    );
    expect(calls()).to.have.length(2);
    expect(calls()[0]).to.match(/^cgo=1 build .* -extldflags -static -o \S*\/ github\.com\/cri-o\/cri-o\/cmd\/crio$/);
    expect(calls()[1]).to.match(
      /^\S*\/source\/github\.com\/cri-o\/cri-o .* -static .* pinns\/src\/pinns\.c pinns\/src\/sysctl\.c$/,
    );

    script(join(folder(), "gcc"), 'echo "no such file" >&2; exit 1');
    rmSync(path);
    const error = await failureOf(() => buildMirror(options({ recipes: recipes(["cri-o"]) })));
    expect(error.message).to.equal("cri-o 1.34.0 could not be built: compiling failed: no such file");
  });

  for (const { name, module, version, moduleDirectory } of recipes(buildNames)) {
    it(`holds the source of ${name} to a hash`, () => {
      const [go, sum] = ["go.mod", "go.sum"].map((file) => readFileSync(join(moduleDirectory, file), "utf8"));
      const wanted = go!
        .split("\n")
        .find((line) => line.startsWith(`require ${module} v`))!
        .split(" ")[2]!;
      if (!name.includes("runsc")) expect(wanted).to.equal(`v${version}`);
      for (const part of [wanted, `${wanted}/go.mod`])
        expect(sum).to.match(new RegExp(`^${module} ${literal(part)} h1:[\\w+/]{43}=$`, "m"));
    });
  }

  it("gives a node of a mirror what was built for it, in the one version there is", async () => {
    await buildMirror(options({ recipes: recipes(["runsc"]) }));
    const sources = { mirror: "http://m", sums: readMirrorSums(cache())! };
    for (const name of ["runsc", "containerd-shim-runsc-v1"] as const)
      expect(artifact(name, "20260905.0", "amd64", sources)).to.deep.include({
        ...{ version: "20260905.0", url: `http://m/${gVisor(name)}`, form: "binary", program: name },
        digest: sha256(readFileSync(mirror(gVisor(name)))),
      });
    expect(() => artifact("runsc", "20260622.0", "amd64", sources)).to.throw("there are 20260905.0.");
  });

  it("gives a plan the checksums of what it built", async () => {
    await buildMirror(options());
    const sums = readMirrorSums(cache())!;
    expect(artifact("containerd", "", "amd64", { mirror: "http://m", sums })).to.deep.include({
      version: "2.3.7",
      url: `http://m/${containerd}`,
      digest: sha256(readFileSync(mirror(containerd))),
    });
  });

  it("builds nothing again, but what is missing, spoilt or pinned otherwise", async () => {
    await buildMirror(options());
    const sums = readMirrorSums(cache());
    rmSync(join(folder(), "calls"));
    const report = new RecordedReport();
    await buildMirror(options({ report }));
    expect(existsSync(join(folder(), "calls"))).to.equal(false);
    expect(report.lines).to.have.length(1);

    rmSync(mirror(runc));
    writeFileSync(mirror(plugins), "spoilt");
    await buildMirror(options());
    expect(calls()).to.have.length(2);
    expect(readMirrorSums(cache())).to.equal(sums);

    const other = recipes().map((recipe) => ({
      ...recipe,
      version: recipe.name === "runc" ? "1.5.3" : recipe.version,
    }));
    await buildMirror(options({ recipes: other }));
    expect(calls()).to.have.length(3);
    expect(existsSync(mirror(runc)), "what is not wanted any more is gone").to.equal(false);
    expect(readMirrorSums(cache())).to.contain("v1.5.3/runc.amd64").and.not.contain("v1.5.2");
  });

  it("says what could not be built, and keeps what could", async () => {
    fakeGo('case "$*" in *runc*pie*|*pie*runc*) echo "ld: out of memory" >&2; exit 1 ;; esac');
    const error = await failureOf(() => buildMirror(options()));
    expect(error.message).to.equal("runc 1.5.2 could not be built: compiling failed: ld: out of memory");
    expect(error).to.have.property("exitCode", 69);
    expect(existsSync(mirror(runc))).to.equal(false);
    expect(builtArtifacts(mirrorDirectory(cache()), readMirrorSums(cache())!).map(({ name }) => name)).to.deep.equal([
      "containerd",
    ]);
    expect(readdirSync(join(cache(), "artifacts")).filter((name) => name.startsWith(".part-"))).to.deep.equal([]);
    fakeGo();
    rmSync(join(folder(), "calls"));
    await buildMirror(options());
    expect(calls(), "goes on where it ended").to.have.length(2);
  });

  it("can be interrupted, and tidies up after a killed run", async () => {
    const controller = new AbortController();
    fakeGo("sleep 60");
    const report = new RecordedReport();
    const started = Date.now();
    const running = failureOf(() => buildMirror(options({ report, signal: controller.signal })));
    setTimeout(() => controller.abort(), 300);
    expect((await running).name).to.equal("InterruptedError");
    expect(Date.now() - started).to.be.lessThan(10_000);
    mkdirSync(join(cache(), "artifacts", ".part-killed"));
    fakeGo();
    await buildMirror(options());
    expect(readdirSync(join(cache(), "artifacts")).sort()).to.deep.equal(["built.json", "mirror"]);
  });

  it("copies the mirror to where the user wants it", async () => {
    await buildMirror(options());
    const output = join(folder(), "srv");
    copyMirror(cache(), output);
    expect(execFileSync("sha256sum", ["-c", "SHA256SUMS"], { cwd: output, encoding: "utf8" })).to.match(
      /^(.*: OK\n){3}$/,
    );
  });
});
