import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { useFileServer } from "../support/fileServer";
import { FakeHost, type Run } from "./fakeHost";

const source = (name: string) => readFileSync(join(__dirname, "../../scripts/node", `${name}.sh`), "utf8");
const sha256 = (data: string) => createHash("sha256").update(data).digest("hex");
const image = "hardway.local/coredns:1.14.6";
const sockets = {
  containerd: "/run/containerd/containerd.sock",
  "CRI-O": "/var/run/crio/crio.sock",
  Docker: "unix:///run/cri-dockerd.sock",
};

describe("lib-images.sh", () => {
  const port = useFileServer();
  let host: FakeHost;

  /** A runtime whose images are the lines of a file, behind each of the sockets. */
  beforeEach(() => {
    host = new FakeHost();
    host.write("/var/cache/.keep", "");
    host.write("/images", "");
    symlinkSync(execFileSync("which", ["curl"], { encoding: "utf8" }).trim(), join(host.programs, "curl"));
    symlinkSync(execFileSync("which", ["uname"], { encoding: "utf8" }).trim(), join(host.programs, "uname"));
    host.program(
      "crictl",
      {
        "* inspecti -q *": 'grep -qxF "$5" "$R/images"',
        "* imagefsinfo": `printf '%s\\n' '{"fsId": {' '  "mountpoint": "/var/lib/containers/storage/overlay-images"' '}}'`,
      },
      { "* rmi *": 'grep -vxF "$4" "$R/images" >"$R/left"; mv "$R/left" "$R/images"' },
    );
    const take = `echo ${image} >>"$R/images"`;
    host.program("ctr", {}, { "* images import *": take, "* images label *": "" });
    host.program("skopeo", {}, { "* copy *": take });
    host.program("docker", {}, { "load *": take });
    host.link("/usr/local/bin/crictl", join(host.programs, "crictl"));
  });
  afterEach(() => host.remove());

  const archive = (name: string) => sha256(name).repeat(3125);
  const lines = (name: string) =>
    ["amd64", "arm64"]
      .map((arch) => `${arch} coredns 1.14.6 image ${sha256(archive(name))} http://127.0.0.1:${port()}/good/${name}`)
      .join("\n");
  function own(socket: string, name = "one.tar", wanted = [image], text = "own_images"): Run {
    const libraries = ["lib", "lib-own", "lib-packages", "lib-artifacts", "lib-images"].map(source);
    return host.runText(["set -eu", ...libraries, `begin\n${text}\ndrop_artifacts\nfinish`].join("\n"), {
      ...{ STEP: "test", DOWNLOAD_PAUSE: "0", SOCKET: socket },
      ARTIFACTS: wanted.length === 0 ? "" : lines(name),
      IMAGES: wanted.map((each) => `${each} coredns`).join("\n"),
    });
  }
  const cached = (name: string) => host.path(`/var/cache/hardway/artifacts/${sha256(archive(name))}`);
  const imports = ({ changes }: Run) => changes.map((call) => call.join(" ").replace(host.root, ""));

  const file = () => cached("one.tar").replace(host.root, "");
  const calls: Record<keyof typeof sockets, () => string[]> = {
    containerd: () => [
      `ctr --address ${sockets.containerd} -n k8s.io images import ${cached("one.tar")}`,
      `ctr --address ${sockets.containerd} -n k8s.io images label ${image} io.cri-containerd.pinned=pinned`,
    ],
    "CRI-O": () => [
      `skopeo --insecure-policy copy -q docker-archive:${file()}:${image} ` +
        `containers-storage:[overlay@/var/lib/containers/storage+/run/containers/storage]${image}`,
    ],
    Docker: () => [`docker load -q -i ${file()}`],
  };
  for (const [runtime, socket] of Object.entries(sockets) as [keyof typeof sockets, string][])
    it(`imports an image into ${runtime} once, and again where somebody removed it, and leaves no file behind`, () => {
      const first = own(socket);
      expect(first.stderr).to.equal("");
      expect(imports(first)).to.deep.equal(calls[runtime]());
      expect(first.told).to.include(`importing the image ${image}`);
      expect(first.facts()).to.deep.equal({ changed: true });
      expect(host.exists(file())).to.equal(false);
      expect(own(socket).facts()).to.deep.equal({ changed: false });
      host.write("/images", "");
      expect(imports(own(socket))).to.deep.equal(calls[runtime]());
    });

  it("imports an archive with another content under the same name", () => {
    own(sockets.Docker);
    expect(imports(own(sockets.Docker, "two.tar"))).to.deep.equal([
      `docker load -q -i ${cached("two.tar").replace(host.root, "")}`,
    ]);
  });

  it("takes images away that are not wanted any more, and no others", () => {
    own(sockets.Docker);
    host.write("/images", `${image}\nregistry.example/theirs:1\n`);
    expect(imports(own(sockets.Docker, "one.tar", []))).to.deep.equal([`crictl -r ${sockets.Docker} rmi ${image}`]);
    expect(host.read("/images")).to.equal("registry.example/theirs:1\n");
    expect(own(sockets.Docker, "one.tar", []).facts()).to.deep.equal({ changed: false });
  });

  it("says where it cannot import, and what an import did not bring", () => {
    expect(own("/run/other.sock").stderr).to.contain(
      `cannot import ${image} into the runtime at /run/other.sock; wanted containerd, CRI-O or cri-dockerd`,
    );
    host.program("docker", {}, { "load *": ":" });
    expect(own(sockets.Docker).stderr).to.contain(`does not have the image ${image}, although it was imported`);
    host.program("docker", {}, { "load *": "echo no space >&2; exit 1" });
    expect(own(sockets.Docker).stderr).to.contain("no space\n").and.contain(`cannot import ${image} into the runtime`);
  });
});
