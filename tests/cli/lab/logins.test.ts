import { expect } from "chai";
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { join } from "node:path";
import { allAnswer, atAddresses, updateLogins, writeLogins } from "../../../cli/lab/logins";
import { labPaths } from "../../../cli/paths";
import type { Logins } from "../../../cli/ssh/login";
import { readInventoryHosts } from "../../../cli/ssh/sshFiles";
import { generateKeyPair } from "../../../cloud/machines/identity";
import { instance } from "../fakeCloud";
import { temporaryFolder } from "../support";
import { plan } from "../verify/samples";

const hostKeys = new Map([10, 80, 81, 90].map((last) => [last, generateKeyPair(String(last)).publicKey]));
const bastionKey = generateKeyPair("bastion").publicKey;
const login = (last: number, privateKey: string) => ({
  host: `127.77.0.${last}`,
  port: 2222,
  user: "admin",
  privateKey,
  hostKey: hostKeys.get(last),
});
// One key as a file has it, one as other programs may hand it over.
const logins: Logins = { server: login(10, "KEY s\n"), "node-0": login(80, "KEY 0"), "node-1": login(81, "KEY 1\n") };

describe("logins", () => {
  const folder = temporaryFolder();
  const paths = () => labPaths("dev", folder());
  const mode = (name: string) => (statSync(join(paths().directory, name)).mode & 0o777).toString(8);
  const key = (name: string) => readFileSync(join(paths().directory, "keys", name), "utf8");
  const inventory = () =>
    readInventoryHosts(paths().inventory).map(({ name, role, address, podCidr, ssh }) => ({
      ...{ name, role, address, podCidr: podCidr ?? null },
      ssh: `${ssh.user}@${ssh.host}:${ssh.port} ${ssh.privateKeyFile} ${ssh.hostKey}`,
    }));
  beforeEach(() => mkdirSync(paths().directory, { recursive: true, mode: 0o700 }));

  it("are files for their owner only", () => {
    writeLogins(paths(), logins, plan.hosts);
    expect(readdirSync(paths().directory).sort()).to.deep.equal([
      "inventory.json",
      "keys",
      "known_hosts",
      "ssh_config",
    ]);
    expect(readdirSync(join(paths().directory, "keys")).sort()).to.deep.equal(["node-0", "node-1", "server"]);
    expect(mode("keys")).to.equal("700");
    for (const file of ["inventory.json", "known_hosts", "ssh_config", "keys/server", "keys/node-0"])
      expect(mode(file), file).to.equal("600");
  });

  it("follow the machines that have other addresses now, and no others", () => {
    const machines = [
      instance("node-0", { publicAddress: "127.77.9.80" }),
      instance("server", { publicAddress: undefined }),
      instance("elsewhere", { publicAddress: "127.77.9.9" }),
    ];
    const moved = { ...logins, "node-0": { ...logins["node-0"], host: "127.77.9.80" } };
    expect(atAddresses(logins, machines)).to.deep.equal(moved);
    writeLogins(paths(), moved as Logins, plan.hosts);
    const written = readFileSync(paths().inventory, "utf8");
    writeLogins(paths(), logins, plan.hosts);
    updateLogins(paths(), machines);
    expect(readFileSync(paths().inventory, "utf8")).to.equal(written);
    expect(readFileSync(paths().sshConfig, "utf8")).to.contain("127.77.9.80");
  });

  it("that were never written are not made up", () => {
    updateLogins(paths(), [instance("node-0", { publicAddress: "127.77.9.80" })]);
    expect(readdirSync(paths().directory)).to.deep.equal([]);
  });

  it("have keys that end in a line end, as ssh wants them", () => {
    writeLogins(paths(), logins, plan.hosts);
    expect([key("server"), key("node-0")]).to.deep.equal(["KEY s\n", "KEY 0\n"]);
  });

  it("are read back as an inventory of the plan's hosts", () => {
    writeLogins(paths(), logins, plan.hosts);
    expect(inventory()).to.deep.equal([
      {
        name: "server",
        role: "controller",
        address: "10.240.0.10",
        podCidr: null,
        ssh: `admin@127.77.0.10:2222 keys/server ${hostKeys.get(10)}`,
      },
      {
        name: "node-0",
        role: "worker",
        address: "10.240.0.80",
        podCidr: "10.200.0.0/24",
        ssh: `admin@127.77.0.80:2222 keys/node-0 ${hostKeys.get(80)}`,
      },
      {
        name: "node-1",
        role: "worker",
        address: "10.240.0.81",
        podCidr: "10.200.1.0/24",
        ssh: `admin@127.77.0.81:2222 keys/node-1 ${hostKeys.get(81)}`,
      },
    ]);
    expect(readFileSync(paths().inventory, "utf8")).not.to.contain("KEY");
  });

  it("pin the host keys and name the private keys for the OpenSSH client", () => {
    writeLogins(paths(), logins, plan.hosts);
    expect(readFileSync(paths().knownHosts, "utf8")).to.equal(
      `[127.77.0.10]:2222 ${hostKeys.get(10)}\n[127.77.0.80]:2222 ${hostKeys.get(80)}\n[127.77.0.81]:2222 ${hostKeys.get(81)}\n`,
    );
    expect(readFileSync(paths().sshConfig, "utf8")).to.contain(
      `Host node-0\n  HostName 127.77.0.80\n  Port 2222\n  User admin\n  IdentityFile "${join(paths().directory, "keys/node-0")}"\n`,
    );
  });

  it("through a bastion keep its key apart, and no password", () => {
    const proxy = { host: "198.51.100.7", port: 22, user: "jump", hostKey: bastionKey };
    const bastions = {
      "node-0": { ...login(80, "KEY 0\n"), proxy: { ...proxy, privateKey: "KEY b" } },
      "node-1": { ...login(81, "KEY 1\n"), proxy: { ...proxy, password: "secret" } },
    };
    writeLogins(paths(), bastions, plan.hosts);
    expect(key("node-0-bastion")).to.equal("KEY b\n");
    const [one, two] = readInventoryHosts(paths().inventory).map(({ ssh }) => ssh.bastion);
    expect(one).to.deep.equal({ ...proxy, privateKeyFile: "keys/node-0-bastion" });
    expect(two).to.deep.equal(proxy);
    expect(readFileSync(paths().sshConfig, "utf8")).to.contain("ProxyJump node-0.bastion\n");
  });

  it("of a machine that was made anew replace the old ones, and a host without one is left out", () => {
    writeLogins(paths(), logins, plan.hosts);
    writeLogins(paths(), { "node-0": login(90, "KEY new\n") }, plan.hosts);
    expect(inventory().map(({ name, ssh }) => `${name} ${ssh}`)).to.deep.equal([
      `node-0 admin@127.77.0.90:2222 keys/node-0 ${hostKeys.get(90)}`,
    ]);
    expect(key("node-0")).to.equal("KEY new\n");
    expect(readFileSync(paths().knownHosts, "utf8")).to.equal(`[127.77.0.90]:2222 ${hostKeys.get(90)}\n`);
  });
});

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
