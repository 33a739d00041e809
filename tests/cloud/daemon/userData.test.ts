import { expect } from "chai";
import { parseUserData } from "../../../cloud/daemon/userData";

describe("user data", () => {
  const nothing = { hostKeys: [], authorizedKeys: [], ignored: [] };

  it("asks for nothing when there is none", () => {
    expect(parseUserData("")).to.deep.equal(nothing);
    expect(parseUserData("#cloud-config\n")).to.deep.equal(nothing);
  });

  it("gives a machine its name and SSH host keys", () => {
    const text = `#cloud-config
hostname: node-0
preserve_hostname: false
ssh_deletekeys: true
ssh_keys:
  ed25519_private: |
    -----BEGIN OPENSSH PRIVATE KEY-----
    AAAA
    -----END OPENSSH PRIVATE KEY-----
  ed25519_public: ssh-ed25519 AAAA node-0
ssh_authorized_keys:
  - ssh-ed25519 BBBB someone
`;
    expect(parseUserData(text)).to.deep.equal({
      hostname: "node-0",
      hostKeys: [
        {
          type: "ed25519",
          privateKey: "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
          publicKey: "ssh-ed25519 AAAA node-0",
        },
      ],
      authorizedKeys: ["ssh-ed25519 BBBB someone"],
      ignored: [],
    });
    expect(parseUserData("#cloud-config\nfqdn: web.example.com\n").hostname).to.equal("web");
  });

  it("becomes a script in cloud-init's order, with words quoted", () => {
    const text = `#cloud-config
runcmd:
  - [touch, "/tmp/it's here"]
  - echo $HOME > /tmp/home
packages: [tree]
write_files:
  - { path: /etc/motd, content: "hi\\n", permissions: "0600", owner: admin }
  - { path: /etc/raw, content: aGk=, encoding: b64, append: true }
bootcmd:
  - echo first
`;
    expect(parseUserData(text).script?.split("\n")).to.deep.equal([
      "echo first",
      `mkdir -p "$(dirname '/etc/motd')" && echo aGkK | base64 -d >'/etc/motd' && chmod 0600 '/etc/motd' && chown admin '/etc/motd'`,
      `mkdir -p "$(dirname '/etc/raw')" && echo aGk= | base64 -d >>'/etc/raw' && chmod 0644 '/etc/raw' && chown root:root '/etc/raw'`,
      "apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y tree",
      `'touch' '/tmp/it'\\''s here'`,
      "echo $HOME > /tmp/home",
    ]);
  });

  it("may be a script of its own, which keeps its interpreter", () => {
    const { script } = parseUserData("#!/bin/bash\necho hi\n");
    expect(script).to.contain(`echo ${Buffer.from("#!/bin/bash\necho hi\n").toString("base64")} | base64 -d >`);
    expect(script?.split("\n").at(-1)).to.equal("/var/lib/cloud/instance/scripts/part-001");
  });

  // cloud-init boots a machine whatever its user data are, and so do we; but somebody has to be told.
  const odd: [string, string, RegExp][] = [
    ["a key that is not followed", "#cloud-config\nhostname: a\nntp: {}\n", /^cloud-config "ntp"$/],
    ["text of another kind", "Content-Type: multipart/mixed\n", /starts neither with "#cloud-config" nor with "#!"/],
    ["what is no YAML", "#cloud-config\na: [\n", /^cloud-config that is not YAML: /],
    ["a value of another type", "#cloud-config\nhostname: [1]\n", /^cloud-config: .*hostname/s],
    ["a package name that is none", "#cloud-config\npackages: ['a; rm -rf /']\n", /packages/],
  ];
  for (const [what, text, said] of odd) {
    it(`does not stop a boot by ${what}, and says so`, () => {
      const { ignored, script } = parseUserData(text);
      expect(ignored).to.have.length(1);
      expect(ignored[0]).to.match(said);
      expect(script).to.equal(undefined);
    });
  }
});
