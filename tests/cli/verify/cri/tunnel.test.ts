import { expect } from "chai";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { SshSession } from "../../../../cli/ssh/session";
import { CriClient } from "../../../../cli/verify/cri/client";
import { dialThrough, openTunnel, type Tunnel } from "../../../../cli/verify/cri/tunnel";
import { scriptText } from "../../../../cli/verify/hostScript";
import { startSshServer, type SshServer } from "../../../support/sshServer";
import { FakeCri } from "./fakeCri";

async function failure(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "it did not fail",
    (error: Error) => error.message,
  );
}

describe("CRI over SSH", () => {
  let cri: FakeCri;
  let server: SshServer;
  let session: SshSession;
  let tunnel: Tunnel | undefined;
  let client: CriClient | undefined;

  beforeEach(async () => {
    [cri, server] = await Promise.all([new FakeCri().start(), startSshServer()]);
    session = await SshSession.connect(server.connection());
  });

  afterEach(async () => {
    client?.close();
    await tunnel?.close();
    session.close();
    cri.stop();
    await server.stop();
  });

  async function open(socket: string, asLoginUser: boolean): Promise<CriClient> {
    const opened = (tunnel = await openTunnel(dialThrough(session, socket, asLoginUser)));
    return (client = new CriClient(opened.socket, () => opened.problem()));
  }

  for (const [way, asLoginUser] of [
    ["sshd's forwarding", true],
    ["a relay on the host", false],
  ] as const) {
    it(`speaks through ${way}, several calls on one connection`, async () => {
      const client = await open(cri.socket, asLoginUser);
      const [version, status] = await Promise.all([
        client.call("Version", { version: "v1" }),
        client.call("Status", { verbose: true }),
      ]);
      expect(version).to.include({ runtimeName: "containerd", runtimeVersion: "1.7.24", runtimeApiVersion: "v1" });
      expect(status.status?.conditions.map(({ type, status }) => [type, status])).to.deep.equal([
        ["RuntimeReady", true],
        ["NetworkReady", true],
      ]);
      expect(status.info).to.deep.equal({ config: "{}" });
      expect(cri.truth.authorities).to.deep.equal(["localhost", "localhost"]);
      // The forwarding needs no command on the host, the relay exactly one.
      expect(server.commands.length).to.equal(asLoginUser ? 0 : 1);
    });
  }

  it("takes what the login shell's own files print for no part of the relayed bytes", async () => {
    const noisy = await startSshServer({ shellFiles: "echo welcome; echo to all >&2; " });
    const there = await SshSession.connect(noisy.connection());
    try {
      tunnel = await openTunnel(dialThrough(there, cri.socket, false));
      client = new CriClient(tunnel.socket);
      expect(await client.call("Version", { version: "v1" })).to.include({ runtimeName: "containerd" });
    } finally {
      there.close();
      await noisy.stop();
    }
  });

  it("carries large answers whole", async () => {
    const large = "x".repeat(3_000_000);
    cri.truth.config = large;
    const { info } = await (await open(cri.socket, false)).call("Status", { verbose: true });
    expect(info["config"] === large).to.equal(true);
  });

  it("says in the runtime's words why a call failed, and on the host's why nothing answers", async () => {
    cri.failing.set("RunPodSandbox", "cni plugin not initialized");
    const request = {
      config: {
        metadata: { name: "n", uid: "u", namespace: "s" },
        hostname: "h",
        portMappings: [],
        logDirectory: "",
        labels: {},
        linux: { cgroupParent: "system.slice" },
      },
      runtimeHandler: "runc",
    };
    expect(await failure((await open(cri.socket, false)).call("RunPodSandbox", request))).to.equal(
      "CRI RunPodSandbox: cni plugin not initialized",
    );
    client?.close();
    await tunnel?.close();
    const missing = join(cri.folder, "missing.sock");
    expect(await failure((await open(missing, false)).call("Version", { version: "v1" }))).to.equal(
      `CRI Version: ${missing}: No such file or directory`,
    );
  });

  it("ends a call at its bound and at the signal", async () => {
    const deaf = join(cri.folder, "deaf.sock");
    const listener = createServer((socket) => socket.resume()).listen(deaf);
    try {
      const client = await open(deaf, false);
      expect(await failure(client.call("Version", { version: "v1" }, { timeoutSeconds: 0.5 }))).to.match(
        /^CRI Version: Deadline exceeded/,
      );
      const abort = new AbortController();
      const call = failure(client.call("Version", { version: "v1" }, { signal: abort.signal }));
      abort.abort(new Error("stopped"));
      expect(await call).to.equal("stopped");
    } finally {
      listener.close();
    }
  });

  it("takes away what a killed process left, and nothing of others", async () => {
    const dead = spawnSync("true").pid;
    const leftover = mkdtempSync(join(tmpdir(), `hardway-cri-${dead}-`));
    const theirs = mkdtempSync(join(tmpdir(), `hardway-cri-${process.ppid}-`));
    try {
      await open(cri.socket, true);
      expect([existsSync(leftover), existsSync(theirs)]).to.deep.equal([false, true]);
    } finally {
      rmSync(theirs, { recursive: true });
    }
  });

  it("lets nobody else use the tunnel and leaves nothing behind", async () => {
    await (await open(cri.socket, false)).call("Version", { version: "v1" });
    const folder = dirname(tunnel?.socket ?? "");
    expect(statSync(folder).mode & 0o777).to.equal(0o700);
    expect(server.running()).to.equal(1);
    client?.close();
    await tunnel?.close();
    expect(existsSync(folder)).to.equal(false);
    for (let tries = 0; tries < 100 && server.running() > 0; tries++) await new Promise((done) => setTimeout(done, 20));
    expect(server.running()).to.equal(0);
  });
});

describe("scripts/relay.sh", () => {
  it("relays both ways until both ends are closed", async () => {
    const folder = mkdtempSync(join(tmpdir(), "hardway-relay-"));
    const socket = join(folder, "echo.sock");
    // Answers only when it has everything, which needs a half-closed connection.
    const echo = createServer({ allowHalfOpen: true }, (connection) => {
      const chunks: Buffer[] = [];
      connection.on("data", (chunk: Buffer) => chunks.push(chunk));
      connection.on("end", () => connection.end(Buffer.concat(chunks).reverse()));
    }).listen(socket);
    try {
      const input = Buffer.alloc(500_000, "abcdefg");
      const child = spawn("/bin/sh", ["-c", scriptText("relay", { SOCKET: socket })]);
      child.stdin.end(input);
      const chunks: Buffer[] = [];
      child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
      const code = await new Promise((resolve) => child.on("close", resolve));
      expect(code).to.equal(0);
      expect(Buffer.concat(chunks).equals(Buffer.from(input).reverse())).to.equal(true);
    } finally {
      echo.close();
      rmSync(folder, { recursive: true });
    }
  });

  it("says what it needs where there is no perl", () => {
    const command = ["-c", scriptText("relay", { SOCKET: "/x" })];
    const { status, stderr } = spawnSync("/bin/sh", command, { env: { PATH: "/none" }, encoding: "utf8" });
    expect([status, stderr]).to.deep.equal([
      127,
      "perl is needed to reach /x and was not found; install it, or log in as root\n",
    ]);
  });
});
