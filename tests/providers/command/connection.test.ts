import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { utils } from "ssh2";
import { generateKeyPair } from "../../../cloud/machines/identity";
import { fingerprint, parsePrivateKey } from "../../../components/remote/sshKeys";
import { startSshServer, type SshServer } from "../../support/sshServer";
import { CommandPlugin, eventually, failureOf, unknown } from "../pluginProcess";

const type = "command:remote:Command";
const keepaliveSeconds = 1;
/** Nothing listens on a port that only root may take and whose service (tcpmux) nobody runs. */
const refusedPort = 1;

describe("the SSH connection of the command plugin", () => {
  let server: SshServer;
  let plugin: CommandPlugin;

  /** Runs a command over a connection that differs from the working one. */
  const run = async (connection: object, create = "echo ok") => {
    const { inputs } = await plugin.check(type, { connection: { ...server.connection(), ...connection }, create });
    return plugin.create(type, inputs);
  };

  const startPlugin = async () => {
    plugin = await CommandPlugin.start({
      SSH_AUTH_SOCK: "/nonexistent/agent.sock",
      HARDWAY_SSH_KEEPALIVE: String(keepaliveSeconds),
    });
  };
  /** Nothing can be done with a plugin once the engine has cancelled the update. */
  const cancel = async () => {
    await plugin.cancel();
    cancelled = true;
  };
  let cancelled = false;

  before(startPlugin);
  after(() => plugin?.stop());
  beforeEach(async () => {
    server = await startSshServer();
    plugin.log.length = 0;
  });
  afterEach(async () => {
    await server?.stop();
    if (cancelled) {
      await plugin.stop();
      await startPlugin();
      cancelled = false;
    }
  });

  it("works beside a stale SSH_AUTH_SOCK when a privateKey is given, and names the variable when not", async () => {
    expect((await run({})).outputs.stdout).to.equal("ok");
    const error = await failureOf(run({ privateKey: null }));
    expect(error).to.contain("SSH agent /nonexistent/agent.sock (from SSH_AUTH_SOCK) does not answer");
    expect(server.counts.connections).to.equal(1);
  });

  it("accepts a host key that is not pinned", async () => {
    server.changeHostKey();
    expect((await run({ hostKey: null })).outputs.stdout).to.equal("ok");
  });

  it("refuses a changed host key at once, with both fingerprints", async () => {
    const pinned = server.hostKey();
    server.changeHostKey();
    const [expected, found] = [pinned, server.hostKey()].map((line) => {
      const key = utils.parseKey(line);
      return key instanceof Error ? "" : fingerprint(key.getPublicSSH());
    });
    expect(await failureOf(run({ hostKey: pinned }))).to.equal(
      `127.0.0.1:${server.port}: host key mismatch: expected ssh-ed25519 ${expected}, the host has ssh-ed25519 ${found}`,
    );
    expect(server.counts).to.include({ connections: 1, authFailures: 0 });
  });

  it("names the key that a host has instead of the pinned kind", async () => {
    const error = await failureOf(run({ hostKey: utils.generateKeyPairSync("rsa", { bits: 2048 }).public }));
    expect(error).to.match(/host key mismatch: expected ssh-rsa SHA256:\S+, the host has ssh-ed25519 SHA256:\S+$/);
  });

  it("says so when hostKey is not a key", async () => {
    expect(await failureOf(run({ hostKey: "SHA256:abc" }))).to.contain("failed to parse host key");
    expect(server.counts.connections).to.equal(0);
  });

  it("offers a wrong key once, and names user and key", async () => {
    server.refuseLogins(true);
    const error = await failureOf(run({}));
    expect(error).to.match(
      /^127\.0\.0\.1:\d+: authentication failed for user "admin" \(tried private key SHA256:[\w+/]{43}\)$/,
    );
    expect(server.counts).to.include({ connections: 1, authFailures: 1, logins: 0 });
  });

  it("refuses an unusable private key without showing it", async () => {
    const error = await failureOf(run({ privateKey: "-----BEGIN canary-----\ncanary\n" }));
    expect(error)
      .to.match(/privateKey: /)
      .and.not.to.contain("canary");
    expect(server.counts.connections).to.equal(0);
  });

  it("logs in with a password", async () => {
    const other = await startSshServer({ password: "pass-canary" });
    const connection = { host: other.host, port: other.port, user: "admin", password: "pass-canary" };
    const { outputs } = await plugin.create(type, { connection, create: "echo ok" });
    const error = await failureOf(plugin.create(type, { connection: { ...connection, password: "x" }, create: "a" }));
    await other.stop();
    expect(outputs.stdout).to.equal("ok");
    expect(error).to.contain('authentication failed for user "admin" (tried password)');
    expect(other.counts.authFailures).to.equal(1);
  });

  it("retries a refused port dialErrorLimit times", async () => {
    const port = refusedPort;
    const error = await failureOf(run({ port, dialErrorLimit: 2 }));
    expect(error).to.equal(`127.0.0.1:${port}: after 3 failed attempts: connection refused`);
    expect(plugin.log.map(({ line }) => line)).to.deep.equal([
      `Dial 1/2 failed: retrying (127.0.0.1:${port}: connection refused)`,
      `Dial 2/2 failed: retrying (127.0.0.1:${port}: connection refused)`,
    ]);
  });

  it("is made by all of sixteen at once where sshd lets few log in at a time", async () => {
    const busy = await startSshServer({ maxStartups: 4 });
    try {
      const made = await Promise.all(Array.from({ length: 16 }, () => run(busy.connection())));
      expect(made.map(({ outputs }) => outputs.stdout)).to.deep.equal(Array(16).fill("ok"));
      expect(busy.counts.connections).to.be.greaterThan(16);
    } finally {
      await busy.stop();
    }
  });

  it("waits for a host that starts late, without a limit when dialErrorLimit is -1", async () => {
    const late = await startSshServer({ startAfter: 700 });
    const { outputs } = await plugin.create(type, {
      connection: { ...late.connection(), dialErrorLimit: -1 },
      create: "echo up",
    });
    await late.stop();
    expect(outputs.stdout).to.equal("up");
    expect(plugin.log.some(({ line }) => line.startsWith("Dial 1/inf failed: retrying"))).to.equal(true);
  });

  it("gives up on a host that takes the connection and says nothing after perDialTimeout", async () => {
    server.freeze();
    const error = await failureOf(run({ dialErrorLimit: 0, perDialTimeout: 1 }));
    expect(error).to.equal(`127.0.0.1:${server.port}: timed out: no SSH session within 1 s`);
  });

  it("names a host that does not exist", async () => {
    const error = await failureOf(run({ host: "no-such-host.invalid", dialErrorLimit: 0 }));
    expect(error).to.match(/^no-such-host\.invalid:\d+: (no such host|getaddrinfo EAI_AGAIN)/);
  });

  it("notices a host that freezes while a command runs", async () => {
    const error = failureOf(run({}, "echo begun; sleep 60"));
    await eventually(() => plugin.lines().includes("begun"));
    const start = Date.now();
    server.freeze();
    expect(await error).to.equal(
      `127.0.0.1:${server.port}: the host stopped answering: running "echo begun; sleep 60":\nbegun\n`,
    );
    expect(Date.now() - start).to.be.below(10_000);
  });

  it("reports a connection that drops while a command runs", async () => {
    const error = failureOf(run({}, "echo begun; sleep 60"));
    await eventually(() => plugin.lines().includes("begun"));
    server.dropConnections();
    expect(await error).to.match(/^127\.0\.0\.1:\d+: (the connection was lost|connection failed).*: running "echo/);
  });

  it("stops the remote command when the update is cancelled", async () => {
    const error = failureOf(run({}, "echo begun; sleep 60"));
    await eventually(() => plugin.lines().includes("begun"));
    const start = Date.now();
    await cancel();
    expect(await error).to.contain(`cancelled (127.0.0.1:${server.port}): running`);
    expect(Date.now() - start).to.be.below(10_000);
    await eventually(() => server.running() === 0 && server.counts.live === 0);
  });

  it("stops waiting for a host when the update is cancelled", async () => {
    const port = refusedPort;
    const error = failureOf(run({ port, dialErrorLimit: -1 }));
    await eventually(() => plugin.log.length > 0);
    await cancel();
    expect(await error).to.equal(`127.0.0.1:${port}: cancelled`);
  });

  it("stops a command when its customTimeouts are over", async () => {
    const inputs = { connection: server.connection(), create: "sleep 60" };
    const error = await failureOf(plugin.create(type, inputs, { timeout: 0.5 }));
    expect(error).to.contain("timed out after 0.5 s (customTimeouts)");
    await eventually(() => server.running() === 0);
  });

  it("goes through a proxy, and closes both connections", async () => {
    const proxy = await startSshServer();
    const through = { proxy: proxy.connection() };
    const { outputs } = await run(through);
    expect(outputs.stdout).to.equal("ok");
    expect(proxy.counts.logins + server.counts.logins).to.equal(2);
    const behind = await failureOf(run({ ...through, port: refusedPort, dialErrorLimit: 0 }));
    expect(behind).to.match(/^127\.0\.0\.1:\d+: \(SSH\) Channel open failure/);
    proxy.refuseLogins(true);
    expect(await failureOf(run(through))).to.match(/^proxy: 127\.0\.0\.1:\d+: authentication failed for user "admin"/);
    await eventually(() => proxy.counts.live === 0 && server.counts.live === 0);
    await proxy.stop();
  });

  it("connects to nothing in a preview with an unknown host", async () => {
    const connection = { ...server.connection(), host: unknown };
    const { outputs } = await plugin.create(type, { connection, create: "true" }, { preview: true });
    expect(outputs.connection).to.deep.equal(connection);
    expect(server.counts.connections).to.equal(0);
  });
});

describe("private keys", () => {
  let folder: string;
  before(() => (folder = mkdtempSync(path.join(tmpdir(), "hardway-keys-"))));
  after(() => rmSync(folder, { recursive: true }));

  for (const [kind, args] of Object.entries({ rsa: ["-b", "2048"], ecdsa: [], ed25519: [] })) {
    it(`reads ${kind} keys of ssh-keygen, with and without a passphrase`, () => {
      for (const passphrase of ["", "word"]) {
        const file = path.join(folder, `${kind}${passphrase}`);
        execFileSync("ssh-keygen", ["-q", "-t", kind, ...args, "-N", passphrase, "-f", file]);
        const key = parsePrivateKey(readFileSync(file, "utf8"), passphrase || undefined);
        const listed = execFileSync("ssh-keygen", ["-l", "-f", `${file}.pub`], { encoding: "utf8" });
        expect(listed).to.contain(fingerprint(key.publicKey));
      }
      expect(() => parsePrivateKey(readFileSync(path.join(folder, `${kind}word`), "utf8"))).to.throw(/no passphrase/);
    });
  }

  it("reads PKCS#8 keys", () => {
    const pairs = [
      generateKeyPairSync("rsa", { modulusLength: 2048 }),
      generateKeyPairSync("ec", { namedCurve: "P-256" }),
      generateKeyPairSync("ed25519"),
    ];
    for (const { privateKey, publicKey } of pairs) {
      const { openSsh, publicKey: blob } = parsePrivateKey(
        privateKey.export({ type: "pkcs8", format: "pem" }) as string,
      );
      const [key] = [utils.parseKey(openSsh)].flat();
      if (key instanceof Error || key === undefined) throw key ?? new Error("no key");
      expect(key.getPublicSSH().equals(blob)).to.equal(true);
      const data = Buffer.from("data");
      const signed = key.sign(data);
      expect(signed).to.be.instanceOf(Buffer);
      expect(key.verify(data, signed)).to.equal(true);
      if (publicKey.asymmetricKeyType === "ed25519") {
        const raw = Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url");
        expect(blob.subarray(-32).equals(raw)).to.equal(true);
      }
    }
  });

  it("takes a public key for what it is", () => {
    expect(() => parsePrivateKey(generateKeyPair("test").publicKey)).to.throw("this is a public key");
  });
});
