import { expect } from "chai";
import {
  artifact,
  byVersion,
  knownArtifacts,
  UnknownArtifactError,
} from "../../../../../components/node/runtime/artifacts/artifact";
import { artifactLines, artifactsOfVersion } from "../../../../../components/node/runtime/artifacts/hostArtifacts";
import {
  artifactArchitectures,
  artifactNames,
  mirrorPath,
  releases,
} from "../../../../../components/node/runtime/artifacts/lock";
import { parseSums, renderSums, sumsOf } from "../../../../../components/node/runtime/artifacts/sums";

const mirror = "http://mirror.example/files/";
const digest = (letter: string) => letter.repeat(64);

describe("the lock file", () => {
  for (const name of artifactNames.filter((each) => releases[each].form !== "image")) {
    it(`has a checksum for both architectures of every ${name}`, () => {
      const { versions, source, form, program, url } = releases[name];
      expect(Object.keys(versions)).to.have.length.greaterThan(0);
      for (const [version, digests] of Object.entries(versions)) {
        expect(version).to.match(/^\d+(\.\d+)+$/);
        for (const arch of artifactArchitectures) expect(digests[arch]).to.match(/^([0-9a-f]{64}|[0-9a-f]{128})$/);
        expect(digests.amd64).to.not.equal(digests.arm64);
      }
      expect(url).to.match(/^https:\/\/.*\{version\}/);
      expect(source).to.match(/ at [0-9a-f]{12}, .*checksums/);
      expect(program !== undefined).to.equal(form === "binary");
    });
  }
});

describe("artifact", () => {
  it("has an image only where a mirror built it, since no project has one as a file", () => {
    expect(() => artifact("coredns", "1.14.6", "amd64")).to.throw(
      "There is no checksum for coredns 1.14.6 on amd64. Name",
    );
    const path = mirrorPath("coredns", "1.14.6", "amd64");
    const built = { mirror, sums: renderSums([{ path, digest: digest("a") }]) };
    expect(artifact("coredns", "1.14.6", "amd64", built)).to.deep.equal({
      ...{ name: "coredns", version: "1.14.6", arch: "amd64", form: "image", digest: digest("a") },
      url: `${mirror}hardway.local/images/coredns-1.14.6-linux-amd64.tar`,
    });
  });

  it("gives the file of a release", () => {
    expect(artifact("containerd", "2.3.4", "arm64")).to.deep.equal({
      name: "containerd",
      version: "2.3.4",
      arch: "arm64",
      url: "https://github.com/containerd/containerd/releases/download/v2.3.4/containerd-2.3.4-linux-arm64.tar.gz",
      digest: "a985fbb7e18fc0362d31a055338f5d7b0e087a3e27f14c70d1c5965399a29f95",
      form: "tar.gz",
    });
    expect(artifact("runc", "1.4.3", "amd64")).to.include({
      url: "https://github.com/opencontainers/runc/releases/download/v1.4.3/runc.amd64",
      form: "binary",
      program: "runc",
    });
    expect(artifact("runsc", "20260622.0", "arm64").url).to.equal(
      "https://storage.googleapis.com/gvisor/releases/release/20260622.0/aarch64/runsc",
    );
    expect(artifact("kata", "3.32.0", "amd64").url).to.match(/\/kata-static-3\.32\.0-amd64\.tar\.zst$/);
  });

  it("gives the newest when no version is asked for", () => {
    expect(artifact("containerd", "", "amd64").version).to.equal("2.3.4");
    expect(artifact("cri-o", "", "amd64").version).to.equal("1.36.3");
  });

  it("lists the versions that it knows instead of guessing", () => {
    expect(() => artifact("runc", "9.9.9", "arm64")).to.throw(
      UnknownArtifactError,
      "There is no checksum for runc 9.9.9 on arm64; there are 1.4.3, 1.4.2, 1.3.6, 1.3.5, 1.2.9, 1.2.8. " +
        "Choose one of these, or name the file with its URL and SHA-256 in runtimeArtifacts",
    );
  });

  it("holds a mirror's files to the lock file", () => {
    expect(artifact("runc", "1.4.3", "amd64", { mirror })).to.deep.include({
      url: "http://mirror.example/files/github.com/opencontainers/runc/releases/download/v1.4.3/runc.amd64",
      digest: releases.runc.versions["1.4.3"]!.amd64,
    });
  });

  it("takes what a mirror of one's own lists, and nothing else", () => {
    const sums = renderSums([
      { digest: digest("a"), path: mirrorPath("containerd", "2.3.7", "amd64") },
      { digest: digest("b"), path: mirrorPath("containerd", "2.3.10", "amd64") },
      {
        digest: digest("c"),
        path: "github.com/containerd/containerd/releases/download/v1.0/containerd-2.0-linux-amd64.tar.gz",
      },
    ]);
    expect(knownArtifacts("containerd", "amd64", { mirror, sums }).map(({ version }) => version)).to.deep.equal([
      "2.3.10",
      "2.3.7",
    ]);
    expect(artifact("containerd", "", "amd64", { mirror, sums })).to.include({
      digest: digest("b"),
      url: `${mirror}github.com/containerd/containerd/releases/download/v2.3.10/containerd-2.3.10-linux-amd64.tar.gz`,
    });
    expect(() => artifact("runc", "1.4.3", "amd64", { mirror, sums })).to.throw(
      "There is no checksum for runc 1.4.3 on amd64. Name",
    );
    const twice = renderSums(
      ["a", "b"].map((of) => ({ digest: digest(of), path: mirrorPath("runc", "1.4.3", "amd64") })),
    );
    expect(() => artifact("runc", "9.9.9", "amd64", { mirror, sums: twice })).to.throw("; there are 1.4.3. Choose");
  });

  it("takes what the user names before all else", () => {
    const added = [
      { name: "runc", version: "1.4.3", arch: "amd64", url: "https://me.example/runc", sha256: digest("d") },
      { name: "runc", version: "1.99.0", arch: "amd64", url: "https://me.example/new", sha256: digest("e") },
    ] as const;
    expect(artifact("runc", "1.4.3", "amd64", { added })).to.include({
      url: "https://me.example/runc",
      digest: digest("d"),
    });
    expect(artifact("runc", "", "amd64", { mirror, added })).to.include({
      url: "https://me.example/new",
      program: "runc",
    });
    expect(artifact("runc", "1.4.3", "arm64", { added }).digest).to.equal(releases.runc.versions["1.4.3"]!.arm64);
  });
});

describe("what a host is told", () => {
  it("has a line for every architecture", () => {
    const { amd64, arm64 } = releases.runc.versions["1.3.6"]!;
    const base = "https://github.com/opencontainers/runc/releases/download/v1.3.6/runc";
    expect(artifactLines(artifactsOfVersion("runc", "1.3.6"))).to.equal(
      `amd64 runc 1.3.6 binary:runc ${amd64} ${base}.amd64\narm64 runc 1.3.6 binary:runc ${arm64} ${base}.arm64`,
    );
  });

  it("leaves out an architecture that was not built, and fails when there is none", () => {
    const sums = `${digest("a")}  ${mirrorPath("runc", "1.5.2", "arm64")}\n`;
    expect(artifactsOfVersion("runc", "", { mirror, sums }).map(({ arch }) => arch)).to.deep.equal(["arm64"]);
    expect(() => artifactsOfVersion("containerd", "", { mirror, sums })).to.throw(
      UnknownArtifactError,
      "of any version",
    );
  });
});

describe("SHA256SUMS", () => {
  it("is read as sha256sum does, and written sorted", () => {
    const text = `${digest("a")}  b/c\n${digest("b")} *./a\r\nnonsense\n${digest("C")}  no\n`;
    expect(parseSums(text)).to.deep.equal([
      { digest: digest("a"), path: "b/c" },
      { digest: digest("b"), path: "a" },
    ]);
    expect(renderSums(parseSums(text))).to.equal(`${digest("b")}  a\n${digest("a")}  b/c\n`);
    expect(sumsOf(text, "runc", "amd64")).to.deep.equal([]);
  });
});

describe("versions", () => {
  it("are ordered by number", () => {
    const sorted = ["2.3.10", "1.7.34", "20260622.0", "2.3", "2.3.9"].sort(byVersion);
    expect(sorted).to.deep.equal(["1.7.34", "2.3", "2.3.9", "2.3.10", "20260622.0"]);
  });
});
