import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { createServer } from "node:net";
import { utils } from "ssh2";
import { fingerprint, parsePublicKey } from "../../../components/remote/sshKeys";
import { SshSession } from "../../../cli/ssh/session";
import { startSshServer, type SshServer } from "../../support/sshServer";

/** The message of what a promise fails with. */
async function failure(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "it did not fail",
    (error: Error) => error.message,
  );
}

/** Connections that a server still has when they had time to end. */
async function left(server: SshServer): Promise<number> {
  for (let tries = 0; server.counts.live > 0 && tries < 60; tries++) await new Promise((done) => setTimeout(done, 50));
  return server.counts.live;
}

describe("SshSession", () => {
  let server: SshServer;
  let session: SshSession | undefined;

  beforeEach(async () => {
    server = await startSshServer();
  });

  afterEach(async () => {
    session?.close();
    session = undefined;
    await server.stop();
  });

  it("runs commands over one connection and tells their status and output apart", async () => {
    session = await SshSession.connect(server.connection());
    const results = await Promise.all([
      session.exec("cat; echo no >&2; exit 3", { stdin: "in" }),
      session.exec("echo two"),
      session.exec("kill -9 $$"),
    ]);
    expect(results).to.deep.equal([
      { code: 3, stdout: "in", stderr: "no\n" },
      { code: 0, stdout: "two\n", stderr: "" },
      { code: -1, stdout: "", stderr: "" },
    ]);
    expect(server.counts.connections).to.equal(1);
  });

  it("runs commands beside one that goes on where sshd takes one session per connection, and names MaxSessions where it takes none", async () => {
    const narrow = await startSshServer({ maxSessions: 1 });
    const shut = await startSshServer({ maxSessions: 0 });
    try {
      session = await SshSession.connect(narrow.connection());
      const long = await session.open("cat");
      const words = ["one", "two", "three"];
      const results = await Promise.all(words.map((word) => session!.exec(`echo ${word}; exit 3`)));
      expect(results).to.deep.equal(words.map((word) => ({ code: 3, stdout: `${word}\n`, stderr: "" })));
      long.end();
      expect(narrow.counts.connections).to.be.within(2, 4);
      session.close();
      expect(await left(narrow)).to.equal(0);

      session = await SshSession.connect(shut.connection());
      expect(await failure(session.exec("true"))).to.match(
        /sshd lets no command run \(.*\); see MaxSessions in sshd_config\(5\)$/,
      );
    } finally {
      await narrow.stop();
      await shut.stop();
    }
  });

  it("logs in by password, by a key with a passphrase, and not without either", async () => {
    const other = await startSshServer({ password: "open sesame" });
    try {
      const { privateKey, ...where } = other.connection();
      session = await SshSession.connect({ ...where, password: "open sesame" });
      expect((await session.exec("echo in")).stdout).to.equal("in\n");
      expect(await failure(SshSession.connect({ ...where, password: "wrong" }))).to.contain("the host refused");
      expect(await failure(SshSession.connect(where))).to.contain("the host refused");
      const locked = execFileSync("sh", [
        "-euc",
        'd=$(mktemp -d); printf "%s" "$1" >"$d/k"; chmod 600 "$d/k"; ssh-keygen -q -p -P "" -N pass -f "$d/k" >/dev/null; cat "$d/k"; rm -r "$d"',
        "sh",
        privateKey,
      ]).toString();
      expect(await failure(SshSession.connect({ ...where, privateKey: locked }))).to.contain("Encrypted");
      const unlocked = await SshSession.connect({ ...where, privateKey: locked, privateKeyPassword: "pass" });
      unlocked.close();
    } finally {
      await other.stop();
    }
  });

  it("goes through a bastion, whose host key is pinned too, and says which of the two refused", async () => {
    const bastion = await startSshServer({ user: "jump" });
    try {
      const through = { ...server.connection(), proxy: bastion.connection() };
      session = await SshSession.connect(through);
      expect((await session.exec("echo there")).stdout).to.equal("there\n");
      expect(session.hostFingerprint).to.equal(fingerprint(parsePublicKey(server.hostKey()).blob));
      expect([bastion.commands, server.commands]).to.deep.equal([[], ["echo there"]]);
      session.close();
      expect(await left(bastion)).to.equal(0);
      expect(await left(server)).to.equal(0);

      const closed = await failure(SshSession.connect({ ...through, port: 1 }));
      expect(closed).to.match(/^admin@127\.0\.0\.1 port 1 \(through jump@127\.0\.0\.1 port \d+\): /);
      bastion.changeHostKey();
      expect(await failure(SshSession.connect(through))).to.match(
        /^jump@127\.0\.0\.1 port \d+: host key .* not the pinned/,
      );
      expect(await left(bastion)).to.equal(0);
    } finally {
      await bastion.stop();
    }
  });

  it("tries again where sshd or a bastion lets few log in at a time", async () => {
    const bastion = await startSshServer({ maxStartups: 4 });
    try {
      for (const access of [bastion.connection(), { ...server.connection(), proxy: bastion.connection() }]) {
        const sessions = await Promise.all(Array.from({ length: 16 }, () => SshSession.connect(access)));
        for (const each of sessions) each.close();
      }
      expect(bastion.counts.logins).to.equal(32);
      expect(bastion.counts.connections).to.be.greaterThan(32);
      expect(bastion.counts.authFailures).to.equal(0);
    } finally {
      await bastion.stop();
    }
  });

  it("has at most eight commands under way, since sshd refuses more than ten", async () => {
    const open = (session = await SshSession.connect(server.connection()));
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, server.running())), 5);
    const results = await Promise.all(Array.from({ length: 20 }, (_, index) => open.exec(`sleep 0.1; echo ${index}`)));
    clearInterval(watch);
    expect(results.map(({ stdout }) => stdout.trim())).to.deep.equal(Array.from({ length: 20 }, (_, i) => String(i)));
    expect(most).to.equal(8);
  });

  it("keeps the first MiB of an output and drops the rest", async () => {
    session = await SshSession.connect(server.connection());
    const { stdout, code } = await session.exec("head -c 3000000 /dev/zero | tr '\\0' x");
    expect([stdout.length, code]).to.deep.equal([1024 * 1024, 0]);
  });

  it("refuses a host with another key and shows both fingerprints", async () => {
    const pinned = server.connection();
    server.changeHostKey();
    const seen = fingerprint(parsePublicKey(server.hostKey()).blob);
    const message = await failure(SshSession.connect(pinned));
    expect(message).to.equal(
      `admin@127.0.0.1 port ${server.port}: host key ${seen} is not the pinned one, ` +
        `${fingerprint(parsePublicKey(pinned.hostKey).blob)}: another machine answers at this address, or it was ` +
        "reinstalled; nothing was sent to it",
    );
    expect(server.counts).to.include({ logins: 0, authFailures: 0 });
  });

  it("makes the fingerprint that ssh-keygen makes", () => {
    // From `ssh-keygen -lf` on this key.
    const key = parsePublicKey("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG+0URgznktt6L/ECNJLLcgEytVg91TzqsTVifIUnsDG a@b");
    expect(fingerprint(key.blob)).to.equal("SHA256:ro1mL41fmXduFXIWNFI7uOEEwsOapKKP7MVik+/mLY0");
    expect(() => parsePublicKey("ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIJeNE")).to.throw(
      RangeError,
      "is not a public host key",
    );
  });

  it("says that the login was refused", async () => {
    const other = utils.generateKeyPairSync("ecdsa", { bits: 256 }).private;
    expect(await failure(SshSession.connect({ ...server.connection(), privateKey: other }))).to.equal(
      `admin@127.0.0.1 port ${server.port}: the host refused the private key for this user`,
    );
    expect(server.counts.authFailures).to.be.lessThan(3);
    expect(await failure(SshSession.connect({ ...server.connection(), privateKey: "secret?" }))).to.equal(
      `admin@127.0.0.1 port ${server.port}: Cannot parse privateKey: Unsupported key format`,
    );
  });

  it("gives up on a port that nobody listens on, and on one that never answers", async () => {
    const silent = createServer((socket) => socket.resume()).listen(0, "127.0.0.1");
    await new Promise((resolve) => silent.once("listening", resolve));
    const { port } = silent.address() as { port: number };
    try {
      expect(await failure(SshSession.connect({ ...server.connection(), port }, { timeoutSeconds: 0.3 }))).to.equal(
        `admin@127.0.0.1 port ${port}: no answer within 0.3 s`,
      );
    } finally {
      await new Promise((resolve) => silent.close(resolve));
    }
    expect(await failure(SshSession.connect({ ...server.connection(), port }))).to.equal(
      `admin@127.0.0.1 port ${port}: connection refused; is the machine running?`,
    );
  });

  it("ends a command that takes too long, and the wait for a connection that is cut", async () => {
    session = await SshSession.connect(server.connection());
    const name = `admin@127.0.0.1 port ${server.port}`;
    expect(await failure(session.exec("sleep 30", { timeoutSeconds: 0.2 }))).to.equal(
      `${name}: no answer within 0.2 s from: sleep 30`,
    );
    const cut = failure(session.exec("sleep 30"));
    setTimeout(() => server.dropConnections(), 200);
    expect(await cut).to.match(new RegExp(`^${name}: (the SSH connection was closed|read ECONNRESET)$`));
    expect(await failure(session.exec("true"))).to.match(/the SSH connection was closed|ECONNRESET/);
  });

  it("stops on the signal, while connecting and while a command runs", async () => {
    const reason = new Error("stopped");
    expect(await failure(SshSession.connect(server.connection(), { signal: AbortSignal.abort(reason) }))).to.equal(
      "stopped",
    );
    session = await SshSession.connect(server.connection());
    const abort = new AbortController();
    const command = failure(session.exec("sleep 30", { signal: abort.signal }));
    setTimeout(() => abort.abort(reason), 100);
    expect(await command).to.equal("stopped");
    const late = new AbortController();
    const opening = failure(session.exec("sleep 30", { signal: late.signal }));
    setImmediate(() => late.abort(reason));
    expect(await opening).to.equal("stopped");
    expect((await session.exec("echo on")).stdout).to.equal("on\n");
  });
});
