import { expect } from "chai";
import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { utils } from "ssh2";
import { parseConfig } from "../../../components";
import { configProblems } from "../../support/configProblems";
import { keyFiles } from "../../support/keyFiles";

describe("logins that Pulumi's official command plugin cannot make", () => {
  const keys = keyFiles();
  const rsa = utils.generateKeyPairSync("rsa", { bits: 2048 }).public;
  const { privateKey: locked } = generateKeyPairSync("ed25519", {
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "pass" },
  });
  const context = (officialPlugin: boolean) => ({ directory: keys.folder, officialPlugin });
  const hosts = (ssh: object) => ({
    target: "hosts",
    hosts: [
      { name: "node-0", role: "worker", address: "10.240.0.80", ssh: { host: "192.0.2.1", user: "admin", ...ssh } },
    ],
  });
  const problems = (values: Record<string, unknown>, officialPlugin = true) =>
    configProblems(() => parseConfig(values, context(officialPlugin)));
  const own = { privateKeyFile: "key" };
  const otherwise = "or use the bundled plugin (./hardway --plugins bundled)";
  const of = (name: string, whose = "node-0") => `ssh.${name} of ${whose}, for Pulumi's official command plugin,`;

  it("are refused for a host key of type ssh-rsa, the host's and a bastion's", () => {
    const bastion = { host: "192.0.2.9", ...own, hostKey: rsa };
    const rule =
      "asks for signatures that sshd has not given since OpenSSH 8.8: pin the host's ed25519 or ecdsa key " +
      `(ssh-keyscan shows them), ${otherwise}; got "ssh-rsa"`;
    expect(problems(hosts({ ...own, hostKey: rsa, bastion }))).to.deep.equal([
      `${of("hostKey")} ${rule}`,
      `${of("hostKey", "the bastion of node-0")} ${rule}`,
    ]);
    const aws = { target: "aws", adminCidrs: ["192.0.2.7/32"], bastion: { ...bastion, privateKeyFile: "key" } };
    expect(problems(aws)).to.deep.equal([`${of("hostKey", "the bastion")} ${rule}`]);
    expect(problems(hosts({ ...own, hostKey: keys.publicKey }))).to.deep.equal([]);
  });

  it("are refused for a locked PKCS#8 key, and for an agent that is not there", () => {
    expect(problems(hosts({ privateKey: locked, privateKeyPassword: "pass" }))).to.deep.equal([
      `${of("privateKey")} is a locked PKCS#8 key, which it does not read: write it in OpenSSH's form (ssh-keygen -p -f KEYFILE), ${otherwise}`,
    ]);
    const agentSocketPath = join(keys.folder, "key");
    expect(problems(hosts({ ...own, agentSocketPath }))).to.deep.equal([
      `${of("agentSocketPath")} is no socket, and it asks the agent even where a key or password is given: ` +
        `start the agent, leave it away, ${otherwise}; got ${JSON.stringify(agentSocketPath)}`,
    ]);
  });

  it("are no matter to the bundled plugin", () => {
    const agentSocketPath = "/nowhere";
    for (const ssh of [
      { ...own, hostKey: rsa, agentSocketPath },
      { privateKey: locked, privateKeyPassword: "pass" },
    ])
      expect(problems(hosts(ssh), false)).to.deep.equal([]);
  });

  it("become ones that it can where that takes no decision: a passphrase of an open key, blanks before a key", () => {
    for (const privateKeyPassword of ["", "of another key"]) {
      const config = parseConfig(hosts({ privateKey: `\n  ${keys.privateKey}`, privateKeyPassword }), context(true));
      expect(config.hosts[0]?.connection).to.deep.equal({
        ...{ host: "192.0.2.1", port: 22, user: "admin", privateKey: keys.privateKey },
      });
      const fromFile = parseConfig(hosts({ ...own, privateKeyPassword }), context(true));
      expect(fromFile.hosts[0]?.connection).to.deep.equal(config.hosts[0]?.connection);
    }
  });
});
