import { expect } from "chai";
import { hostArchitecture, systemCommands, systemFiles } from "../../cloud/packages";

describe("system packages", () => {
  it("lists every command with its Debian package", () => {
    const pairs = systemCommands(hostArchitecture("x64")).map(({ command, package: name }) => `${command}=${name}`);
    expect(pairs).to.deep.equal([
      "qemu-system-x86_64=qemu-system-x86",
      "qemu-img=qemu-utils",
      "mmdebstrap=mmdebstrap",
      "newuidmap=uidmap",
      "fakeroot=fakeroot",
      "mke2fs=e2fsprogs",
      "tar=tar",
      "ssh=openssh-client",
    ]);
    expect(systemFiles.map((file) => file.package)).to.deep.equal(["debian-archive-keyring"]);
  });

  it("uses the Arm machine on an Arm computer", () => {
    const first = systemCommands(hostArchitecture("arm64"))[0];
    expect(first).to.include({ command: "qemu-system-aarch64", package: "qemu-system-arm" });
  });

  it("refuses a computer that no machine of ours fits", () => {
    expect(() => hostArchitecture("s390x")).to.throw("runs on x64 and arm64; this computer is s390x");
  });
});
