import { expect } from "chai";
import { labNetworkUnit, machineCredentials } from "../../../cloud/machines/credentials";

const spec = { name: "node-0", address: "10.240.0.80", prefixLength: 24, memoryMiB: 1024, cores: 1, diskGiB: 10 };
const credentials = machineCredentials({
  spec,
  labMac: "02:00:00:00:00:01",
  hostKey: { privateKey: "PRIVATE\n", publicKey: "ssh-ed25519 HOST" },
  authorizedKey: "ssh-ed25519 USER",
});

describe("credentials of a machine", () => {
  it("have names that fit into QEMU's fw_cfg", () => {
    expect(Object.keys(credentials)).to.deep.equal(["system.hostname", "tmpfiles.extra", "network.network.20-lab"]);
    // FW_CFG_MAX_FILE_PATH is 56 with the terminating zero.
    for (const name of Object.keys(credentials))
      expect(`opt/io.systemd.credentials/${name}`.length, name).to.be.below(56);
  });

  it("name the host", () => {
    expect(credentials["system.hostname"]).to.equal("node-0");
  });

  it("write the host key, the user's key and the names", () => {
    const files = credentials["tmpfiles.extra"]!.trim()
      .split("\n")
      .map((line) => {
        const [type, path, mode, user, group, age, content] = line.split(" ");
        return [type, path, mode, `${user}:${group}`, age, content ? Buffer.from(content, "base64").toString() : ""];
      });
    expect(files).to.deep.equal([
      ["f+~", "/etc/ssh/ssh_host_ed25519_key", "0600", "root:root", "-", "PRIVATE\n"],
      ["f+~", "/etc/ssh/ssh_host_ed25519_key.pub", "0644", "root:root", "-", "ssh-ed25519 HOST\n"],
      ["d", "/etc/ssh/authorized_keys.d", "0755", "root:root", "-", ""],
      ["f+~", "/etc/ssh/authorized_keys.d/admin", "0644", "root:root", "-", "ssh-ed25519 USER\n"],
      ["f~", "/etc/hostname", "0644", "root:root", "-", "node-0\n"],
      [
        "f~",
        "/etc/hosts",
        "0644",
        "root:root",
        "-",
        "127.0.0.1 localhost\n127.0.1.1 node-0\n::1 localhost ip6-localhost ip6-loopback\n",
      ],
    ]);
  });

  it("configure the lab card, in a unit that others extend", () => {
    expect(labNetworkUnit).to.equal("20-lab.network");
    expect(
      credentials["network.network.20-lab"]!.split("\n").filter((line) => line !== "" && !line.startsWith("#")),
    ).to.deep.equal([
      "[Match]",
      "MACAddress=02:00:00:00:00:01",
      "[Link]",
      "MTUBytes=1500",
      "[Network]",
      "Address=10.240.0.80/24",
      "LinkLocalAddressing=no",
      "IPv6AcceptRA=no",
      "ConfigureWithoutCarrier=yes",
    ]);
  });
});
