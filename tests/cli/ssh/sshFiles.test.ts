import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { labPaths } from "../../../cli/paths";
import { renderKnownHosts, writeSshFiles } from "../../../cli/ssh/sshFiles";
import { temporaryFolder } from "../support";

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
        hostKey: "ssh-ed25519 AAAA",
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
    const bastion = { host: "jump.example", user: "jump", privateKeyFile: "keys/b", hostKey: "ssh-ed25519 BBBB" };
    const behind = hosts.map((host) => ({ ...host, ssh: { ...host.ssh, bastion } }));
    writeFileSync(paths.inventory, JSON.stringify({ hosts: behind }));
    expect(writeSshFiles(paths)).to.deep.equal(["server", "node-0"]);
    const settings = (name: string) =>
      execFileSync("ssh", ["-G", "-F", paths.sshConfig, name], { encoding: "utf8" }).split("\n");
    expect(settings("node-0")).to.include.members(["hostname node.example", "proxyjump node-0-bastion"]);
    expect(settings("node-0-bastion")).to.include.members([
      "hostname jump.example",
      "port 22",
      "user jump",
      `identityfile ${join(paths.directory, "keys/b")}`,
      "stricthostkeychecking true",
    ]);
    expect(readFileSync(paths.knownHosts, "utf8")).to.equal(
      "[127.77.0.10]:2222 ssh-ed25519 AAAA\njump.example ssh-ed25519 BBBB\n",
    );
  });

  it("pin each host's key at its port", () => {
    const [server] = hosts;
    const other = { ...server, ssh: { ...server?.ssh, port: 22 } };
    expect(renderKnownHosts([...hosts, other] as unknown as Parameters<typeof renderKnownHosts>[0])).to.equal(
      "[127.77.0.10]:2222 ssh-ed25519 AAAA\n127.77.0.10 ssh-ed25519 AAAA\n",
    );
  });
});
