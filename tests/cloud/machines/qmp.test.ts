import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { QmpClient, QmpError } from "../../../cloud/machines/qmp";

const greeting = '{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}}, "capabilities": []}}\r\n';

interface Request {
  execute: string;
  arguments: unknown;
  id: number;
}

describe("QMP client", () => {
  let folder: string;
  let server: net.Server;
  let socket: string;
  const requests: Request[] = [];
  const failure = (promise: Promise<unknown>): Promise<Error> =>
    promise.then(
      () => new Error("did not fail"),
      (error: Error) => error,
    );

  /** Serves one way of answering; `undefined` answers nothing. */
  function serve(first: string, answer: (request: Request, peer: net.Socket) => string | undefined): Promise<void> {
    server = net.createServer((peer) => {
      peer.on("error", () => undefined);
      if (first) peer.write(first);
      let buffer = "";
      peer.on("data", (chunk) => {
        const lines = (buffer + chunk.toString()).split("\n");
        buffer = lines.pop() ?? "";
        for (const line of lines) {
          const request = JSON.parse(line) as Request;
          requests.push(request);
          const text =
            request.execute === "qmp_capabilities" ? `{"return": {}, "id": ${request.id}}\r\n` : answer(request, peer);
          if (text) peer.write(text);
        }
      });
    });
    return new Promise((resolve) => server.listen(socket, resolve));
  }

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "hardway-test-"));
    socket = path.join(folder, "qmp.sock");
    requests.length = 0;
  });

  afterEach(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  it("negotiates, then gives what a command returns", async () => {
    await serve(greeting, ({ id }) => `{"return": {"status": "running"}, "id": ${id}}\r\n`);
    const client = await QmpClient.connect(socket);
    expect(await client.execute("query-status", { a: 1 })).to.deep.equal({ status: "running" });
    expect(requests).to.deep.equal([
      { execute: "qmp_capabilities", arguments: {}, id: 1 },
      { execute: "query-status", arguments: { a: 1 }, id: 2 },
    ]);
    client.close();
  });

  it("finds answers among events and in pieces", async () => {
    await serve(greeting, ({ id }, peer) => {
      peer.write('{"event": "POWERDOWN", "timestamp": {}}\r\n{"ret');
      setTimeout(() => peer.write(`urn": 7, "id": ${id}}\r\n`), 20);
      return undefined;
    });
    const client = await QmpClient.connect(socket);
    expect(await client.execute("x")).to.equal(7);
    client.close();
  });

  it("tells QEMU's refusal from other errors", async () => {
    await serve(
      greeting,
      ({ id }) =>
        `{"error": {"class": "CommandNotFound", "desc": "The command x has not been found"}, "id": ${id}}\r\n`,
    );
    const client = await QmpClient.connect(socket);
    const error = await failure(client.execute("x"));
    expect(error).to.be.instanceOf(QmpError);
    expect(error.message).to.equal("QEMU refused x: The command x has not been found");
    client.close();
  });

  it("does not wait for ever, neither for a greeting nor for an answer", async () => {
    await serve("", () => undefined);
    expect((await failure(QmpClient.connect(socket, 50))).message).to.contain(
      "did not send its greeting within 0.05 s",
    );
    server.close();
    await new Promise((resolve) => server.once("close", resolve));
    await serve(greeting, () => undefined);
    const client = await QmpClient.connect(socket, 50);
    expect((await failure(client.execute("x"))).message).to.contain("did not send an answer to x within 0.05 s");
    client.close();
  });

  it("fails what is under way when QEMU goes away", async () => {
    await serve(greeting, (_request, peer) => void peer.destroy());
    const client = await QmpClient.connect(socket);
    expect((await failure(client.execute("quit"))).message).to.contain(`QEMU closed ${socket}`);
    expect((await failure(client.execute("quit"))).message, "at once").to.contain(`QEMU closed ${socket}`);
  });

  it("recognises what is not QEMU", async () => {
    await serve("SSH-2.0-OpenSSH\r\n", () => undefined);
    expect((await failure(QmpClient.connect(socket))).message).to.contain("does not speak QMP: SSH-2.0-OpenSSH");
    rmSync(socket);
    expect((await failure(QmpClient.connect(socket))).message).to.contain("ENOENT");
  });
});
