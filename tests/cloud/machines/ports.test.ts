import net from "node:net";
import { expect } from "chai";
import { listeningInode, portOwner, portProblem } from "../../../cloud/machines/ports";

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 50004D7F:08AE 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0 100 0 0 10 0
   1: 51004D7F:08AE 0100007F:8000 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1 0 100 0 0 10 0
   2: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0 100 0 0 10 0`;

describe("ports", () => {
  it("reads who listens from the kernel's table", () => {
    expect(listeningInode(table, "127.77.0.80", 2222)).to.equal("4711");
    expect(listeningInode(table, "127.77.0.81", 2222), "a connection is no listener").to.be.undefined;
    expect(listeningInode(table, "127.0.0.1", 22), "listening on all addresses").to.equal("4713");
  });

  it("says which address, port and process are in the way", async () => {
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen({ host: "127.77.254.254", port: 0 }, resolve));
    const { port } = server.address() as net.AddressInfo;
    const endpoint = { host: "127.77.254.254", port };
    expect(await portProblem(endpoint)).to.match(
      new RegExp(`^127\\.77\\.254\\.254:${port} is taken by process ${process.pid} \\(.+\\)$`),
    );
    await new Promise((resolve) => server.close(resolve));
    expect(await portProblem(endpoint)).to.be.undefined;
    expect(await portOwner(endpoint)).to.be.undefined;
  });
});
