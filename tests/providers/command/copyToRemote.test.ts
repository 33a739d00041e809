import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { startSshServer, type SshServer } from "../../support/sshServer";
import { CommandPlugin, eventually, failureOf, secret } from "../pluginProcess";

const type = "command:remote:CopyToRemote";
const signature = "4dabf18193072939515e22adb298388d";
const asset = (fields: object) => ({ [signature]: "c44067f5952c0a294b673a41bacd8c17", hash: "1", ...fields });
const archive = (fields: object) => ({ [signature]: "0def7320c3a5731c473e5ecbe6d01bc7", hash: "1", ...fields });

describe("command:remote:CopyToRemote", function () {
  this.timeout(30_000);
  let server: SshServer;
  let plugin: CommandPlugin;
  let local: string;

  const inputs = (source: object, remotePath: string) => ({
    connection: secret(server.connection()),
    source,
    remotePath,
  });
  const copy = (source: object, remotePath: string) => plugin.create(type, inputs(source, remotePath));
  const remote = (file: string) => readFileSync(path.join(server.home, file), "utf8");

  before(async () => {
    server = await startSshServer();
    plugin = await CommandPlugin.start();
    local = mkdtempSync(path.join(tmpdir(), "hardway-copy-"));
    mkdirSync(path.join(local, "tree/sub/empty"), { recursive: true });
    writeFileSync(path.join(local, "tree/top"), "top");
    writeFileSync(path.join(local, "tree/sub/big"), "b".repeat(3_000_000));
  });
  after(async () => {
    await plugin?.stop();
    await server?.stop();
    rmSync(local, { recursive: true, force: true });
  });

  it("writes a text, making the directories above it", async () => {
    const { id, outputs } = await copy(asset({ text: "hello\n" }), "a/b/file");
    expect(id).to.match(/^[0-9a-f]{8}$/);
    expect(outputs).to.deep.equal(inputs(asset({ text: "hello\n" }), "a/b/file"));
    expect(remote("a/b/file")).to.equal("hello\n");
    await copy(asset({ text: "" }), "a/b/file");
    expect(remote("a/b/file")).to.equal("");
  });

  it("writes a file under its own name into a directory, or over a file", async () => {
    const source = asset({ path: path.join(local, "tree/top") });
    mkdirSync(path.join(server.home, "into"));
    await copy(source, "into");
    await copy(source, "as/other");
    await copy(source, "as/other");
    expect([remote("into/top"), remote("as/other")]).to.deep.equal(["top", "top"]);
  });

  it("copies a directory as a whole, twice, and its content with a slash at the end", async () => {
    const whole = archive({ path: path.join(local, "tree") });
    await copy(whole, "whole");
    await copy(whole, "whole");
    await copy(archive({ path: `${path.join(local, "tree")}/` }), "content");
    for (const root of ["whole/tree", "content"]) {
      expect(remote(`${root}/top`)).to.equal("top");
      expect(remote(`${root}/sub/big`)).to.equal("b".repeat(3_000_000));
      expect(existsSync(path.join(server.home, root, "sub/empty"))).to.equal(true);
    }
  });

  it("writes an archive of assets", async () => {
    const assets = {
      "x/text": asset({ text: "t" }),
      file: asset({ path: path.join(local, "tree/top") }),
      dir: archive({ path: path.join(local, "tree") }),
      nested: archive({ assets: { inner: asset({ text: "i" }) } }),
    };
    await copy(archive({ assets }), "assets");
    const files = ["x/text", "file", "dir/top", "nested/inner"].map((file) => remote(`assets/${file}`));
    expect(files).to.deep.equal(["t", "top", "top", "i"]);
  });

  it("writes what a URI holds", async () => {
    const web = createServer((request, response) => {
      response.statusCode = request.url === "/path/thing.tgz" ? 200 : 404;
      response.end("from the web");
    });
    await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
    const base = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
    mkdirSync(path.join(server.home, "web"));
    await copy(archive({ uri: `${base}/path/thing.tgz` }), "web");
    const missing = await failureOf(copy(asset({ uri: `${base}/missing` }), "web"));
    await new Promise((resolve) => web.close(resolve));
    expect(remote("web/thing.tgz")).to.equal("from the web");
    expect(missing).to.equal(`failed to read remote asset ${base}/missing: HTTP 404`);
  });

  it("says why a copy fails", async () => {
    const at = `127.0.0.1:${server.port}`;
    mkdirSync(path.join(server.home, "adir"), { recursive: true });
    writeFileSync(path.join(server.home, "afile"), "");
    expect(await failureOf(copy(asset({ text: "x" }), "adir"))).to.equal(
      "remote path adir is a directory; when using a text asset, remotePath must be a file path",
    );
    expect(await failureOf(copy(archive({ path: path.join(local, "tree") }), "afile"))).to.equal(
      `${at}: remote path afile exists but is not a directory`,
    );
    expect(await failureOf(copy(asset({ text: "x" }), "/etc/hardway"))).to.contain(`${at}: failed to stat remote path`);
    expect(await failureOf(copy(asset({ path: path.join(local, "none") }), "x"))).to.contain("ENOENT");
  });

  describe("update", () => {
    const state = () => inputs(asset({ text: "one", hash: "1" }), "updated");

    it("copies when content or path changed", async () => {
      await plugin.update(type, state(), inputs(asset({ text: "two", hash: "2" }), "updated"));
      expect(remote("updated")).to.equal("two");
      await plugin.update(type, state(), inputs(asset({ text: "one", hash: "1" }), "elsewhere"));
      expect(remote("elsewhere")).to.equal("one");
    });

    it("copies to a new host, and not when only the way to connect changed", async () => {
      const other = await startSshServer();
      await plugin.update(type, state(), { ...state(), connection: secret(other.connection()) });
      const copied = readFileSync(path.join(other.home, "updated"), "utf8");
      await other.stop();
      expect(copied).to.equal("one");
      const before = server.counts.connections;
      await plugin.update(type, state(), {
        ...state(),
        connection: secret({ ...server.connection(), perDialTimeout: 9 }),
      });
      expect(server.counts.connections).to.equal(before);
    });
  });

  it("leaves the file when the resource is deleted", async () => {
    const { outputs } = await copy(asset({ text: "stays" }), "stays");
    await plugin.delete(type, outputs);
    expect(remote("stays")).to.equal("stays");
    await eventually(() => server.counts.live === 0);
  });

  it("does CopyFile too", async () => {
    const more = { localPath: path.join(local, "tree/top"), remotePath: "copied" };
    await plugin.create("command:remote:CopyFile", { connection: secret(server.connection()), ...more });
    expect(remote("copied")).to.equal("top");
    const missing = { connection: secret(server.connection()), ...more, localPath: path.join(local, "none") };
    expect(await failureOf(plugin.create("command:remote:CopyFile", missing))).to.contain("ENOENT");
  });
});
