import { expect } from "chai";
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { HostValues } from "../../../components/config/schema";
import { labPaths } from "../../../cli/paths";
import { pinHostKeys } from "../../../cli/ssh/pinHostKeys";
import { writeSshFilesFor } from "../../../cli/ssh/sshFiles";
import { startSshServer, type SshServer } from "../../support/sshServer";
import { failureOf, temporaryFolder } from "../support";

describe("host keys that the configuration does not have", () => {
  const folder = temporaryFolder();
  const paths = () => labPaths("dev", folder());
  const pins = () => readFileSync(paths().hostKeys, "utf8");
  let server: SshServer;
  let notes: string[];
  beforeEach(async () => {
    server = await startSshServer();
    notes = [];
    mkdirSync(paths().directory, { recursive: true });
  });
  afterEach(() => server.stop());

  const access = () => {
    const { host, port, user, privateKey } = server.connection();
    return { host, port, user, privateKey };
  };
  const pin = (more: object = {}, timeoutSeconds = 1) =>
    pinHostKeys({
      paths: paths(),
      hosts: [{ name: "node-0", access: { ...access(), ...more } }],
      timeoutSeconds,
      note: (text) => notes.push(text),
    });
  const place = () => `[127.0.0.1]:${server.port}`;
  const key = () => server.hostKey().split(" ").slice(0, 2).join(" ");

  it("are learnt at the first connection, without a login, and pinned from then on", async () => {
    await pin();
    expect(pins()).to.equal(`${place()} ${key()}\n`);
    expect(statSync(paths().hostKeys).mode & 0o777).to.equal(0o600);
    expect(server.counts).to.include({ logins: 0, authFailures: 0 });
    const [, fingerprint] = execFileSync("ssh-keygen", ["-lf", "-"], { input: key(), encoding: "utf8" }).split(" ");
    expect(notes).to.deep.equal([
      `node-0: took ${fingerprint} (ssh-ed25519) of ${place()} for its host key, and pinned it in ${paths().hostKeys}`,
    ]);
    await pin();
    expect(notes).to.have.length(1);
  });

  it("are refused when the host has another one later, with the line to remove", async () => {
    await pin();
    writeFileSync(paths().hostKeys, `192.0.2.1 ${key()}\n${pins()}`);
    server.changeHostKey();
    const before = pins();
    const { message } = await failureOf(() => pin());
    expect(message).to.match(
      /^node-0: the host key at \[127\.0\.0\.1\]:\d+ is SHA256:\S+ \(ssh-ed25519\), but SHA256:\S+ \(ssh-ed25519\) was pinned/,
    );
    expect(message).to.contain(`remove line 2 of ${paths().hostKeys}.`);
    expect(pins()).to.equal(before);
    expect(server.counts).to.include({ logins: 0 });
    // As the sentence says.
    writeFileSync(paths().hostKeys, before.split("\n").slice(0, 1).join("\n"));
    await pin();
    expect(pins()).to.contain(`${place()} ${key()}\n`);
  });

  it("of a host that was seen before and does not answer are left as they are", async () => {
    await pin();
    const before = pins();
    const { port } = server;
    await server.stop();
    await pin({ port });
    expect(pins()).to.equal(before);
    server = await startSshServer();
  });

  it("of a new host that does not answer are an error", async () => {
    const error = await failureOf(() => pin({ port: 1 }));
    expect(error.message).to.match(/^node-0: its host key cannot be learnt from \[127\.0\.0\.1\]:1: .*ECONNREFUSED/);
    expect(error).to.have.property("exitCode", 1);
  });

  it("of a host that boots are waited for", async () => {
    const slow = await startSshServer({ startAfter: 1500 });
    try {
      await pin({ port: slow.port }, 10);
      expect(pins()).to.contain(`[127.0.0.1]:${slow.port} `);
    } finally {
      await slow.stop();
    }
  });

  it("are learnt through a bastion, whose own key has to be the pinned one", async () => {
    const bastion = await startSshServer({ user: "jump" });
    try {
      await pin({ proxy: bastion.connection() });
      expect(pins()).to.equal(`${place()} ${key()}\n`);
      const proxy = bastion.connection();
      bastion.changeHostKey();
      writeFileSync(paths().hostKeys, "");
      expect((await failureOf(() => pin({ proxy }))).message).to.contain("is not the pinned one");
      expect(pins()).to.equal("");
    } finally {
      await bastion.stop();
    }
  });

  it("are what OpenSSH's client takes and nothing else", async () => {
    await pin();
    const identity = join(folder(), "id");
    writeFileSync(identity, server.privateKey, { mode: 0o600 });
    const { host, port, user } = access();
    const ssh = { host, port, user, privateKeyFile: identity };
    const hosts: HostValues[] = [{ name: "node-0", role: "worker", address: "10.240.0.80", ssh }];
    writeSshFilesFor(paths(), hosts, folder());
    const run = () =>
      promisify(execFile)("ssh", ["-F", paths().sshConfig, "-o", "BatchMode=yes", "node-0", "echo here"]);
    expect((await run()).stdout).to.equal("here\n");
    server.changeHostKey();
    expect((await failureOf(run)).message).to.contain(`Offending ED25519 key in ${paths().hostKeys}:1`);
  });
});
