import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateKeyPair } from "../../cloud/machines/identity";
import { parseConfig } from "../../components";

/** Answers the two calls of inventory.sh as Vagrant does, carriage return of the terminal included; refuses all others. */
const vagrant = `#!/bin/sh
case "$1" in
ssh-config) cat <<END
Host $2
  HostName 127.0.0.1
  User vagrant
  Port 2222
  UserKnownHostsFile /dev/null
  IdentityFile "$VAGRANT_KEY"
END
;;
ssh) [ "$*" = "ssh $2 --no-tty -c cat /etc/ssh/ssh_host_ed25519_key.pub" ] || exit 9
    printf '%s root@%s\\r\\n' "$(cat "$HOST_KEYS/$2")" "$2" ;;
*) echo "unexpected: $*" >&2; exit 9 ;;
esac
`;

describe("examples/vagrant/inventory.sh", () => {
  const folder = mkdtempSync(join(tmpdir(), "hardway-vagrant-"));
  after(() => rmSync(folder, { recursive: true }));

  it("prints an inventory that the lab accepts", () => {
    writeFileSync(join(folder, "vagrant"), vagrant);
    chmodSync(join(folder, "vagrant"), 0o755);
    const key = join(folder, "private key");
    const hostKeys = ["server", "node-0", "node-1"].map((name) => {
      const { publicKey } = generateKeyPair(name);
      writeFileSync(join(folder, name), publicKey);
      return publicKey;
    });
    writeFileSync(key, generateKeyPair("test").privateKey);
    const inventory = execFileSync("sh", [join(__dirname, "../../examples/vagrant/inventory.sh")], {
      env: { ...process.env, PATH: `${folder}:${process.env["PATH"]}`, VAGRANT_KEY: key, HOST_KEYS: folder },
      encoding: "utf8",
    });
    writeFileSync(join(folder, "inventory.yaml"), inventory);

    const { hosts } = parseConfig({ target: "hosts", inventory: "inventory.yaml" }, { directory: folder });
    expect(hosts.map(({ name, role, address, podCidr }) => [name, role, address, podCidr])).to.deep.equal([
      ["server", "controller", "10.240.0.10", undefined],
      ["node-0", "worker", "10.240.0.80", "10.200.0.0/24"],
      ["node-1", "worker", "10.240.0.81", "10.200.1.0/24"],
    ]);
    expect(hosts.map((host) => host.connection.hostKey)).to.deep.equal(hostKeys);
  });
});
