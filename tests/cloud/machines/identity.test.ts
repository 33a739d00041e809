import { expect } from "chai";
import fc from "fast-check";
import { utils } from "ssh2";
import { generateKeyPair, generateMachineId, machineUuid, managementMac } from "../../../cloud/machines/identity";

describe("identity of a machine", () => {
  it("is a random UUID in systemd's form, and differs each time", () => {
    const ids = Array.from({ length: 50 }, generateMachineId);
    for (const id of ids)
      expect(machineUuid(id)).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set(ids).size).to.equal(50);
  });

  it("gives the management card a local unicast address that stays and differs from machine to machine", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        const id = Buffer.from(bytes).toString("hex");
        expect(managementMac(id)).to.match(/^02(:[0-9a-f]{2}){5}$/);
        expect(managementMac(id)).to.equal(managementMac(id));
        expect(managementMac(id)).not.to.equal(managementMac(`${id.slice(1)}${id[0] === "0" ? "1" : "0"}`));
      }),
    );
  });

  it("makes key pairs that belong together", () => {
    const { privateKey, publicKey } = generateKeyPair("node-0");
    const parsed = utils.parseKey(privateKey);
    if (parsed instanceof Error) throw parsed;
    expect(publicKey).to.equal(`ssh-ed25519 ${parsed.getPublicSSH().toString("base64")}`);
  });

  it("passes over the pairs of ssh2 that nobody can read", () => {
    const { generateKeyPairSync } = utils;
    const whole = generateKeyPair("whole");
    const cutOff = `ssh-ed25519 ${Buffer.from("\0\0\0\x0bssh-ed25519\0\0\0\x1f".padEnd(50, "k")).toString("base64")}`;
    const pairs = [cutOff, whole.publicKey].map((text) => ({ public: text, private: whole.privateKey }));
    utils.generateKeyPairSync = () => pairs.shift()!;
    try {
      expect(generateKeyPair("node-0")).to.deep.equal(whole);
    } finally {
      utils.generateKeyPairSync = generateKeyPairSync;
    }
  });
});
