import { expect } from "chai";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseConfig } from "../../../components";
import { readHostKeys } from "../../../components/config/hostKeys";
import { parsePrivateKey } from "../../../components/remote/sshKeys";
import { configProblems } from "../../support/configProblems";
import { keyFiles } from "../../support/keyFiles";

const crlf = (text: string) => text.replaceAll("\n", "\r\n");

/** As Windows' editors write files, and as checkouts and copies from there have them. */
describe("files with CRLF line ends", () => {
  const { folder, privateKey, publicKey } = keyFiles();
  const ssh = { host: "192.0.2.1", user: "admin", hostKey: publicKey };
  const host = { name: "node-0", role: "worker", address: "10.240.0.80" };

  const parse = (values: object, more: object = {}) =>
    parseConfig({ target: "hosts", ...values }, { directory: folder, ...more }).hosts[0];
  const problems = (login: object) => configProblems(() => parse({ hosts: [{ ...host, ssh: { ...ssh, ...login } }] }));

  for (const [what, mark] of [
    ["", ""],
    [" and a byte order mark", "\ufeff"],
  ] as const) {
    it(`as inventories${what} say what they say with others`, () => {
      const inlined = privateKey.trimEnd().replace(/^/gm, "        ");
      const text = [
        "hosts:",
        ...["  - name: node-0", "    role: worker", "    address: 10.240.0.80", "    ssh:", "      host: 192.0.2.1"],
        ...["      user: admin", `      hostKey: ${publicKey}`, "      privateKey: |", inlined, ""],
      ].join("\n");
      writeFileSync(join(folder, "lf.yaml"), text);
      writeFileSync(join(folder, "crlf.yaml"), mark + crlf(text));
      const wanted = parse({ inventory: "lf.yaml" });
      expect(wanted?.connection).to.include({ host: "192.0.2.1", hostKey: publicKey });
      expect(parse({ inventory: "crlf.yaml" })).to.deep.equal(wanted);
    });
  }

  it("as private keys are read, also without a last one", () => {
    const same = parsePrivateKey(privateKey).publicKey;
    for (const text of [crlf(privateKey), crlf(privateKey.trimEnd())]) {
      writeFileSync(join(folder, "crlf"), text);
      const given = parse({ hosts: [{ ...host, ssh: { ...ssh, privateKeyFile: "crlf" } }] })?.connection.privateKey;
      expect(parsePrivateKey(given as string).publicKey.equals(same)).to.equal(true);
    }
  });

  it("as lists of hosts' keys are read", () => {
    writeFileSync(join(folder, "known"), crlf(`192.0.2.1 ${publicKey}\n\n[192.0.2.1]:2222 ${publicKey}\n`));
    const [type, base64] = publicKey.split(" ");
    expect([...readHostKeys(join(folder, "known"))]).to.deep.equal([
      ["192.0.2.1", `${type} ${base64}`],
      ["[192.0.2.1]:2222", `${type} ${base64}`],
    ]);
  });

  it("leave no line end in a password or a path, which nobody would find there", () => {
    for (const end of ["\n", "\r\n", "\r"]) {
      expect(problems({ password: `secret${end}` })).to.deep.equal([
        "hardway:hosts[0].ssh.password must be one line, and end where the password ends",
      ]);
      expect(problems({ privateKeyFile: `key${end}` })[0]).to.contain("must be a path without control characters");
    }
    const registryCredentials = { "docker.io": { username: "me\r\n", password: "secret\n" } };
    const login = { hosts: [{ ...host, ssh: { ...ssh, privateKeyFile: "key" } }], registryCredentials };
    expect(configProblems(() => parse(login))).to.deep.equal([
      "hardway:registryCredentials.docker.io.username must be one line, without a line end",
      "hardway:registryCredentials.docker.io.password must be one line, without a line end",
    ]);
  });
});
