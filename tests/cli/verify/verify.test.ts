import { expect } from "chai";
import { createServer } from "node:net";
import { utils } from "ssh2";
import { verifyLab } from "../../../cli/verify/verify";
import type { VerifyHost } from "../../../cli/verify/types";
import { plan, problems } from "./samples";

const { private: privateKey } = utils.generateKeyPairSync("ecdsa", { bits: 256 });

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe("verifyLab", () => {
  it("gives one row for each host that it cannot reach, and goes on", async () => {
    const port = await closedPort();
    const hosts: VerifyHost[] = [
      { name: "server", ssh: { host: "127.0.0.1", port, user: "admin", privateKey } },
      { name: "node-1", ssh: { host: "127.0.0.1", port, user: "admin", privateKey: "none" } },
    ];
    const said: string[] = [];
    const checks = await verifyLab({ plan, hosts, onProgress: (text) => said.push(text) });
    expect(checks.map(({ host, area, ok }) => [host, area, ok])).to.deep.equal([
      ["server", "ssh", false],
      ["node-0", "ssh", false],
      ["node-1", "ssh", false],
    ]);
    expect(problems(checks)).to.deep.equal([
      `connection: admin@127.0.0.1 port ${port}: connection refused; is the machine running?`,
      "connection: no SSH access was given for it",
      `connection: admin@127.0.0.1 port ${port}: Cannot parse privateKey: Unsupported key format`,
    ]);
    expect(said[0]).to.equal("connecting to 3 hosts");
  });

  it("stops at the signal", async () => {
    const work = verifyLab({
      plan,
      hosts: [{ name: "server", ssh: { host: "127.0.0.1", port: await closedPort(), user: "admin", privateKey } }],
      signal: AbortSignal.abort(new Error("stopped")),
    });
    const message = await work.then(String, (error: Error) => error.message);
    expect(message).to.equal("stopped");
  });
});
