import { expect } from "chai";
import { parse } from "yaml";
import { renderCloudConfig } from "../../../components/network/cloudConfig";
import { expectGolden } from "../../support/golden";

const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAijvWtk0iDkA3VakGV8M1FB+E/fhuMLHelJ7SjsQUwm";
const privateKey = `-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
AAAEDzhEolhWx+RCmCfb/YpdYGa8xHSD44YMQ1M/+GOy7ahAijvWtk0iDkA3VakGV8M1FB
-----END OPENSSH PRIVATE KEY-----
`;

describe("renderCloudConfig", () => {
  it("gives the machine its name and its one host key", () => {
    const text = renderCloudConfig({ hostname: "node-0", hostKey: { privateKey, publicKey } });
    expectGolden("aws/cloud-config.yaml", text);
    expect(parse(text)).to.have.nested.property("ssh_keys.ed25519_private", privateKey);
  });

  it("ends a private key with one line end, without which sshd does not read it", () => {
    for (const ending of ["", "\n", "\n\n"]) {
      const text = renderCloudConfig({
        hostname: "n",
        hostKey: { privateKey: privateKey.trimEnd() + ending, publicKey },
      });
      expect(parse(text)).to.have.nested.property("ssh_keys.ed25519_private", privateKey);
    }
  });

  it("quotes a hostname that YAML would read as something else", () => {
    for (const hostname of ["1e3", "null", "0x1f", "no"]) {
      expect(parse(renderCloudConfig({ hostname, hostKey: { privateKey, publicKey } }), { version: "1.1" }))
        .to.have.property("hostname")
        .that.equals(hostname);
    }
  });
});
