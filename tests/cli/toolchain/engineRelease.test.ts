import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { downloadEngine } from "../../../cli/toolchain/engineRelease";
import { failureOf, RecordedReport, script, temporaryFolder } from "../support";

const archive = "pulumi-v3.259.0-linux-x64.tar.gz";

/** A loopback server that publishes a release as GitHub does. */
async function serve(listener: RequestListener): Promise<{ url: string; server: Server }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

describe("the official download", () => {
  const folder = temporaryFolder();
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  /** Three programs, of which two are wanted. */
  function releaseArchive(): Buffer {
    mkdirSync(join(folder(), "release/pulumi"), { recursive: true });
    for (const name of ["pulumi", "pulumi-language-nodejs", "pulumi-language-go"]) {
      script(join(folder(), "release/pulumi", name), `echo ${name}`);
    }
    execFileSync("tar", ["-czf", "archive", "-C", "release", "pulumi"], { cwd: folder() });
    return readFileSync(join(folder(), "archive"));
  }

  async function download(
    listener: (path: string, ...args: Parameters<RequestListener>) => void,
    over = {},
  ): Promise<string> {
    const started = await serve((request, response) => listener(request.url ?? "", request, response));
    server = started.server;
    const into = join(folder(), "into");
    mkdirSync(into);
    await downloadEngine({
      into,
      report: new RecordedReport(),
      baseUrl: started.url,
      platform: "linux",
      arch: "x64",
      ...over,
    });
    return into;
  }

  /** Serves `content` as the archive and `sum` as its published checksum. */
  function release(content: Buffer, sum = createHash("sha256").update(content).digest("hex")) {
    return (path: string, ...[, response]: Parameters<RequestListener>) => {
      if (path === "/pulumi-3.259.0-checksums.txt")
        return response.end(`${"0".repeat(64)}  other.tar.gz\n${sum}  ${archive}\n`);
      if (path === `/${archive}`) return response.end(content);
      response.writeHead(404).end();
    };
  }

  it("unpacks the engine and its Node language host, and nothing else", async () => {
    const into = await download(release(releaseArchive()));
    expect(readdirSync(into).sort()).to.deep.equal(["pulumi", "pulumi-language-nodejs"]);
    expect(execFileSync(join(into, "pulumi"), { encoding: "utf8" })).to.equal("pulumi\n");
  });

  async function failing(listener: Parameters<typeof download>[0], over = {}): Promise<string> {
    const error = await failureOf(() => download(listener, over));
    // Whatever goes wrong, nothing that could be run is left.
    expect(readdirSync(join(folder(), "into"))).to.deep.equal([]);
    return error.message;
  }

  it("refuses an archive with another checksum, and shows both", async () => {
    const content = releaseArchive();
    const found = createHash("sha256").update(content).digest("hex");
    const message = await failing(release(content, "a".repeat(64)));
    expect(message).to.contain(archive).and.contain(found).and.contain("a".repeat(64));
  });

  it("refuses an archive that the release does not list", async () => {
    expect(await failing(release(releaseArchive()), { arch: "arm64" })).to.equal(
      "the release's checksums do not list pulumi-v3.259.0-linux-arm64.tar.gz",
    );
  });

  it("refuses a transfer that breaks off", async () => {
    const content = releaseArchive();
    const message = await failing((path, request, response) => {
      if (path !== `/${archive}`) return release(content)(path, request, response);
      response.writeHead(200, { "content-length": content.length });
      response.write(content.subarray(0, 20), () => response.destroy());
    });
    expect(message).to.contain("the transfer broke off");
  });

  it("gives up when a transfer stands still", async () => {
    const content = releaseArchive();
    const message = await failing(
      (path, request, response) => {
        if (path !== `/${archive}`) return release(content)(path, request, response);
        response.writeHead(200, { "content-length": content.length });
        response.write(content.subarray(0, 20));
      },
      { stallMs: 300 },
    );
    expect(message).to.contain("no data came for 0.3 s");
  });

  it("gives up when the server does not answer", async () => {
    expect(await failing(() => undefined, { connectMs: 300 })).to.contain("no answer within 0.3 s");
  });

  it("names the address and the status when a file is not there", async () => {
    expect(await failing((_path, _request, response) => response.writeHead(404).end())).to.match(
      /checksums\.txt: HTTP status 404$/,
    );
  });

  const digest = "a".repeat(64);
  const sources: readonly [what: string, env: Record<string, string>, said: RegExp][] = [
    [
      "another place over http",
      { HARDWAY_PULUMI_RELEASES_URL: "http://127.0.0.1:1", HARDWAY_PULUMI_SHA256: digest },
      /^HARDWAY_PULUMI_RELEASES_URL must begin with https:\/\//,
    ],
    [
      "another place whose archive nobody knows",
      { HARDWAY_PULUMI_RELEASES_URL: "https://127.0.0.1:1" },
      /^HARDWAY_PULUMI_RELEASES_URL needs HARDWAY_PULUMI_SHA256/,
    ],
    ["a digest that is none", { HARDWAY_PULUMI_SHA256: "abc" }, /^HARDWAY_PULUMI_SHA256 must be a SHA-256.*"abc"$/],
  ];
  for (const [what, env, said] of sources) {
    it(`asks nobody for ${what}`, async () => {
      let asked = 0;
      const message = await failing(() => asked++, { baseUrl: undefined, env });
      expect(message).to.match(said);
      expect(asked).to.equal(0);
    });
  }

  it("follows redirections, and gives up where they have no end", async () => {
    const content = releaseArchive();
    const into = await download((path, request, response) => {
      if (path === `/${archive}`) return response.writeHead(302, { location: `/there/${archive}` }).end();
      release(content)(path.replace("/there", ""), request, response);
    });
    expect(readdirSync(into)).to.include("pulumi");
    server?.closeAllConnections();
    server?.close();
    rmSync(into, { recursive: true });
    expect(await failing((path, _request, response) => response.writeHead(302, { location: path }).end())).to.match(
      /it redirects too often$/,
    );
  });

  it("names the machine for which there is no build", async () => {
    expect(await failing(release(releaseArchive()), { platform: "freebsd" })).to.equal(
      "there is no official build for freebsd on x64",
    );
  });
});
