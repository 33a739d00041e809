import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { labPaths } from "../../../cli/paths";
import { UserError } from "../../../cli/errors";
import { renderKnownHosts, renderLabSshConfig, writeSshFiles } from "../../../cli/ssh/sshFiles";
import { generateKeyPair } from "../../../cloud/machines/identity";
import { failureOf, temporaryFolder } from "../support";

const { publicKey: hostKey } = generateKeyPair("host");
const { publicKey: bastionKey } = generateKeyPair("bastion");

type Hosts = Parameters<typeof renderKnownHosts>[0];

describe("OpenSSH's files", () => {
  const folder = temporaryFolder();
  const hosts = [
    {
      name: "server",
      role: "controller",
      address: "10.240.0.10",
      ssh: {
        host: "127.77.0.10",
        port: 2222,
        user: "admin",
        privateKeyFile: "id_ed25519",
        hostKey: `${hostKey} root@server`,
      },
    },
    { name: "node-0", role: "worker", address: "10.240.0.80", ssh: { host: "node.example", port: 22, user: "root" } },
  ];

  it("are what the client itself understands", () => {
    // A blank and a percent sign, which mean something in ssh_config.
    const paths = labPaths("dev", join(folder(), "a 50% state"));
    mkdirSync(paths.directory, { recursive: true });
    writeFileSync(paths.inventory, JSON.stringify({ hosts }));
    expect(writeSshFiles(paths)).to.deep.equal(["server", "node-0"]);
    const settings = (name: string) =>
      execFileSync("ssh", ["-G", "-F", paths.sshConfig, name], { encoding: "utf8" }).split("\n");
    expect(settings("server")).to.include.members([
      "hostname 127.77.0.10",
      "port 2222",
      "user admin",
      `identityfile ${join(paths.directory, "id_ed25519").replaceAll("%", "%%")}`,
      "identitiesonly yes",
      `userknownhostsfile ${paths.knownHosts}`,
      "stricthostkeychecking true",
    ]);
    expect(settings("node-0")).to.include.members([
      "hostname node.example",
      "user root",
      "identitiesonly no",
      "stricthostkeychecking true",
    ]);
  });

  it("go through a bastion with a key of its own", () => {
    const paths = labPaths("dev", join(folder(), "bastion"));
    mkdirSync(paths.directory, { recursive: true });
    const bastion = { host: "jump.example", user: "jump", privateKeyFile: "keys/b", hostKey: bastionKey };
    const behind = hosts.map((host) => ({ ...host, ssh: { ...host.ssh, bastion } }));
    writeFileSync(paths.inventory, JSON.stringify({ hosts: behind }));
    expect(writeSshFiles(paths)).to.deep.equal(["server", "node-0"]);
    const settings = (name: string) =>
      execFileSync("ssh", ["-G", "-F", paths.sshConfig, name], { encoding: "utf8" }).split("\n");
    expect(settings("node-0")).to.include.members(["hostname node.example", "proxyjump node-0.bastion"]);
    expect(settings("node-0.bastion")).to.include.members([
      "hostname jump.example",
      "port 22",
      "user jump",
      `identityfile ${join(paths.directory, "keys/b")}`,
      "stricthostkeychecking true",
    ]);
    expect(readFileSync(paths.knownHosts, "utf8")).to.equal(
      `[127.77.0.10]:2222 ${hostKey}\njump.example ${bastionKey}\n`,
    );
  });

  it("pin each host's key at its port", () => {
    const [server] = hosts;
    const other = { ...server, ssh: { ...server?.ssh, port: 22 } };
    expect(renderKnownHosts([...hosts, other] as unknown as Hosts)).to.equal(
      `[127.77.0.10]:2222 ${hostKey}\n127.77.0.10 ${hostKey}\n`,
    );
  });

  it("take a host whose name ends like a bastion's for itself", () => {
    const ssh = { host: "192.0.2.1", port: 22, user: "root", bastion: { host: "192.0.2.9", port: 22, user: "jump" } };
    const named = ["node", "node-bastion"].map((name) => ({ name, role: "worker", address: "10.240.0.80", ssh }));
    const paths = labPaths("dev", join(folder(), "names"));
    mkdirSync(paths.directory, { recursive: true });
    writeFileSync(paths.inventory, JSON.stringify({ hosts: named }));
    writeSshFiles(paths);
    const found = execFileSync("ssh", ["-G", "-F", paths.sshConfig, "node-bastion"], { encoding: "utf8" });
    expect(found.split("\n")).to.include("hostname 192.0.2.1");
  });

  it("name the card of an IPv6 address without meaning a token by its percent sign", () => {
    const [server] = hosts;
    const local = [{ ...server, ssh: { ...server?.ssh, host: "fe80::1%eth0" } }] as unknown as Hosts;
    const file = join(folder(), "zone");
    writeFileSync(file, renderLabSshConfig(local, labPaths("dev", folder()), folder()));
    const found = execFileSync("ssh", ["-G", "-F", file, "server"], { encoding: "utf8" });
    expect(found.split("\n")).to.include("hostname fe80::1%eth0");
  });

  const commands: readonly [field: string, value: string][] = [
    ["host", "192.0.2.1\n  ProxyCommand touch FILE"],
    ["host", "-oProxyCommand=touch FILE"],
    ["host", "$(touch FILE)"],
    ["user", "root\n  ProxyCommand touch FILE"],
    ["user", "-oProxyCommand=touch FILE"],
    ["user", "%d"],
    ["privateKeyFile", 'x"\n  ProxyCommand touch FILE'],
    ["privateKeyFile", "key\\"],
    ["privateKeyFile", "${HOME}/key"],
    ["agentSocketPath", '/a"\nMatch exec "touch FILE'],
    ["agentSocketPath", "$SSH_AUTH_SOCK"],
    ["hostKey", "ssh-ed25519 AAAA\n* ssh-ed25519 AAAA"],
    ["hostKey", `${hostKey}\n@cert-authority * ${hostKey}`],
  ];
  for (const [field, value] of commands) {
    for (const [whose, where] of [
      ["a host", (ssh: object) => ({ ...ssh, [field]: value })],
      ["a bastion", (ssh: object) => ({ ...ssh, bastion: { host: "jump", hostKey: bastionKey, [field]: value } })],
    ] as const) {
      it(`refuse as ${field} of ${whose} ${JSON.stringify(value)}, which would be a command, an option or more than one line`, async () => {
        const paths = labPaths("dev", join(folder(), "state"));
        mkdirSync(paths.directory, { recursive: true });
        const ssh = where({ host: "192.0.2.1", port: 22, user: "root" });
        const host = { name: "node-0", role: "worker", address: "10.240.0.80", ssh };
        writeFileSync(paths.inventory, JSON.stringify({ hosts: [host] }));
        expect(await failureOf(() => writeSshFiles(paths))).to.have.property("exitCode", 78);
        expect(existsSync(paths.sshConfig)).to.equal(false);
        // Also when what the schema refuses comes by another way.
        const login = { port: 22, user: "root", ...("bastion" in ssh ? (ssh.bastion as object) : ssh) };
        const complete = [{ ...host, ssh: { host: "192.0.2.1", ...login } }] as unknown as Hosts;
        const render = () => [renderLabSshConfig(complete, paths, folder()), renderKnownHosts(complete)];
        // The writer knows no variables, and escapes nothing else that begins one.
        if (value !== "$SSH_AUTH_SOCK") expect(render).to.throw(UserError);
      });
    }
  }

  it("are not written where the lab's folder has a name that they cannot hold", () => {
    expect(() => renderLabSshConfig(hosts as unknown as Hosts, labPaths("dev", '/tmp/a"b'), "/")).to.throw(
      UserError,
      `lab's folder "/tmp/a\\"b/labs/dev/known_hosts" cannot be written`,
    );
  });
});
