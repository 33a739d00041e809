import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { simulatedFacts } from "../../bench/simulatedFacts";
import { SimulatedHost } from "../../bench/simulatedHost";
import type { SshLogin } from "../../cli/ssh/login";
import { SshSession } from "../../cli/ssh/session";
import { generateKeyPair } from "../../cloud/machines/identity";
import { readScript, renderScript } from "../../components/remote/scriptText";

const command = (script: string, variables: Record<string, string> = {}): string =>
  renderScript(readScript(script), { variables, timeoutSeconds: 60, asRoot: true });

const steps = readdirSync(join(__dirname, "../../scripts/node"))
  .filter((file) => /^\d/.test(file))
  .map((file) => file.replace(/\.sh$/, ""));

describe("simulated hosts", () => {
  it("know every step that there is", () => {
    expect(steps).to.include.members(["10-reachable", "50-pod-routes.undo"]);
    for (const step of steps) expect(simulatedFacts("node-0", command(step)), step).to.be.an("object");
    expect(simulatedFacts("node-0", "hostname")).to.equal(undefined);
    expect(simulatedFacts("node-0", "# hardway 99-other")).to.equal(undefined);
  });

  it("answer with what they were told", () => {
    const reachable = simulatedFacts("node-7", command("10-reachable", { ADDRESS: "10.240.0.87" }));
    expect(reachable).to.deep.include({ hostname: "node-7", addresses: ["10.0.2.15", "10.240.0.87"] });
    const routes = "10.200.0.0/24 via 10.240.0.80\n10.200.2.0/24 via 10.240.0.82";
    expect(
      simulatedFacts("node-1", command("50-pod-routes", { ADDRESS: "10.240.0.81", ROUTES: routes })),
    ).to.deep.include({
      routes: [
        { destination: "10.200.0.0/24", nextHop: "10.240.0.80", interface: "eth1" },
        { destination: "10.200.2.0/24", nextHop: "10.240.0.82", interface: "eth1" },
      ],
    });
    expect(simulatedFacts("node-1", command("30-containerd", { SOURCE: "mirror" }))).to.include({ source: "mirror" });
    expect(simulatedFacts("node-1", command("20-kernel-prep.undo"))).to.deep.equal({ changed: true });
  });

  it("let one key in over SSH, run steps of any length, and count the logins", async () => {
    const [login, other, hostKey] = ["login", "other", "host"].map(generateKeyPair);
    const host = await SimulatedHost.start({
      name: "node-0",
      endpoint: { host: "127.0.0.1", port: 0 },
      hostKey: hostKey!.privateKey,
      authorizedKey: login!.publicKey,
    });
    try {
      const access: SshLogin = {
        ...{ host: "127.0.0.1", port: host.port, user: "admin" },
        ...{ privateKey: login!.privateKey, hostKey: hostKey!.publicKey },
      };
      const session = await SshSession.connect(access);
      const done = await session.exec(command("10-reachable"));
      const long = await Promise.all(steps.map((step) => session.exec(command(step))));
      const unknown = await session.exec("hostname");
      session.close();
      expect(done.code).to.equal(0);
      expect(JSON.parse(done.stdout)).to.include({ hostname: "node-0", kernel: "6.12.57+deb13-amd64" });
      expect(long.map(({ code }) => code)).to.deep.equal(steps.map(() => 0));
      expect(unknown.code).to.equal(127);
      expect(host.logins).to.equal(1);

      const refused = await SshSession.connect({ ...access, privateKey: other!.privateKey }).catch(
        (error: Error) => error,
      );
      expect((refused as Error).message).to.contain("refused the private key");
      expect(host.logins).to.equal(1);
    } finally {
      await host.stop();
    }
  });
});
