import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { MirrorServer } from "../../../cloud/daemon/MirrorServer";

describe("the mirror that machines download from", () => {
  let folder: string;
  let server: MirrorServer;
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "hw-mirror-"));
    mkdirSync(path.join(folder, "mirror/github.com"), { recursive: true });
    writeFileSync(path.join(folder, "mirror/github.com/a b.tgz"), "0123456789");
    writeFileSync(path.join(folder, "mirror/empty"), "");
    writeFileSync(path.join(folder, "secret"), "secret");
    symlinkSync("../secret", path.join(folder, "mirror/link"));
    server = await MirrorServer.start(path.join(folder, "mirror"), { host: "127.0.0.1", port: 0 });
  });
  afterEach(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  /** Not by fetch(), which would tidy up a path before it is sent. */
  function ask(
    target: string,
    headers: http.OutgoingHttpHeaders = {},
    method = "GET",
  ): Promise<[number, string, http.IncomingHttpHeaders]> {
    return new Promise((resolve, reject) => {
      const request = http.request(
        { host: "127.0.0.1", port: new URL(server.url).port, path: target, headers, method },
        (answer) => {
          let text = "";
          answer.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
          answer.on("end", () => resolve([answer.statusCode ?? 0, text, answer.headers]));
        },
      );
      request.on("error", reject).end();
    });
  }

  it("has the address under which QEMU's user network has this computer", () => {
    expect(server.url).to.match(/^http:\/\/10\.0\.2\.2:\d+$/);
  });

  it("gives whole files, parts of them, and their sizes", async () => {
    const [status, text, headers] = await ask("/github.com/a%20b.tgz");
    expect([status, text]).to.deep.equal([200, "0123456789"]);
    expect(headers).to.include({ "content-length": "10", "accept-ranges": "bytes" });
    for (const [range, part, content] of [
      ["bytes=4-", "bytes 4-9/10", "456789"],
      ["bytes=2-3", "bytes 2-3/10", "23"],
      ["bytes=8-99", "bytes 8-9/10", "89"],
      ["bytes=-3", "bytes 7-9/10", "789"],
    ] as const) {
      const [code, body, { "content-range": given }] = await ask("/github.com/a%20b.tgz", { range });
      expect([code, body, given]).to.deep.equal([206, content, part]);
    }
    const past = await ask("/github.com/a%20b.tgz", { range: "bytes=10-" });
    expect([past[0], past[2]["content-range"]]).to.deep.equal([416, "bytes */10"]);
    const head = await ask("/github.com/a%20b.tgz", {}, "HEAD");
    expect([head[0], head[1], head[2]["content-length"]]).to.deep.equal([200, "", "10"]);
    expect((await ask("/empty")).slice(0, 2)).to.deep.equal([200, ""]);
  });

  for (const target of [
    "/",
    "/github.com",
    "/none",
    "/../secret",
    "/%2e%2e/secret",
    "/..%2fsecret",
    "/link",
    "/%",
    "/a%00b",
  ]) {
    it(`gives nothing for ${target}`, async () => {
      expect((await ask(target)).slice(0, 2)).to.deep.equal([404, ""]);
    });
  }

  it("takes nothing", async () => {
    for (const method of ["PUT", "POST", "DELETE"]) expect((await ask("/empty", {}, method))[0]).to.equal(405);
  });

  it("finds what is built while it runs", async () => {
    rmSync(path.join(folder, "mirror"), { recursive: true });
    expect((await ask("/new"))[0]).to.equal(404);
    mkdirSync(path.join(folder, "mirror"));
    writeFileSync(path.join(folder, "mirror/new"), "new");
    expect((await ask("/new")).slice(0, 2)).to.deep.equal([200, "new"]);
  });
});
