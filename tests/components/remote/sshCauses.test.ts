import { expect } from "chai";
import { sshCause } from "../../../components/remote/sshCauses";

describe("what a failed SSH connection says", () => {
  const cause = (message: string, code?: string) => sshCause(Object.assign(new Error(message), { code }));

  it("names the file that is not read when a host has no address", () => {
    expect(cause("getaddrinfo ENOTFOUND alias", "ENOTFOUND")).to.match(
      /^no such host; .*: ~\/\.ssh\/config is not read$/,
    );
  });

  it("names what is missing where a host has post-quantum key exchange only", () => {
    const text = "Handshake failed: no matching key exchange algorithm";
    expect(cause(text)).to.match(/^no key exchange in common: .* post-quantum ones are not known here$/);
  });

  it("names the limits of sshd where a host hung up at once", () => {
    expect(cause("Connection lost before handshake")).to.match(
      /^the host hung up .*MaxStartups.*PerSourcePenalties\)$/,
    );
  });

  it("is left to others for the rest", () => {
    expect(cause("connect ECONNREFUSED 127.0.0.1:22", "ECONNREFUSED")).to.equal(undefined);
  });
});
