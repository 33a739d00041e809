import { expect } from "chai";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { isUsableEngine } from "../../../cli/toolchain/engineVersion";
import { ensureEngine, findEngine } from "../../../cli/toolchain/pulumiEngine";
import { failureOf, RecordedReport, script, temporaryFolder } from "../support";

describe("the version of an engine on PATH", () => {
  const cases: [string, boolean][] = [
    ["3.225.0", true],
    ["3.259.0", true],
    ["3.999.1-dev.1", true],
    ["3.224.9", false],
    ["4.0.0", false],
    ["2.300.0", false],
    ["nonsense", false],
  ];
  for (const [version, usable] of cases) {
    it(`${version} ${usable ? "will do" : "will not do"}`, () => expect(isUsableEngine(version)).to.equal(usable));
  }
});

describe("the engine", () => {
  const folder = temporaryFolder();
  const cache = () => join(folder(), "cache");
  const bin = () => join(folder(), "bin");
  const inCache = () => join(cache(), "toolchain/pulumi-3.259.0");
  beforeEach(() => mkdirSync(bin()));

  const engine = (directory: string, version: string, file = "pulumi") => {
    mkdirSync(directory, { recursive: true });
    return script(join(directory, file), `echo v${version}`);
  };
  /** Tools that the build and the look-up need, without any engine or Go of this machine. */
  const path = () => bin();
  /** A release that nobody serves: its port was free a moment ago. */
  let closed: { baseUrl: string };
  before(async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closed = { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
    await new Promise((resolve) => server.close(resolve));
  });

  /** A `go` that acts like the real one for the calls that the build makes. */
  function fakeGo(build: string, version = "go1.26.1"): void {
    script(
      join(bin(), "go"),
      `case "$1" in
env) echo ${version} ;;
list) echo "go: downloading example.com/a v1.0.0" >&2; printf 'a\\nb\\n' ;;
build) shift; while [ "$1" != -o ]; do shift; done; out=$2; echo example.com/a >&2
${build} ;;
*) exit 9 ;;
esac`,
    );
  }
  const goodBuild = `printf '#!/bin/sh\\necho v3.259.0\\n' > "$out"; /bin/chmod 755 "$out"`;

  it("is built with the flags of this project alone", async () => {
    const before = process.env["GOFLAGS"];
    process.env["GOFLAGS"] = "-overlay=/tmp/other.json -mod=mod";
    try {
      const flags = join(folder(), "flags");
      fakeGo(`printf '%s' "$GOFLAGS" >'${flags}'; ${goodBuild}`);
      await ensureEngine({ cache: cache(), path: path(), report: new RecordedReport(), release: closed });
      expect(readFileSync(flags, "utf8")).to.equal("-mod=readonly");
    } finally {
      if (before === undefined) delete process.env["GOFLAGS"];
      else process.env["GOFLAGS"] = before;
    }
  });

  it("on PATH is used when it is new enough", async () => {
    const file = engine(bin(), "3.230.1");
    expect(await findEngine({ cache: cache(), path: path() })).to.deep.equal({
      path: file,
      directory: bin(),
      version: "3.230.1",
      source: "PATH",
    });
  });

  it("on PATH is passed over when it is too old, and the cached one is taken", async () => {
    engine(bin(), "3.100.0");
    const file = engine(inCache(), "3.259.0");
    expect(await findEngine({ cache: cache(), path: path() })).to.deep.equal({
      path: file,
      directory: dirname(file),
      version: "3.259.0",
      source: "cache",
    });
  });

  it("without its language host is none when an official one is asked for", async () => {
    engine(bin(), "3.259.0");
    engine(inCache(), "3.259.0");
    expect(await findEngine({ cache: cache(), path: path(), official: true })).to.equal(undefined);
    engine(inCache(), "3.259.0", "pulumi-language-nodejs");
    expect(await findEngine({ cache: cache(), path: path(), official: true })).to.deep.include({ source: "cache" });
  });

  it("is built where there is no download, and found in the cache the next time", async () => {
    fakeGo(goodBuild);
    const report = new RecordedReport();
    const options = { cache: cache(), path: path(), report, release: closed };
    expect(await ensureEngine(options)).to.deep.include({ source: "built", path: join(inCache(), "pulumi") });
    expect(report.lines)
      .to.include("fetching Go modules: 1")
      .and.include("building Pulumi 3.259.0: 1 of at most 2 Go packages");
    expect(report.lines.join("\n")).to.match(/official download: http:\/\/127\.0\.0\.1:\d+\/.*ECONNREFUSED/);
    script(join(bin(), "go"), "exit 9");
    expect(await ensureEngine(options)).to.deep.include({ source: "cache" });
    // No lock and no half-made folder stays.
    expect(readdirSync(join(cache(), "toolchain"))).to.deep.equal(["pulumi-3.259.0"]);
  });

  it("says why each source failed, and what to do", async () => {
    fakeGo(`echo "main.go:1: broken" >&2; exit 1`);
    const error = await failureOf(() =>
      ensureEngine({ cache: cache(), path: path(), report: new RecordedReport(), release: closed }),
    );
    expect(error).to.have.property("exitCode", 69);
    expect(error.message)
      .to.contain("PATH: no pulumi of version 3, 3.225.0 or newer")
      .and.match(/official download: .*ECONNREFUSED/)
      .and.match(/build: compiling failed: .*main\.go:1: broken/s)
      .and.contain("Install Pulumi");
    expect(readdirSync(join(cache(), "toolchain"))).to.deep.equal([]);
  });

  it("is not built by a Go that is too old", async () => {
    fakeGo(goodBuild, "go1.19.8");
    const error = await failureOf(() =>
      ensureEngine({ cache: cache(), path: path(), report: new RecordedReport(), release: closed }),
    );
    expect(error.message).to.match(/build: .*is Go 1\.19\.8: 1\.25\.\d+ is needed, or 1\.21\.0 or newer/);
  });

  it("that does not run is not kept", async () => {
    fakeGo(`printf '#!/bin/sh\\nexit 1\\n' > "$out"; /bin/chmod 755 "$out"`);
    const error = await failureOf(() =>
      ensureEngine({ cache: cache(), path: path(), report: new RecordedReport(), release: closed }),
    );
    expect(error.message).to.contain("The built Pulumi engine does not run here");
    expect(existsSync(inCache())).to.equal(false);
  });

  it("that a killed build left half made is not taken for complete", async () => {
    const left = join(cache(), "toolchain/.pulumi-3.259.0.part-1");
    mkdirSync(left, { recursive: true });
    writeFileSync(join(left, "pulumi"), "half");
    expect(await findEngine({ cache: cache(), path: path() })).to.equal(undefined);
    fakeGo(goodBuild);
    await ensureEngine({ cache: cache(), path: path(), report: new RecordedReport(), release: closed });
    expect(existsSync(left)).to.equal(false);
  });

  it("ends its build when the user interrupts", async () => {
    fakeGo(`: > "${join(folder(), "started")}"; /bin/sleep 60`);
    const controller = new AbortController();
    const timer = setInterval(() => existsSync(join(folder(), "started")) && controller.abort(), 20);
    const error = await failureOf(() =>
      ensureEngine({
        cache: cache(),
        path: path(),
        report: new RecordedReport(),
        release: closed,
        signal: controller.signal,
      }),
    );
    clearInterval(timer);
    expect(error).to.have.property("exitCode", 130);
    expect(readdirSync(join(cache(), "toolchain"))).to.deep.equal([]);
  });
});
