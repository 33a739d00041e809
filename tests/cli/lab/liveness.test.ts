import { expect } from "chai";
import { createServer, type AddressInfo, type Server } from "node:net";
import { allAnswer } from "../../../cli/lab/liveness";

describe("the machines of a lab that has not changed", () => {
  const servers: Server[] = [];
  after(() => servers.forEach((server) => server.close()));

  /** What a port says to whoever connects; undefined is a machine that hangs: its QEMU still takes connections. */
  async function login(greeting: string | undefined) {
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      if (greeting === undefined) setTimeout(() => socket.destroy(), 300);
      else socket.end(greeting);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return { host: "127.0.0.1", port: (server.address() as AddressInfo).port, user: "admin" };
  }

  it("answer when each sshd says hello", async () => {
    const hello = () => login("SSH-2.0-OpenSSH_10.0\r\n");
    expect(await allAnswer({ server: await hello(), "node-0": await hello() })).to.equal(true);
  });

  it("do not when one hangs, or something else answers in its place", async () => {
    const hello = await login("SSH-2.0-OpenSSH_10.0\r\n");
    expect(await allAnswer({ server: hello, "node-0": await login(undefined) })).to.equal(false);
    expect(await allAnswer({ server: hello, "node-0": await login("220 ready\r\n") })).to.equal(false);
  });
});
